/** Which nodes a router's port on an external network may be on. */
import { nodeLabels } from '@kube-ovn/api';
import type { NodeInput } from '../../inputs/node.ts';
import { fnv64 } from '../fnv.ts';

/** More would only cost: each watches each, and one takes over at a time. */
const MAX_CHASSIS = 5;

/**
 * Chassis in order of preference. Nodes with the label `ovn.kubernetes.io/external-gw=true`, or all where none has it; those that are being
 * emptied only after the others. Each port prefers others: by a hash of port and node, so that the order of a port stays as it is while
 * other nodes come and go.
 */
export function gatewayChassis(port: string, nodes: readonly NodeInput[], isConnected: (node: NodeInput) => boolean): readonly NodeInput[] {
  const usable = nodes.filter((node) => node.chassis !== undefined && isConnected(node));
  const labelled = usable.filter(({ labels }) => labels[nodeLabels.externalGateway] === 'true');
  const ranked = (labelled.length > 0 ? labelled : usable).map((node) => ({ node, rank: fnv64(`${port}/${node.name}`) }));
  const order = ranked.toSorted((a, b) => Number(a.node.isCordoned) - Number(b.node.isCordoned) || (a.rank < b.rank ? -1 : 1));
  return order.slice(0, MAX_CHASSIS).map(({ node }) => node);
}
