/** What is asked: one connection, and who its two ends are. */
import { canonicalAddress, parseAddress, parsePrefix, prefixContains } from '@kube-ovn/ipam';
import type { ClusterObjects, NodeObject, PodObject } from './objects.ts';

/** An end of a connection: a pod as `namespace/name`, a node by name, or any address. */
export type FlowEnd = { readonly pod: string } | { readonly node: string } | { readonly address: string };

/** A new connection; ICMP has no ports. */
export interface Flow {
  readonly from: FlowEnd;
  readonly to: FlowEnd;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'ICMP';
  /** Destination port, 1..65535. */
  readonly port?: number;
  /** Source port, 1..65535; default: `usualSourcePort`. */
  readonly sourcePort?: number;
  readonly family: 4 | 6;
}

/** Where a connection comes from whose source port is not stated: one of those that systems choose by themselves. */
export const usualSourcePort = 50_000;

/** Those who can be an end. */
type Inhabited = Pick<ClusterObjects, 'pods' | 'nodes'>;

/** Who an end is, and its address in the family of the connection. */
export interface Party {
  readonly address: string;
  /** The pod, when the end has a network of its own. */
  readonly pod?: PodObject;
  /** The node, when the end is on a node's network. */
  readonly node?: NodeObject;
}

/**
 * Who an end of a flow is; undefined when it has no address in the family, so that there is no such connection.
 *
 * A hostNetwork pod is its node: "Traffic to/from hostNetwork pods is treated the same as all other traffic to/from the node IP".
 * @source Kubernetes, Network Policies, "NetworkPolicy and hostNetwork pods"
 */
export function partyOf(cluster: Inhabited, end: FlowEnd, family: 4 | 6): Party | undefined {
  if ('address' in end) return partyAt(cluster, end.address, family);
  if ('node' in end) {
    const node = cluster.nodes.find(({ metadata }) => metadata.name === end.node);
    const address = node === undefined ? undefined : nodeAddresses(node).find((one) => parseAddress(one).family === family);
    return address === undefined || node === undefined ? undefined : { address, node };
  }
  const pod = cluster.pods.find((one) => podName(one) === end.pod);
  if (pod === undefined) return undefined;
  if (pod.spec?.hostNetwork === true)
    return pod.spec.nodeName === undefined ? undefined : partyOf(cluster, { node: pod.spec.nodeName }, family);
  const address = podAddresses(pod).find((one) => parseAddress(one).family === family);
  return address === undefined || !isAlive(pod) ? undefined : { address, pod };
}

function partyAt(cluster: Inhabited, text: string, family: 4 | 6): Party | undefined {
  const address = canonicalAddress(text);
  if (address === undefined || parseAddress(address).family !== family) return undefined;
  const pod = cluster.pods.find((one) => hasOwnNetwork(one) && isAlive(one) && podAddresses(one).includes(address));
  if (pod !== undefined) return { address, pod };
  const node = cluster.nodes.find((one) => nodeAddresses(one).includes(address));
  return node === undefined ? { address } : { address, node };
}

/** `namespace/name`. */
export function podName(pod: PodObject): string {
  return `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;
}

/** False for a hostNetwork pod. */
export function hasOwnNetwork(pod: PodObject): boolean {
  return pod.spec?.hostNetwork !== true;
}

/**
 * False for a pod that has ended: its addresses may be another pod's by now.
 *
 * @source core/v1 PodPhase: Succeeded, "all containers have voluntarily terminated ... the system is not going to restart any of
 *   these containers"; Failed, "all containers in the pod have terminated"
 */
export function isAlive(pod: PodObject): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}

/** @source core/v1 PodStatus.podIPs: "If this field is specified, the 0th entry must match the podIP field" */
export function podAddresses(pod: PodObject): readonly string[] {
  const { podIP, podIPs } = pod.status ?? {};
  const texts = podIPs?.map(({ ip }) => ip) ?? (podIP === undefined ? [] : [podIP]);
  return texts.flatMap((text) => canonicalAddress(text) ?? []);
}

/**
 * Addresses of a node: those of its status, and the one by which it stands in the pods' network.
 *
 * @source core/v1 Node.status.addresses; Kube-OVN, annotation ip_address of a node (address on the join subnet)
 */
export function nodeAddresses(node: NodeObject): readonly string[] {
  const join = node.metadata.annotations?.['ovn.kubernetes.io/ip_address']?.split(',') ?? [];
  const texts = [...(node.status?.addresses ?? []).map(({ address }) => address), ...join.map((text) => text.trim())];
  return texts.flatMap((text) => canonicalAddress(text) ?? []);
}

/** Whether an address lies in a block. @source RFC 4632 §3.1 */
export function inBlock(cidr: string, address: string): boolean {
  return prefixContains(parsePrefix(cidr), parseAddress(address));
}

/** Whether the party is the node that the pod runs on, or a process on it. */
export function isNodeOf(party: Party, pod: PodObject): boolean {
  return party.node !== undefined && party.node.metadata.name === pod.spec?.nodeName;
}
