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
  /** Name of the outgoing link. */
  readonly link: string;
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

/** A route as the kernel reports it. */
export interface KernelRoute {
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

/** Routes of one table (default: main), both families; what the kernel cloned for its own use is left out. */
export async function dumpRoutes(socket: RtnlSocket, table: number = MAIN_TABLE): Promise<readonly KernelRoute[]> {
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
      if (inTable === table && data.flags?.cloned !== true && isUnicast(data.type)) found.push(readRoute(data, attrs));
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
  return `route ${route.dst}${route.via === undefined ? '' : ` via ${route.via}`} dev ${route.link}`;
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
      protocol: 'STATIC',
      scope: route.via === undefined && family === AF_INET ? 'LINK' : 'UNIVERSE',
      type: 'UNICAST',
      ...(route.onlink === true ? { flags: { __unknown: RTNH_F_ONLINK } } : {}),
    },
    {
      ...(length === 0 ? {} : { dst: bytes }),
      ...(route.via === undefined ? {} : { gateway: addressBytes(route.via) }),
      ...(route.src === undefined ? {} : { prefsrc: addressBytes(route.src) }),
      ...(route.metric === undefined || route.metric === 0 ? {} : { priority: route.metric }),
      ...(route.mtuBytes === undefined ? {} : { metrics: { mtu: u32Bytes(route.mtuBytes) } }),
      oif: await linkIndex(socket, route.link),
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

function isUnicast(type: RouteMessage['data']['type']): boolean {
  return type === 'UNICAST' || type === rt.RouteType.UNICAST;
}

function readRoute(data: RouteMessage['data'], attrs: RouteMessage['attrs']): KernelRoute {
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
