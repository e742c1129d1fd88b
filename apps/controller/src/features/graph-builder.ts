/** Sources → the graph: every object read once, Subnets judged beside each other, namespaces bound to Subnets. */
import {
  type ConfigMap,
  type EndpointSlice,
  type IP,
  type IPPool,
  type Namespace,
  type NetworkAttachmentDefinition,
  type Node,
  type OvnDnatRule,
  type OvnEip,
  type OvnFip,
  type OvnSnatRule,
  type Pod,
  readAttachmentConfig,
  readService,
  readSlice,
  readSwitchLbRule,
  type Service,
  type Subnet,
  type SwitchLBRule,
  type Vip,
  type VirtualMachineInstance,
  type Vpc,
  type ProviderNetwork,
  type Mirror,
  type QoSPolicy,
  type Vlan,
} from '@kube-ovn/api';
import {
  type Cell,
  deriveTable,
  expandTable,
  formula,
  indexBy,
  isSamePlainData,
  mergeTables,
  sourceCell,
  sourceTable,
  type Table,
} from '@kube-ovn/dataflow';
import type { SubnetUsage } from '@kube-ovn/ipam';
import type { Refusal } from '../effects/waiting.ts';
import type { HeldLease } from '../effects/demand.ts';
import { externalGatewayConfig, noExternalGateway, readExternalGateway } from '../inputs/external-gateway.ts';
import { readNamespace } from '../inputs/namespace.ts';
import { readProviderNetwork } from '../inputs/provider-network.ts';
import { readVlan } from '../inputs/vlan.ts';
import { readNode } from '../inputs/node.ts';
import { type PodInput, readPod } from '../inputs/pod.ts';
import { readPodIdentity } from '../inputs/pod-identity.ts';
import { type PolicySources, readPolicies, readSecurityGroups, readSubnetPolicies } from '../inputs/policies.ts';
import { readSubnet, type SubnetInput } from '../inputs/subnet.ts';
import { readVip } from '../inputs/vip.ts';
import { readVpc } from '../inputs/vpc.ts';
import type { NorthboundCells } from '../sources/northbound.ts';
import type { ExternalSettings, Graph, Names } from './graph.ts';
import { judgeIpPools } from './ip-pool/judge.ts';
import { asRefused, bindNamespace, type RefusedSubnet } from './namespace/binding.ts';
import { podPlans } from './pod/demand.ts';
import { judgeExternal } from './ovn-nat/judge.ts';
import { judgeSubnets } from './subnet/judge.ts';
import { judgeVlans } from './underlay/judge.ts';
import { vpcProblems } from './vpc/problems.ts';
import { type Launchers, launchersOf, machineKeyOf } from './virtual-machine/launchers.ts';

export interface GraphSources extends PolicySources {
  readonly names: Names;
  readonly serviceCidrs: readonly string[];
  /** Default: what the flags say by default. */
  readonly externalSettings?: ExternalSettings;
  /** Empty, or the one of that name. */
  readonly externalGateways?: Table<ConfigMap>;
  /** Virtual machines keep their addresses. Default: true. */
  readonly keepVmIp?: boolean;
  /** Measures the compiling of policies; default: nobody does. */
  readonly compile?: Graph['compile'];
  readonly pods: Table<Pod>;
  readonly nodes: Table<Node>;
  readonly namespaces: Table<Namespace>;
  readonly subnets: Table<Subnet>;
  readonly vpcs: Table<Vpc>;
  readonly ipPools: Table<IPPool>;
  readonly vips: Table<Vip>;
  readonly vlans: Table<Vlan>;
  readonly providerNetworks: Table<ProviderNetwork>;
  readonly ovnEips: Table<OvnEip>;
  readonly ovnFips: Table<OvnFip>;
  readonly ovnSnatRules: Table<OvnSnatRule>;
  readonly ovnDnatRules: Table<OvnDnatRule>;
  readonly qosPolicies: Table<QoSPolicy>;
  readonly mirrors: Table<Mirror>;
  readonly services: Table<Service>;
  readonly endpointSlices: Table<EndpointSlice>;
  readonly switchLbRules: Table<SwitchLBRule>;
  /** The journal of leases. */
  readonly ips: Table<IP>;
  readonly attachmentDefinitions: Table<NetworkAttachmentDefinition>;
  readonly virtualMachineInstances: Table<VirtualMachineInstance>;
  /** Default: nothing is known. */
  readonly southbound?: Graph['southbound'];
  readonly northbound: Pick<NorthboundCells, 'ports' | 'switches' | 'routers' | 'external' | 'features'>;
  /** Written by the allocation effect. */
  readonly leases: Table<HeldLease>;
  readonly holds: Table<string>;
  readonly usage: Table<SubnetUsage>;
  readonly poolUsage: Table<SubnetUsage>;
  readonly refusals: Table<Refusal>;
}

const byContent = { equals: isSamePlainData };

const defaultExternal: ExternalSettings = {
  configMap: `kube-system/${externalGatewayConfig}`,
  network: 'external',
  vlanId: 0,
  servesPods: true,
};

function unknownPlaces(): Graph['southbound'] {
  return {
    gateways: sourceTable('gateway chassis'),
    steadyGateways: sourceTable('steady places'),
    gatewayAbsences: sourceTable('gateway absences'),
    datapaths: sourceTable('datapaths'),
    isLive: sourceCell(false),
  };
}

/**
 *     NetworkAttachmentDefinition ──read──┐
 *     Pod, Node, Namespace, Vpc ──read────┴► inputs ──────────────────────────┐
 *     Subnet ──read──► readings ──clashes──► problems                         ├──► Graph
 *                 └──► accepted before ──┴──► Subnets in force ──► bindings ──┤
 *     IPPool ──read──► readings, accepted before ──┴──► pools in force ───────┘
 */
export function buildGraph(sources: GraphSources): Graph {
  const { names } = sources;
  const nodes = deriveTable('node inputs', sources.nodes, (_name, node) => readNode(node), byContent);
  const namespaces = deriveTable('namespace inputs', sources.namespaces, (_name, namespace) => readNamespace(namespace), byContent);
  const { externalSettings = defaultExternal, externalGateways = sourceTable<ConfigMap>('external gateways') } = sources;
  const externalGateway = formula(() => {
    const config = externalGateways.get(externalSettings.configMap);
    return config === undefined ? noExternalGateway : readExternalGateway(config);
  }, byContent);
  const vpcs = deriveTable(
    'vpc inputs',
    sources.vpcs,
    (_name, each) => {
      const vpc = readVpc(each, names.clusterRouter);
      return vpc.isDefault && externalGateway.value.isEnabled ? { ...vpc, enableExternal: true } : vpc;
    },
    byContent,
  );
  const subnetReadings = deriveTable('subnet readings', sources.subnets, (_name, subnet) => readSubnet(subnet, names), byContent);
  const providerNetworks = deriveTable(
    'provider network inputs',
    sources.providerNetworks,
    (_name, each) => readProviderNetwork(each),
    byContent,
  );
  const vlanInputs = deriveTable('vlan inputs', sources.vlans, (_name, each) => readVlan(each), byContent);
  const judgedVlans = formula(
    () =>
      judgeVlans(
        [...vlanInputs.entries()].map(([, vlan]) => vlan),
        new Map(providerNetworks.entries()),
      ),
    byContent,
  );
  const vlans = deriveTable('vlans', vlanInputs, (name) => judgedVlans.value.get(name), byContent);
  const judged = judgeSubnets(sources, { subnetReadings, vpcs, nodes, vlans });
  const subnets = judged.inForce;
  const external = judgeExternal(sources, { subnets, vpcs });
  const subnetsByVpc = indexBy('subnets by vpc', subnets, ({ vpc }) => [vpc]);
  const ipPools = judgeIpPools(sources.ipPools, subnets);
  const attachments = deriveTable('attachments', sources.attachmentDefinitions, (_key, each) => readAttachmentConfig(each), byContent);
  const { keepVmIp = true } = sources;
  const read = (pod: Pod): PodInput | undefined => readPod(pod, (key) => attachments.get(key), { keepVmIp });
  const launchers = keepVmIp ? launcherTable(sources) : sourceTable<Launchers>('launchers');
  const pods = deriveTable(
    'pod inputs',
    sources.pods,
    (key, pod) => (isSuperseded(key, pod, launchers) ? undefined : read(pod)),
    byContent,
  );
  const migrationTargets = expandTable(
    'migration targets',
    launchers,
    (_machine, { target }) => {
      const pod = target === undefined ? undefined : sources.pods.get(target.pod);
      const input = pod === undefined ? undefined : read(pod);
      return input === undefined ? [] : [[input.key, input] as const];
    },
    byContent,
  );
  const slices = deriveTable('slice inputs', sources.endpointSlices, (_key, slice) => readSlice(slice), byContent);
  const interfaces = expandTable('interfaces', pods, (_key, pod) => pod.interfaces.map((each) => [each.port, each] as const), byContent);
  const graph: Omit<Graph, 'podPlans'> = {
    names,
    objects: {
      pods: sources.pods,
      subnets: sources.subnets,
      vpcs: sources.vpcs,
      namespaces: sources.namespaces,
      ipPools: sources.ipPools,
      securityGroups: sources.securityGroups,
      vips: sources.vips,
      ips: sources.ips,
      vlans: sources.vlans,
      providerNetworks: sources.providerNetworks,
      services: sources.services,
      switchLbRules: sources.switchLbRules,
      ovnEips: sources.ovnEips,
      ovnFips: sources.ovnFips,
      ovnSnatRules: sources.ovnSnatRules,
      ovnDnatRules: sources.ovnDnatRules,
      qosPolicies: sources.qosPolicies,
      mirrors: sources.mirrors,
    },
    pods,
    launchers,
    migrationTargets,
    podIdentities: deriveTable('pod identities', sources.pods, (_key, pod) => readPodIdentity(pod), byContent),
    policies: mergeTables('all policies', [readPolicies(sources), readSubnetPolicies(subnets, names.joinSubnet)]),
    securityGroups: readSecurityGroups(sources.securityGroups),
    serviceBlocks: sources.serviceCidrs.flatMap((cidr) => cidr.split(',')),
    compile: sources.compile ?? ((work) => work()),
    interfaces,
    attachments,
    nodes,
    namespaces,
    vpcs,
    subnetReadings,
    subnetProblems: judged.problems,
    subnets,
    subnetsByProvider: indexBy('subnets by provider', subnets, (subnet) => (subnet.isTerminating ? [] : [subnet.provider])),
    subnetsByVpc,
    subnetsByVlan: indexBy('subnets by vlan', subnets, ({ vlan }) => (vlan === '' ? [] : [vlan])),
    vlans,
    providerNetworks,
    bindings: bindings({ namespaces, subnets, vpcs, names, subnetProblems: judged.problems }, sources.subnets),
    ipPoolProblems: ipPools.problems,
    ipPools: ipPools.inForce,
    poolsByNamespace: ipPools.byNamespace,
    vips: deriveTable('vip inputs', sources.vips, (_name, vip) => readVip(vip), byContent),
    externalSettings,
    externalGateway,
    external,
    services: deriveTable('service inputs', sources.services, (_key, service) => readService(service), byContent),
    slices,
    switchLbRules: deriveTable('switch lb rule readings', sources.switchLbRules, (_name, rule) => readSwitchLbRule(rule), byContent),
    slicesByService: indexBy('slices by service', slices, ({ service }) => [service]),
    portsByVip: indexBy('ports by vip', interfaces, (nic) => (nic.isOvn ? nic.vips : [])),
    takersByVip: indexBy('takers by vip', interfaces, (nic) => (nic.vip === undefined ? [] : [nic.vip])),
    leases: sources.leases,
    leasesByAddress: indexBy('leases by address', sources.leases, ({ v4, v6 }) => [v4, v6].filter((address) => address !== undefined)),
    holdsBySubnet: indexBy('holds by subnet', sources.holds, (subnet) => [subnet]),
    refusals: sources.refusals,
    usage: sources.usage,
    poolUsage: sources.poolUsage,
    northbound: sources.northbound,
    southbound: sources.southbound ?? unknownPlaces(),
    judge: {
      subnet: judged.judge,
      vpc: (vpc) => vpcProblems(readVpc(vpc, names.clusterRouter), { vpcs, subnets, subnetsByVpc, external }),
      subnetsWithVpc: judged.judgeVpc,
      ipPool: ipPools.judge,
    },
  };
  return { ...graph, podPlans: podPlans(graph) };
}

/** Pods of virtual machines, machine by machine. */
function launcherTable({ pods, virtualMachineInstances }: Pick<GraphSources, 'pods' | 'virtualMachineInstances'>): Table<Launchers> {
  const byMachine = indexBy('pods by machine', pods, (pod) => {
    const machine = machineKeyOf(pod);
    return machine === undefined ? [] : [machine];
  });
  return expandTable(
    'launchers',
    pods,
    (_key, pod) => {
      const machine = machineKeyOf(pod);
      if (machine === undefined) return [];
      const ofMachine = [...byMachine.of(machine)].flatMap((key) => pods.get(key) ?? []);
      const launchers = launchersOf(ofMachine, virtualMachineInstances.get(machine));
      return launchers === undefined ? [] : [[machine, launchers] as const]; // each of its pods says the same
    },
    byContent,
  );
}

/** A machine has one pod that counts at a time. */
function isSuperseded(key: string, pod: Pod, launchers: Table<Launchers>): boolean {
  const machine = machineKeyOf(pod);
  const found = machine === undefined ? undefined : launchers.get(machine);
  return found !== undefined && found.active.pod !== key;
}

function bindings(
  { namespaces, subnets, vpcs, names, subnetProblems }: Pick<Graph, 'namespaces' | 'subnets' | 'vpcs' | 'names' | 'subnetProblems'>,
  objects: Table<Subnet>,
): Table<readonly string[]> {
  const listing = indexBy('subnets by namespace', subnets, (subnet) => subnet.namespaces);
  const vpcsOf = indexBy('vpcs by namespace', vpcs, (vpc) => vpc.namespaces);
  const selecting: Cell<readonly SubnetInput[]> = formula(
    () => [...subnets.entries()].flatMap(([, subnet]) => (subnet.namespaceSelectors.length > 0 ? [subnet] : [])),
    byContent,
  );
  const refused: Cell<readonly RefusedSubnet[]> = formula(
    () =>
      [...subnetProblems.keys()].flatMap((name) => {
        const object = subnets.has(name) ? undefined : objects.get(name);
        return (object === undefined ? undefined : asRefused(object)) ?? [];
      }),
    byContent,
  );
  const present = <V>(table: Table<V>, keys: ReadonlySet<string>): V[] => [...keys].toSorted().flatMap((key) => table.get(key) ?? []);
  return deriveTable(
    'namespace bindings',
    namespaces,
    (name, namespace) =>
      bindNamespace(namespace, {
        // One of another Vpc would lead the namespace's pods there.
        vpcDefaults: present(vpcs, vpcsOf.of(name)).flatMap((vpc) =>
          (subnets.get(vpc.defaultSubnet)?.vpc ?? vpc.name) === vpc.name ? [vpc.defaultSubnet] : [],
        ),
        listing: present(subnets, listing.of(name)),
        selecting: selecting.value,
        refused: refused.value,
        fallback: names.defaultSubnet,
      }),
    byContent,
  );
}
