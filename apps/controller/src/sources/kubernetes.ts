/** The Kubernetes side of the sources: one informer per kind that formulas read. */
import {
  type AdminNetworkPolicy,
  type BaselineAdminNetworkPolicy,
  type ClusterNetworkPolicy,
  type ConfigMap,
  type EndpointSlice,
  type IP,
  type IPPool,
  type KubeObject,
  type Mirror,
  type Namespace,
  type NetworkAttachmentDefinition,
  type NetworkPolicy,
  type Node,
  type OvnDnatRule,
  type OvnEip,
  type OvnFip,
  type OvnSnatRule,
  type Pod,
  type QoSPolicy,
  type Resource,
  resources,
  type SecurityGroup,
  type Service,
  type StatefulSet,
  type Subnet,
  type SwitchLBRule,
  type Vip,
  type Vlan,
  type ProviderNetwork,
  type VirtualMachine,
  type VirtualMachineInstance,
  type Vpc,
} from '@kube-ovn/api';
import { type Cell, formula } from '@kube-ovn/dataflow';
import { type Informer, informer, type Selection } from '@kube-ovn/kube';
import { externalGatewayConfig } from '../inputs/external-gateway.ts';
import type { Ports } from '../ports.ts';
import { tellAbsentKinds } from './absent-kinds.ts';

export interface KubernetesSources extends Disposable {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly subnets: Informer<Subnet>;
  readonly vpcs: Informer<Vpc>;
  readonly ips: Informer<IP>;
  readonly ipPools: Informer<IPPool>;
  readonly vips: Informer<Vip>;
  readonly vlans: Informer<Vlan>;
  readonly providerNetworks: Informer<ProviderNetwork>;
  readonly ovnEips: Informer<OvnEip>;
  readonly ovnFips: Informer<OvnFip>;
  readonly ovnSnatRules: Informer<OvnSnatRule>;
  readonly ovnDnatRules: Informer<OvnDnatRule>;
  /** The ConfigMap of the external gateway alone. */
  readonly externalGateways: Informer<ConfigMap>;
  readonly qosPolicies: Informer<QoSPolicy>;
  /** Empty in a cluster without that kind. */
  readonly mirrors: Informer<Mirror>;
  readonly services: Informer<Service>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly switchLbRules: Informer<SwitchLBRule>;
  readonly statefulSets: Informer<StatefulSet>;
  /** Empty in a cluster without that kind, or that does not let us read it; so are all below that are said to be empty. */
  readonly attachmentDefinitions: Informer<NetworkAttachmentDefinition>;
  /** Empty in a cluster without KubeVirt. */
  readonly virtualMachines: Informer<VirtualMachine>;
  readonly virtualMachineInstances: Informer<VirtualMachineInstance>;
  readonly networkPolicies: Informer<NetworkPolicy>;
  readonly securityGroups: Informer<SecurityGroup>;
  /** Empty in a cluster without these kinds. */
  readonly adminNetworkPolicies: Informer<AdminNetworkPolicy>;
  readonly baselineAdminNetworkPolicies: Informer<BaselineAdminNetworkPolicy>;
  readonly clusterNetworkPolicies: Informer<ClusterNetworkPolicy>;
  /** Every first list is complete. */
  readonly synced: Cell<boolean>;
  /** Kinds that are not followed at the moment. */
  readonly behind: Cell<readonly string[]>;
}

/** Follow all kinds. */
export function kubernetesSources(
  { kube, scheduler, random, log }: Pick<Ports, 'kube' | 'scheduler' | 'random' | 'log'>,
  externalGateway: { readonly namespace: string },
): KubernetesSources {
  const follow = <T extends KubeObject>(resource: Resource<T>, missing: 'wait' | 'empty' = 'wait', of: Selection = {}): Informer<T> =>
    informer(kube, resource, { trim, scheduler, random, missing, ...of });
  const informers = {
    pods: follow(resources.pod),
    nodes: follow(resources.node),
    namespaces: follow(resources.namespace),
    subnets: follow(resources.subnet),
    vpcs: follow(resources.vpc),
    ips: follow(resources.ip),
    ipPools: follow(resources.ipPool),
    vips: follow(resources.vip),
    vlans: follow(resources.vlan),
    providerNetworks: follow(resources.providerNetwork),
    ovnEips: follow(resources.ovnEip),
    ovnFips: follow(resources.ovnFip),
    ovnSnatRules: follow(resources.ovnSnatRule),
    ovnDnatRules: follow(resources.ovnDnatRule),
    externalGateways: follow(resources.configMap, 'empty', {
      namespace: externalGateway.namespace,
      fieldSelector: `metadata.name=${externalGatewayConfig}`,
    }),
    qosPolicies: follow(resources.qosPolicy),
    services: follow(resources.service),
    endpointSlices: follow(resources.endpointSlice),
    switchLbRules: follow(resources.switchLbRule),
    statefulSets: follow(resources.statefulSet),
    attachmentDefinitions: follow(resources.networkAttachmentDefinition, 'empty'),
    virtualMachines: follow(resources.virtualMachine, 'empty'),
    virtualMachineInstances: follow(resources.virtualMachineInstance, 'empty'),
    networkPolicies: follow(resources.networkPolicy),
    securityGroups: follow(resources.securityGroup),
    adminNetworkPolicies: follow(resources.adminNetworkPolicy, 'empty'),
    baselineAdminNetworkPolicies: follow(resources.baselineAdminNetworkPolicy, 'empty'),
    clusterNetworkPolicies: follow(resources.clusterNetworkPolicy, 'empty'),
    mirrors: follow(resources.mirror, 'empty'),
  };
  const all = Object.entries(informers);
  const told = tellAbsentKinds(all, log);
  return {
    ...informers,
    synced: formula(() => all.every(([, each]) => each.synced.value)),
    behind: formula(() => all.flatMap(([name, each]) => (isFollowed(each) ? [] : [name]))),
    [Symbol.dispose]: () => {
      told[Symbol.dispose]();
      for (const [, each] of all) each[Symbol.dispose]();
    },
  };
}

/** A kind that the cluster does not have, or does not let us read, counts as followed: there is nothing to follow. */
function isFollowed({ state, synced }: Pick<Informer<unknown>, 'state' | 'synced'>): boolean {
  return state.value === 'live' || (state.value === 'syncing' && synced.value);
}

/** managedFields are often half of an object, and nobody here reads them. */
function trim<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { readonly managedFields?: unknown };
  return { ...object, metadata };
}
