/** The cells that formulas read. Built once from the sources (graph-builder.ts); features add to it nothing but what they return. */
import type {
  IP,
  IPPool,
  Mirror,
  Namespace,
  OvnDnatRule,
  OvnEip,
  OvnFip,
  OvnSnatRule,
  Pod,
  Problem,
  ProviderNetwork,
  QoSPolicy,
  SecurityGroup,
  Service,
  ServiceInput,
  SliceInput,
  Subnet,
  SwitchLBRule,
  SwitchLbRuleReading,
  Vip,
  Vlan,
  Vpc,
} from '@kube-ovn/api';
import type { Cell, Index, Table } from '@kube-ovn/dataflow';
import type { NorthboundFeatures } from '@kube-ovn/ovn-model';
import type { SubnetUsage } from '@kube-ovn/ipam';
import type { Refusal } from '../effects/waiting.ts';
import type { HeldLease } from '../effects/demand.ts';
import type { ExternalGateway } from '../inputs/external-gateway.ts';
import type { IpPoolInput } from '../inputs/ip-pool.ts';
import type { NamespaceInput } from '../inputs/namespace.ts';
import type { NodeInput } from '../inputs/node.ts';
import type { PodIdentity } from '../inputs/pod-identity.ts';
import type { ReadPolicy, ReadSecurityGroup } from '../inputs/policies.ts';
import type { AttachmentReading, PodInput, PodInterface } from '../inputs/pod.ts';
import type { SubnetInput, SubnetReading } from '../inputs/subnet.ts';
import type { VipInput } from '../inputs/vip.ts';
import type { ProviderNetworkInput } from '../inputs/provider-network.ts';
import type { VpcInput } from '../inputs/vpc.ts';
import type { JudgedVlan } from './underlay/judge.ts';
import type { SeenExternal, SeenPort } from '../sources/northbound.ts';
import type { SouthboundCells } from '../sources/southbound.ts';
import type { PodDemands } from './pod/demand.ts';
import type { External } from './ovn-nat/judge.ts';
import type { Launchers } from './virtual-machine/launchers.ts';

/** Names that the command line gives; fixed for the life of the process. */
export interface Names {
  readonly clusterRouter: string;
  readonly defaultSubnet: string;
  readonly joinSubnet: string;
  /** The external network that Vpcs are joined to by `enableExternal`. */
  readonly externalSubnet: string;
}

/** What the command line says of the external network of the default Vpc. */
export interface ExternalSettings {
  /** `namespace/name` of its ConfigMap. */
  readonly configMap: string;
  /** ProviderNetwork and VLAN that the ConfigMap asks for. */
  readonly network: string;
  readonly vlanId: number;
  /** The annotations eip and snat of pods count. */
  readonly servesPods: boolean;
}

/** Keys: names, or `namespace/name`; leases, refusals and ports by port name. */
export interface Graph {
  readonly names: Names;
  /** Objects as they are in the API, for features that patch them. */
  readonly objects: {
    readonly pods: Table<Pod>;
    readonly subnets: Table<Subnet>;
    readonly vpcs: Table<Vpc>;
    readonly namespaces: Table<Namespace>;
    readonly ipPools: Table<IPPool>;
    readonly securityGroups: Table<SecurityGroup>;
    readonly vips: Table<Vip>;
    readonly ips: Table<IP>;
    readonly vlans: Table<Vlan>;
    readonly providerNetworks: Table<ProviderNetwork>;
    readonly services: Table<Service>;
    readonly switchLbRules: Table<SwitchLBRule>;
    readonly ovnEips: Table<OvnEip>;
    readonly ovnFips: Table<OvnFip>;
    readonly ovnSnatRules: Table<OvnSnatRule>;
    readonly ovnDnatRules: Table<OvnDnatRule>;
    readonly qosPolicies: Table<QoSPolicy>;
    readonly mirrors: Table<Mirror>;
  };
  /** Of several pods of a virtual machine the one that it runs in. */
  readonly pods: Table<PodInput>;
  /** Pods of each virtual machine, by its `namespace/name`. */
  readonly launchers: Table<Launchers>;
  /** Pods that virtual machines are being moved to; these are not among `pods`. */
  readonly migrationTargets: Table<PodInput>;
  /** What policies know pods by; those on their node's network too. */
  readonly podIdentities: Table<PodIdentity>;
  /** Policies of all kinds but SecurityGroups, by `policyKey`; private Subnets in force among them. */
  readonly policies: Table<ReadPolicy>;
  readonly securityGroups: Table<ReadSecurityGroup>;
  /** Blocks that services have their addresses in. */
  readonly serviceBlocks: readonly string[];
  /** Does the work of compiling policies, and may measure it. */
  readonly compile: <T>(work: () => T) => T;
  /** Interfaces of pods, by port name. */
  readonly interfaces: Table<PodInterface>;
  /** What NetworkAttachmentDefinitions ask of us. */
  readonly attachments: Table<AttachmentReading>;
  readonly nodes: Table<NodeInput>;
  readonly namespaces: Table<NamespaceInput>;
  readonly vpcs: Table<VpcInput>;
  /** Specs as they stand. */
  readonly subnetReadings: Table<SubnetReading>;
  /** Why a spec as it stands is not in force. */
  readonly subnetProblems: Table<readonly Problem[]>;
  /** Subnets in force: the spec as it stands, or the one accepted last. */
  readonly subnets: Table<SubnetInput>;
  /** Names of the Subnets in force that take new addresses, by their provider. */
  readonly subnetsByProvider: Index;
  readonly vlans: Table<JudgedVlan>;
  readonly providerNetworks: Table<ProviderNetworkInput>;
  /** Names of the Subnets in force by their Vlan. */
  readonly subnetsByVlan: Index;
  /** Names of the Subnets in force by their Vpc. */
  readonly subnetsByVpc: Index;
  /** Subnets of a namespace in order of preference. */
  readonly bindings: Table<readonly string[]>;
  /** Why an IPPool's spec as it stands is not in force. */
  readonly ipPoolProblems: Table<readonly Problem[]>;
  /** IPPools in force: the spec as it stands, or the one accepted last. */
  readonly ipPools: Table<IpPoolInput>;
  /** Names of IPPools by the namespaces that they list: pods there take addresses from these alone. */
  readonly poolsByNamespace: Index;
  readonly vips: Table<VipInput>;
  readonly externalSettings: ExternalSettings;
  /** What that ConfigMap says. */
  readonly externalGateway: Cell<ExternalGateway>;
  /** Addresses on external networks, and what they are for. */
  readonly external: External;
  /** Services with an address of their own. */
  readonly services: Table<ServiceInput>;
  /** EndpointSlices, by `namespace/name`. */
  readonly slices: Table<SliceInput>;
  /** Services that have an address of a Subnet, each as it stands. */
  readonly switchLbRules: Table<SwitchLbRuleReading>;
  /** Keys of EndpointSlices by their Service. */
  readonly slicesByService: Index;
  /** Ports of pods by the Vips (`namespace/name`) that they may hold beside their own addresses. */
  readonly portsByVip: Index;
  /** Ports of pods by the Vip whose addresses they take. */
  readonly takersByVip: Index;
  readonly leases: Table<HeldLease>;
  /** What each pod asks for now. */
  readonly podPlans: Table<PodDemands>;
  /** Keys of leases by each of their addresses. */
  readonly leasesByAddress: Index;
  /** Port names by the Subnet that they have addresses of; some have no lease yet, or none any more. */
  readonly holdsBySubnet: Index;
  readonly refusals: Table<Refusal>;
  readonly usage: Table<SubnetUsage>;
  /** By IPPool. */
  readonly poolUsage: Table<SubnetUsage>;
  /** What would be said of an object if it were written now, after all that is there. For admission; formulas read the tables. */
  readonly judge: {
    readonly subnet: (subnet: Subnet) => readonly Problem[];
    /** Of the Subnets that would go out of force with it. */
    readonly subnetsWithVpc: (vpc: Vpc) => readonly Problem[];
    readonly vpc: (vpc: Vpc) => readonly Problem[];
    readonly ipPool: (pool: IPPool) => readonly Problem[];
  };
  /** Where OVN has the ports that it moves; nothing while that is not known. */
  readonly southbound: Omit<SouthboundCells, typeof Symbol.dispose>;
  readonly northbound: {
    readonly ports: Table<SeenPort>;
    readonly switches: Table<true>;
    readonly routers: Table<true>;
    /** Rows that bear external addresses. */
    readonly external: Table<SeenExternal>;
    /** Under `northbound`. */
    readonly features: Table<NorthboundFeatures>;
  };
}
