/** The nodes by which a centralized Subnet's traffic leaves, as its author writes them. */

import { canonicalAddress } from '@kube-ovn/ipam';

/** A node, and the address that traffic bears when it leaves there; undefined: the node's own. */
export interface GatewayNode {
  readonly node: string;
  readonly egressIp?: string;
}

export type GatewayNodesReading =
  | { readonly ok: true; readonly nodes: readonly GatewayNode[] }
  | { readonly ok: false; readonly bad: string };

/**
 * `node1,node2:192.168.1.5,node3:fd00::5`: in order of preference; a node that is named again counts once.
 * @returns not ok: the item that is no name of a node, or bears no address
 * @source Kube-OVN Subnet.spec.gatewayNode
 */
export function readGatewayNodes(text: string): GatewayNodesReading {
  const nodes = new Map<string, GatewayNode>();
  for (const item of text.split(',').map((each) => each.trim())) {
    if (item === '') continue;
    const [node = ''] = item.split(':', 1);
    const egressIp = item.slice(node.length + 1);
    const hasEgress = item.length > node.length;
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(node) || (hasEgress && canonicalAddress(egressIp) === undefined))
      return { ok: false, bad: item };
    if (!nodes.has(node)) nodes.set(node, hasEgress ? { node, egressIp } : { node });
  }
  return { ok: true, nodes: [...nodes.values()] };
}
