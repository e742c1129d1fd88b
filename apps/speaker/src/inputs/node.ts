/** Node → where it is, and whether traffic should come by it. */
import type { Node } from '@kube-ovn/api';
import { canonicalAddress, readAddress } from '@kube-ovn/ipam';

/**
 * `all`: everything is announced. `last`: what other nodes announce as well is announced as the last choice, since the node is being
 * emptied. `own`: only what no other node has.
 */
export type Standing = 'all' | 'last' | 'own';

export interface NodeInput {
  readonly v4: string | undefined;
  readonly v6: string | undefined;
  readonly standing: Standing;
}

/** @source Kubernetes, well-known labels: takes a node out of the targets of load balancers */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Read a Node; one that is not there is announced for in nothing that others have. */
export function readNode(node: Node | undefined): NodeInput {
  const addresses = (node?.status?.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .flatMap(({ address }) => canonicalAddress(address) ?? []);
  const first = (family: 4 | 6): string | undefined => addresses.find((address) => readAddress(address)?.family === family);
  return { v4: first(4), v6: first(6), standing: standingOf(node) };
}

function standingOf(node: Node | undefined): Standing {
  if (node === undefined || node.metadata.labels?.[EXCLUDED] !== undefined) return 'own';
  const conditions = node.status?.conditions ?? [];
  const says = (type: string): string | undefined => conditions.find((condition) => condition.type === type)?.status;
  if (says('Ready') !== 'True' || says('NetworkUnavailable') === 'True') return 'own';
  return node.spec?.unschedulable === true ? 'last' : 'all';
}
