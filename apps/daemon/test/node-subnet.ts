/** A Subnet as a node sees it, for tests. */
import type { NodeSubnet } from '../src/inputs/subnet.ts';

/** @param cidr blocks of both families, separated by commas */
export function nodeSubnet(name: string, cidr: string, options: Partial<NodeSubnet> = {}): NodeSubnet {
  return {
    name,
    vpc: 'ovn-cluster',
    blocks: cidr.split(',').map((block) => ({ family: block.includes(':') ? 6 : 4, cidr: block })),
    isRouted: true,
    isPrimary: true,
    natOutgoing: false,
    natRules: [],
    egressRoute: undefined,
    isCentralized: false,
    gatewayNodes: [],
    mtuBytes: 0,
    checkGateway: true,
    vlan: undefined,
    ...options,
  };
}
