/** Tunnels between nodes: is there an address, a port, and room for the packets of pods? Pure. */
import type { EnvironmentFacts, LinkFact, NodeEnvironment } from './facts.ts';
import type { EnvironmentFinding } from './finding.ts';

/** Bytes that a tunnel adds over IPv4, with room for options. @source Kube-OVN, MTU overhead per network type */
const OVERHEAD: Readonly<Record<string, number>> = { geneve: 100, vxlan: 50, stt: 72 };
const IPV6_EXTRA = 20;
/** The node's own interface to pods: it has their MTU. */
const JOIN_LINK = 'ovn0';

export function tunnelFindings(facts: EnvironmentFacts): readonly EnvironmentFinding[] {
  return [...facts.nodes.flatMap(linkFindings), ...roomFindings(facts)];
}

function linkFindings(facts: NodeEnvironment): readonly EnvironmentFinding[] {
  const { node, encapType, tunnels, tunnelPorts, datapath } = facts;
  const object = `node ${node}`;
  const found: EnvironmentFinding[] = [];
  for (const address of facts.encapAddresses)
    if (linkOf(facts, address) === undefined)
      found.push({
        severity: 'error',
        code: 'NO_TUNNEL_ADDRESS',
        object,
        message: `tunnels shall leave by ${address}, which no link of the node has`,
        fix: 'give a link that address, or choose another one: flag --iface of the daemon, or annotation ovn.kubernetes.io/tunnel_interface of the node',
      });
  for (const { name, remote, error } of tunnels)
    if (error !== '')
      found.push({
        severity: 'error',
        code: 'TUNNEL_FAILED',
        object,
        message: `Open vSwitch could not make tunnel ${name} to ${remote}: ${error}`,
        fix: 'another program may hold the port (6081 geneve, 4789 vxlan), or the kernel lacks the tunnel: modprobe it, or see "ip -d link"',
      });
  if (datapath === 'netdev' && tunnels.some(({ error }) => error === '') && tunnelPorts.length === 0)
    found.push({
      severity: 'error',
      code: 'TUNNEL_PORT_CLOSED',
      object,
      message: 'the userspace datapath takes no tunnelled packets: no tunnel port is open',
      fix: 'the tunnel’s address must be on a bridge of Open vSwitch with this datapath: ko appctl NODE tnl/ports/show, ovs/route/show',
    });
  if (encapType.split(',').includes('stt'))
    found.push({
      severity: 'warning',
      code: 'UNCARRIED_TUNNEL_TYPE',
      object,
      message: 'stt was seen to carry nothing with the userspace datapath, and the kernel’s own Open vSwitch has none',
      fix: 'use geneve or vxlan: flag --network-type of the daemons',
    });
  return found;
}

function linkOf({ links }: Pick<NodeEnvironment, 'links'>, address: string): LinkFact | undefined {
  return links.find(({ addresses }) => addresses.includes(address));
}

/** The largest packet of a pod that every tunnel of a node carries; undefined where no tunnel is known. */
export function roomOf(facts: Pick<NodeEnvironment, 'links' | 'encapType' | 'encapAddresses'>): number | undefined {
  const overhead = Math.max(...facts.encapType.split(',').map((type) => OVERHEAD[type] ?? 0));
  const rooms = facts.encapAddresses.flatMap((address) => {
    const link = linkOf(facts, address);
    return link === undefined ? [] : [link.mtu - overhead - (address.includes(':') ? IPV6_EXTRA : 0)];
  });
  return rooms.length === 0 ? undefined : Math.min(...rooms);
}

/** Whoever sends the largest packets, every other node has to take them. */
function roomFindings({ nodes, subnets }: EnvironmentFacts): readonly EnvironmentFinding[] {
  const senders = [
    ...nodes.flatMap(({ node, links }) =>
      links.filter(({ name }) => name === JOIN_LINK).map(({ mtu }) => ({ object: `node ${node}`, who: `pods on ${node}`, mtu })),
    ),
    ...subnets.map(({ name, mtu }) => ({ object: `Subnet ${name}`, who: `pods of Subnet ${name}`, mtu })),
  ];
  const narrow = nodes
    .flatMap((facts) => {
      const room = nodes.length > 1 ? roomOf(facts) : undefined;
      return room === undefined ? [] : [{ node: facts.node, room }];
    })
    .toSorted((a, b) => a.room - b.room)[0];
  if (narrow === undefined) return [];
  return senders
    .filter(({ mtu }) => mtu > narrow.room)
    .map(({ object, who, mtu }) => ({
      severity: 'error',
      code: 'MTU_TOO_LARGE',
      object,
      message: `${who} send packets of up to ${mtu} bytes, and the tunnels of node ${narrow.node} carry ${narrow.room}: larger ones are dropped, mostly without a word`,
      fix: `raise the MTU of the link that carries the tunnels on ${narrow.node}, or lower that of pods to ${narrow.room} (flag --mtu of the daemons, spec.mtu of the Subnet)`,
    }));
}
