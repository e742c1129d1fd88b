/**
 * Node → the node's own interface in the join subnet, as the controller has laid it down in the node's annotations.
 */
import { nodeAnnotations, nodeLabels, nodePortName, type Node, type Problem, type Reading } from '@kube-ovn/api';

/** The node's side of the join subnet, one family. */
export interface JoinAddress {
  readonly family: 4 | 6;
  readonly address: string;
  readonly cidr: string;
  readonly gateway: string;
}

/** The node's interface `ovn0`. */
export interface JoinInterface {
  readonly port: string;
  readonly mac: string;
  readonly addresses: readonly JoinAddress[];
}

/** What the node says; `undefined` while the controller has not allocated anything. */
export type JoinReading = Reading<JoinInterface | undefined>;

/** Read a node's join interface. */
export function readJoinInterface(node: Node): JoinReading {
  const problems: Problem[] = [];
  const read = <T>(reading: Reading<T | undefined>): T | undefined => {
    if (reading.ok) return reading.value;
    problems.push(reading.problem);
    return undefined;
  };
  const allocated = read(nodeAnnotations.allocated.read(node));
  const pair = read(nodeAnnotations.ip_address.read(node));
  const mac = read(nodeAnnotations.mac_address.read(node));
  const cidr = read(nodeAnnotations.cidr.read(node));
  const gateway = read(nodeAnnotations.gateway.read(node));
  const port = read(nodeAnnotations.port_name.read(node)) ?? nodePortName(node.metadata.name);
  const [problem] = problems;
  if (problem !== undefined) return { ok: false, problem };
  if (allocated !== true || mac === undefined || pair === undefined) return { ok: true, value: undefined };
  const sides = [
    [4, pair.v4, cidr?.v4, gateway?.v4],
    [6, pair.v6, cidr?.v6, gateway?.v6],
  ] as const;
  const addresses = sides.flatMap(([family, address, block, via]) =>
    address === undefined || block === undefined || via === undefined ? [] : [{ family, address, cidr: block, gateway: via }],
  );
  return { ok: true, value: { port, mac, addresses } };
}

/** Addresses by which the cluster knows the node. @source core/v1 NodeStatus.addresses, type InternalIP */
export function internalAddresses(node: Node): readonly string[] {
  return (node.status?.addresses ?? []).filter((address) => address.type === 'InternalIP').map((address) => address.address);
}

/** The datapath that the node's label asks for; undefined without the label. */
export function labelledDatapath(node: Node): 'system' | 'netdev' | undefined {
  const label = node.metadata.labels?.[nodeLabels.datapathType];
  if (label === 'userspace') return 'netdev';
  return label === 'kernel' ? 'system' : undefined;
}
