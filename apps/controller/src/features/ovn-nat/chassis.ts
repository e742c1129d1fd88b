/** Which nodes a router's port on an external network may be on. */
import { nodeLabels } from '@kube-ovn/api';
import type { NodeInput } from '../../inputs/node.ts';
import { fnv64 } from '../fnv.ts';

/** More would only cost: each watches each, and one takes over at a time. */
const MAX_CHASSIS = 5;

export interface ChassisChoice {
  /** Whether a node's bridge to the network is there. */
  readonly isConnected: (node: NodeInput) => boolean;
  /** Names of the only nodes that may be, in order of preference; empty: by their label. */
  readonly only?: readonly string[];
}

/**
 * Chassis in order of preference. Nodes with the label `ovn.kubernetes.io/external-gw=true`, or all where none has it; those that are being
 * emptied only after the others. Each port prefers others: by a hash of port and node, so that the order of a port stays as it is while
 * other nodes come and go. Nodes without a bridge count only while there is none with one.
 */
export function gatewayChassis(port: string, nodes: readonly NodeInput[], { isConnected, only = [] }: ChassisChoice): readonly NodeInput[] {
  const known = nodes.filter(({ chassis, name }) => chassis !== undefined && (only.length === 0 || only.includes(name)));
  const labelled = known.filter(({ labels }) => only.length > 0 || labels[nodeLabels.externalGateway] === 'true');
  const usable = labelled.length > 0 ? labelled : known;
  const connected = usable.filter(isConnected);
  const ranked = (connected.length > 0 ? connected : usable).map((node) => ({
    node,
    rank: only.length > 0 ? BigInt(only.indexOf(node.name)) : fnv64(`${port}/${node.name}`),
  }));
  const order = ranked.toSorted((a, b) => Number(a.node.isCordoned) - Number(b.node.isCordoned) || (a.rank < b.rank ? -1 : 1));
  return order.slice(0, MAX_CHASSIS).map(({ node }) => node);
}
