import { AttrStream, FlagsNew, rt } from 'netlink';
import { AF_INET, AF_INET6, addressBytes, addressText, familyOf, prefixBytes } from '../address.ts';
import { isHostError } from '../errors.ts';
import { linkIndex } from './link.ts';
import type { RtnlSocket } from './socket.ts';

/** A route to write. */
export interface Route {
  /** Destination prefix; `0.0.0.0/0` or `::/0` is the default route. */
  readonly dst: string;
  /** Next hop; none for a destination on the link itself. */
  readonly via?: string;
  /** Name of the outgoing link; none: the one on which the kernel finds the next hop, or no link at all. */
  readonly link?: string;
  /** Default: `unicast`. `throw` ends the search in this table, `unreachable` refuses. @source ip-route(8) */
  readonly type?: RouteType;
  /** Default: 4, static. @source linux/rtnetlink.h RTPROT_* */
  readonly protocol?: number;
  /** Preferred source address. */
  readonly src?: string;
  /** Default: 254, the main table. */
  readonly table?: number;
  /** Lower wins; default 0 (IPv6: the kernel makes it 1024). */
  readonly metric?: number;
  /** `RTA_METRICS` MTU in bytes. */
  readonly mtuBytes?: number;
  /** The next hop need not be inside a prefix of the link. */
  readonly onlink?: boolean;
}

export type RouteType = 'unicast' | 'throw' | 'unreachable';

/** A route as the kernel reports it. */
export interface KernelRoute {
  readonly type: RouteType;
  readonly dst: string;
  readonly via: string | undefined;
  /** Index of the outgoing link; undefined for multipath and unreachable routes. */
  readonly index: number | undefined;
  readonly src: string | undefined;
  readonly table: number;
  readonly metric: number;
  /** `RTPROT_*`: 2 kernel, 3 boot, 4 static, 9 router advertisement */
  readonly protocol: number;
}

/** The main routing table. @source linux/rtnetlink.h RT_TABLE_MAIN */
export const MAIN_TABLE = 254;

/** Routes of one table (default: main) or all, both families; what the kernel cloned for its own use is left out. */
export async function dumpRoutes(socket: RtnlSocket, table: number | 'all' = MAIN_TABLE): Promise<readonly KernelRoute[]> {
  const found: KernelRoute[] = [];
  for (const family of [AF_INET, AF_INET6]) {
    // one after the other: two dumps at once on one socket are refused
    const messages = await socket.dump({
      type: rt.MessageType.GETROUTE,
      body: routeMessage({ family }, {}),
      subject: { object: 'routes', action: 'list' },
    });
    for (const message of messages) {
      const { data, attrs } = rt.parseRouteMessage(message.data);
      const inTable = attrs.table ?? data.table ?? 0;
      const type = typeOf(data.type);
      const isAsked = table === 'all' || inTable === table;
      if (isAsked && data.flags?.cloned !== true && type !== undefined) found.push({ type, ...readRoute(data, attrs) });
    }
  }
  return found;
}

/** Add the route, or replace the one with the same destination, table and metric. */
export async function replaceRoute(socket: RtnlSocket, route: Route): Promise<void> {
  const body = await oneRoute(socket, route);
  await socket.request({
    type: rt.MessageType.NEWROUTE,
    body,
    flags: FlagsNew.CREATE | FlagsNew.REPLACE,
    subject: { object: describe(route), action: 'replace' },
  });
}

/** @returns false when there is no such route, or its link is gone (the kernel removes a link's routes with it) */
export async function deleteRoute(socket: RtnlSocket, route: Route): Promise<boolean> {
  try {
    const body = await oneRoute(socket, route);
    await socket.request({ type: rt.MessageType.DELROUTE, body, subject: { object: describe(route), action: 'delete' } });
    return true;
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND')) return false;
    throw error;
  }
}

function describe(route: Route): string {
  const parts = [
    route.type,
    route.dst,
    route.via && `via ${route.via}`,
    route.link && `dev ${route.link}`,
    route.table && `table ${route.table}`,
  ];
  return `route ${parts.filter((part) => part !== undefined).join(' ')}`;
}

async function oneRoute(socket: RtnlSocket, route: Route): Promise<Uint8Array[]> {
  const { bytes, length } = prefixBytes(route.dst);
  const family = familyOf(bytes);
  const table = route.table ?? MAIN_TABLE;
  return routeMessage(
    {
      family,
      dstLen: length,
      table: table < 256 ? table : 0,
      protocol: route.protocol ?? rt.RouteProtocol.STATIC,
      scope: route.via === undefined && route.link !== undefined && family === AF_INET ? 'LINK' : 'UNIVERSE',
      type: kernelTypes[route.type ?? 'unicast'],
      ...(route.onlink === true ? { flags: { __unknown: RTNH_F_ONLINK } } : {}),
    },
    {
      ...(length === 0 ? {} : { dst: bytes }),
      ...(route.via === undefined ? {} : { gateway: addressBytes(route.via) }),
      ...(route.src === undefined ? {} : { prefsrc: addressBytes(route.src) }),
      ...(route.metric === undefined || route.metric === 0 ? {} : { priority: route.metric }),
      ...(route.mtuBytes === undefined ? {} : { metrics: { mtu: u32Bytes(route.mtuBytes) } }),
      ...(route.link === undefined ? {} : { oif: await linkIndex(socket, route.link) }),
      table,
    },
  );
}

/** @source linux/rtnetlink.h */
const RTNH_F_ONLINK = 4;

type RouteMessage = Parameters<typeof rt.formatRouteMessage>[0];

function routeMessage(data: RouteMessage['data'], attrs: RouteMessage['attrs']): Uint8Array[] {
  const out = new AttrStream();
  rt.formatRouteMessage({ kind: 'route', data, attrs }, out);
  return out.bufs;
}

const kernelTypes = { unicast: 'UNICAST', throw: 'THROW', unreachable: 'UNREACHABLE' } as const;

function typeOf(type: RouteMessage['data']['type']): RouteType | undefined {
  for (const own of ['unicast', 'throw', 'unreachable'] as const)
    if (type === kernelTypes[own] || type === rt.RouteType[kernelTypes[own]]) return own;
  return undefined;
}

function readRoute(data: RouteMessage['data'], attrs: RouteMessage['attrs']): Omit<KernelRoute, 'type'> {
  const any = data.family === AF_INET ? Buffer.alloc(4) : Buffer.alloc(16);
  return {
    dst: `${addressText(attrs.dst ?? any)}/${data.dstLen ?? 0}`,
    via: attrs.gateway === undefined ? undefined : addressText(attrs.gateway),
    index: attrs.oif,
    src: attrs.prefsrc === undefined ? undefined : addressText(attrs.prefsrc),
    table: attrs.table ?? data.table ?? 0,
    metric: attrs.priority ?? 0,
    protocol: protocolNumber(data.protocol),
  };
}

/** The codec names the protocols it knows and leaves the others as numbers. */
function protocolNumber(protocol: RouteMessage['data']['protocol']): number {
  if (protocol === undefined) return 0;
  return typeof protocol === 'number' ? protocol : rt.RouteProtocol[protocol];
}

function u32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
