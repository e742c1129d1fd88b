/**
 * The node's own interface into the network: `ovn0` on br-int, its addresses, and the routes that lead to the subnets.
 *
 * Reads: the node's annotations, subnets, the MTU. Wants: a Port and an Interface in the node's database; link, addresses and routes
 * in the node's namespace.
 */
import { rowRef, wantedRow, type Fragment } from '@kube-ovn/ovsdb';
import { vswitchTables } from '@kube-ovn/ovn-model';
import { parseAddress, parsePrefix, prefixContains } from '@kube-ovn/ipam';
import type { JoinInterface } from '../../inputs/join-interface.ts';
import { unmanagedQos } from '../bandwidth/unmanaged.formula.ts';
import type { NodeSubnet } from '../../inputs/subnet.ts';

/** Name of the node's interface. */
export const JOIN_LINK = 'ovn0';
/** Name under which the node's own port is known to the planner. */
export const JOIN_OWNER = 'join';
/** The integration bridge; ovn-controller makes it. */
export const INTEGRATION_BRIDGE = 'br-int';

/** A route towards the network. */
export interface WantedRoute {
  readonly dst: string;
  readonly via: string;
  readonly src?: string;
}

/** What the node's namespace shall hold. */
export interface JoinHost {
  readonly mac: string;
  readonly mtuBytes: number;
  /** `100.64.0.2/16` */
  readonly prefixes: readonly string[];
  readonly routes: readonly WantedRoute[];
  /** Next hops that must answer before the node counts as connected, each with our address of its family. */
  readonly gateways: readonly { readonly own: string; readonly gateway: string }[];
}

/** What the join depends on. */
export interface JoinInput {
  readonly join: JoinInterface;
  readonly subnets: readonly NodeSubnet[];
  readonly clusterRouter: string;
  readonly mtuBytes: number;
  /** The node's own addresses that are on some link now. */
  readonly nodeAddresses: readonly string[];
}

/** The port of `ovn0`. @source Open_vSwitch Interface.type=internal, Interface.mac, Interface.mtu_request */
export function joinFragment({ join, mtuBytes }: Pick<JoinInput, 'join' | 'mtuBytes'>): Fragment {
  return {
    rows: [
      wantedRow(
        vswitchTables.port,
        JOIN_LINK,
        { interfaces: [rowRef('Interface', JOIN_LINK)], qos: unmanagedQos },
        { table: 'Bridge', key: INTEGRATION_BRIDGE, column: 'ports' },
      ),
      wantedRow(vswitchTables.networkInterface, JOIN_LINK, {
        type: 'internal',
        mac: join.mac,
        mtu_request: mtuBytes,
        external_ids: { 'iface-id': join.port, ip: join.addresses.map(({ address }) => address).join(',') },
      }),
    ],
    members: [],
  };
}

/** Link, addresses and routes of the node. */
export function joinHost(input: JoinInput): JoinHost {
  const { join, mtuBytes } = input;
  const routes = join.addresses.flatMap(({ family, cidr, gateway }) => {
    const src = input.nodeAddresses.find((address) => (address.includes(':') ? 6 : 4) === family);
    return input.subnets
      .filter((subnet) => subnet.isRouted && subnet.vpc === input.clusterRouter)
      .flatMap((subnet) => subnet.blocks)
      .filter((block) => block.family === family && block.cidr !== cidr && !holdsAny(block.cidr, input.nodeAddresses))
      .map((block) => ({ dst: block.cidr, via: gateway, ...(src === undefined ? {} : { src }) }));
  });
  return {
    mac: join.mac,
    mtuBytes,
    prefixes: join.addresses.map(({ address, cidr }) => `${address}/${cidr.split('/')[1] ?? ''}`),
    routes: routes.toSorted((a, b) => (a.dst < b.dst ? -1 : 1)),
    gateways: join.addresses.map(({ address, gateway }) => ({ own: address, gateway })),
  };
}

/** A subnet that holds a node's address must not be routed: the node would lose its own network. */
function holdsAny(cidr: string, addresses: readonly string[]): boolean {
  const prefix = parsePrefix(cidr);
  return addresses.some((address) => {
    const parsed = parseAddress(address);
    return parsed.family === prefix.family && prefixContains(prefix, parsed);
  });
}
