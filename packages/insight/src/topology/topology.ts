/**
 * Objects → the topology as a graph: routers, subnets, ways out, links, and on wish pods and the policies that select them.
 *
 * Pure: the form of the graph says nothing of how it is drawn.
 */
import { type NetworkPolicy, type Pod, selects, type Subnet, type Vlan, type Vpc } from '@kube-ovn/api';

export type NodeKind = 'vpc' | 'subnet' | 'gateway' | 'outside' | 'vlan' | 'pod' | 'policy';

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  /** Lines of text: the name first. */
  readonly label: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

export interface Topology {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface TopologyObjects {
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly vlans: readonly Vlan[];
  /** Empty where they are not to be shown. */
  readonly pods: readonly Pod[];
  readonly policies: readonly NetworkPolicy[];
}

/** Pods are shown on the Subnet that their annotation names. @source Kube-OVN ovn.kubernetes.io/logical_switch */
const SWITCH = 'ovn.kubernetes.io/logical_switch';
const DEFAULT_VPC = 'ovn-cluster';
const OUTSIDE: GraphNode = { id: 'outside', kind: 'outside', label: ['outside'] };

/** The graph of what there is; the order is that of the names. */
export function topologyOf(objects: TopologyObjects): Topology {
  const parts = [
    ...sorted(objects.vpcs).map((vpc) => vpcPart(vpc)),
    ...sorted(objects.vlans).map((vlan) => vlanPart(vlan)),
    ...sorted(objects.subnets).map((subnet) => subnetPart(subnet)),
    ...sorted(objects.pods).flatMap((pod) => podPart(pod)),
    ...sorted(objects.policies).map((policy) => policyPart(policy, objects.pods)),
  ];
  const nodes = new Map<string, GraphNode>();
  for (const part of parts) for (const node of part.nodes) nodes.set(node.id, node);
  // what is named and is not there would be an end without a node
  const edges = parts.flatMap((part) => part.edges).filter(({ from, to }) => nodes.has(from) && nodes.has(to));
  return { nodes: [...nodes.values()], edges };
}

function vpcPart({ metadata: { name }, spec }: Vpc): Topology {
  const links = (spec.vpcPeerings ?? []).flatMap(({ remoteVpc = '' }): readonly GraphEdge[] =>
    // each link is named at both ends
    name < remoteVpc ? [{ from: `vpc/${name}`, to: `vpc/${remoteVpc}`, label: 'linked' }] : [],
  );
  return { nodes: [{ id: `vpc/${name}`, kind: 'vpc', label: [name, 'Vpc'] }], edges: links };
}

function vlanPart({ metadata: { name }, spec }: Vlan): Topology {
  const tag = spec.id === undefined || spec.id === 0 ? 'untagged' : `VLAN ${spec.id}`;
  return { nodes: [{ id: `vlan/${name}`, kind: 'vlan', label: [name, tag, `ProviderNetwork ${spec.provider}`] }], edges: [] };
}

function subnetPart({ metadata: { name }, spec, status }: Subnet): Topology {
  const id = `subnet/${name}`;
  const blocks = (spec.cidrBlock ?? '').split(',');
  const used = [
    blocks.some((block) => !block.includes(':')) ? status?.v4usingIPs : undefined,
    blocks.some((block) => block.includes(':')) ? status?.v6usingIPs : undefined,
  ].filter((count) => count !== undefined && count !== null);
  const label = [name, ...blocks, used.length === 0 ? '' : `${used.join(' and ')} in use`, spec.private === true ? 'private' : ''];
  const node: GraphNode = { id, kind: 'subnet', label: label.filter((line) => line !== '') };
  if ((spec.vlan ?? '') !== '') return { nodes: [node], edges: [{ from: id, to: `vlan/${spec.vlan}`, label: '' }] };
  const vpc = (spec.vpc ?? '') === '' ? DEFAULT_VPC : spec.vpc;
  const edges: GraphEdge[] = [{ from: id, to: `vpc/${vpc}`, label: spec.gateway ?? '' }];
  if (vpc !== DEFAULT_VPC || name === 'join') return { nodes: [node], edges };
  const way = gatewayOf(spec);
  const gateway: GraphNode = { id: `gateway/${way.join()}`, kind: 'gateway', label: way };
  edges.push(
    { from: `vpc/${vpc}`, to: gateway.id, label: name },
    { from: gateway.id, to: OUTSIDE.id, label: `${name}: ${spec.natOutgoing === true ? 'NAT' : 'own addresses'}` },
  );
  return { nodes: [node, gateway, OUTSIDE], edges };
}

function gatewayOf({ gatewayType, gatewayNode = '', gatewayNodeSelectors = [] }: Subnet['spec']): readonly string[] {
  if (gatewayType !== 'centralized') return ['each node', 'for its own pods'];
  const names = gatewayNode.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim().split(':')[0] ?? '']));
  return names.length > 0 ? ['gateway', names.join(', ')] : ['gateway', `${gatewayNodeSelectors.length} selectors of nodes`];
}

function podPart({ metadata, spec, status }: Pod): readonly Topology[] {
  const on = metadata.annotations?.[SWITCH];
  if (on === undefined) return [];
  const id = podId(metadata);
  const label = [`${metadata.namespace}/${metadata.name}`, status?.podIP ?? 'no address', spec?.nodeName ?? 'on no node'];
  return [{ nodes: [{ id, kind: 'pod', label }], edges: [{ from: id, to: `subnet/${on}`, label: '' }] }];
}

function policyPart({ metadata, spec }: NetworkPolicy, pods: readonly Pod[]): Topology {
  const id = `policy/${metadata.namespace}/${metadata.name}`;
  const chosen = pods.filter(
    (pod) => pod.metadata.namespace === metadata.namespace && selects(spec?.podSelector ?? {}, pod.metadata.labels ?? {}),
  );
  const types = spec?.policyTypes ?? ['Ingress'];
  return {
    nodes: [{ id, kind: 'policy', label: [`${metadata.namespace}/${metadata.name}`, 'NetworkPolicy'] }],
    edges: chosen.map((pod) => ({ from: id, to: podId(pod.metadata), label: types.join(', ') })),
  };
}

function podId({ namespace, name }: Pod['metadata']): string {
  return `pod/${namespace}/${name}`;
}

function sorted<T extends { readonly metadata: { readonly namespace?: string; readonly name: string } }>(
  objects: readonly T[],
): readonly T[] {
  const key = ({ metadata }: T): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  return objects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
