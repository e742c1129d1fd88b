/**
 * The objects that fragments of rows belong to, from the names of their owners: `<what>/<key>`, as `pod/web-0.shop`, `gateway/node/node1`,
 * `policy/NetworkPolicy/shop/web` or `policy/SecurityGroup/web/ingress/0`.
 */
import type { KubeObject } from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import type { PodInterface } from './inputs/pod.ts';
import type { KubernetesSources } from './sources/kubernetes.ts';

type Find = (world: OwnerWorld, key: string) => KubeObject | undefined;

export interface OwnerWorld {
  readonly sources: KubernetesSources;
  /** By port name. */
  readonly interfaces: Table<PodInterface>;
}

const pod: Find = ({ sources, interfaces }, port) => sources.pods.table.peek(interfaces.peek(port)?.pod ?? '');
const node: Find = ({ sources }, key) => sources.nodes.table.peek(key);
const subnet: Find = ({ sources }, key) => sources.subnets.table.peek(key);
const vpc: Find = ({ sources }, key) => sources.vpcs.table.peek(key);

/** By what comes before the key. */
const finders: Readonly<Record<string, Find>> = {
  pod,
  'gateway/pod': pod,
  qos: pod,
  node,
  'gateway/node': node,
  'services-at': node,
  subnet,
  'central-gateway/subnet': subnet,
  interconnection: subnet,
  services: subnet,
  'subnet-acl': subnet,
  tracking: subnet,
  'underlay/subnet': subnet,
  vpc,
  'services-of-vpc': vpc,
  vip: ({ sources }, key) => sources.vips.table.peek(key),
  'ovn-eip': ({ sources }, key) => sources.ovnEips.table.peek(key),
  service: ({ sources }, key) => sources.services.table.peek(key),
  'switch-lb-rule': ({ sources }, key) => sources.switchLbRules.table.peek(key),
  'policy/NetworkPolicy': ({ sources }, key) => sources.networkPolicies.table.peek(key),
  'policy/AdminNetworkPolicy': ({ sources }, key) => sources.adminNetworkPolicies.table.peek(key),
  'policy/BaselineAdminNetworkPolicy': ({ sources }, key) => sources.baselineAdminNetworkPolicies.table.peek(key),
  'policy/ClusterNetworkPolicy': ({ sources }, key) => sources.clusterNetworkPolicies.table.peek(key),
  // a fragment for each direction or rule of it
  'policy/SecurityGroup': ({ sources }, key) => sources.securityGroups.table.peek(firstOf(key)),
  'policy/Subnet': ({ sources }, key) => sources.subnets.table.peek(firstOf(key)),
};

/** @returns undefined when it is not there any more, or belongs to no object, as the switch of all central gateways does */
export function objectOfOwner(world: OwnerWorld, owner: string): KubeObject | undefined {
  const [first = '', second = ''] = owner.split('/');
  for (const what of [`${first}/${second}`, first]) {
    const find = finders[what];
    if (find !== undefined) return find(world, owner.slice(what.length + 1));
  }
  return undefined;
}

function firstOf(key: string): string {
  return key.split('/')[0] ?? '';
}
