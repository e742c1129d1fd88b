/**
 * What belongs to a link and can go over to another one: its addresses and the routes through it, with everything that the kernel knows of
 * them (lifetimes, metrics, labels, MTUs, tables), since each is the kernel's own message with another link in it.
 */
import { rt } from 'netlink';
import { AF_INET, AF_INET6, addressText } from '../address.ts';
import { isHostError } from '../errors.ts';
import { linkIndex } from './link.ts';
import { MAIN_TABLE } from './route.ts';
import { readAttributes, u32Attribute, withAttributes, writeMessage, type Attributes } from './message.ts';
import type { RtnlSocket } from './socket.ts';

/** An address or a route of a link. */
export interface Belonging {
  readonly kind: 'address' | 'route';
  /** `address 192.0.2.9/24`, `route 10.9.0.0/16 via 192.0.2.1`: for people, and equal for equal ones. */
  readonly name: string;
  /** Link that it was read from. */
  readonly link: string;
  readonly header: Buffer;
  readonly attributes: Attributes;
}

/** All of a link. */
export interface Belongings {
  /** In an order in which they can be added: addresses, routes to what is on the link, routes through routers. */
  readonly items: readonly Belonging[];
  /** Names of what can not go over: routes of IPv4 with several next hops, one of which is this link, and others of the kind. */
  readonly fixed: readonly string[];
}

/** @source linux/if_addr.h struct ifaddrmsg, IFA_*, IFA_F_* */
const ADDRESS_HEADER = 8;
const IFA = { address: 1, local: 2, label: 3, broadcast: 4, flags: 8 } as const;
const IFA_F = { temporary: 0x01, noDad: 0x02, home: 0x10, manageTemporary: 0x100, noPrefixRoute: 0x200, multicastJoin: 0x400 } as const;
/** What a writer may set; the others are the kernel's to find out. */
const SETTABLE = IFA_F.noDad | IFA_F.home | IFA_F.manageTemporary | IFA_F.noPrefixRoute | IFA_F.multicastJoin;

/** @source linux/rtnetlink.h struct rtmsg, RTA_*, RTN_UNICAST, RTPROT_KERNEL, RT_TABLE_LOCAL, RTM_F_CLONED, RTNH_F_ONLINK */
const ROUTE_HEADER = 12;
const RTA = {
  dst: 1,
  oif: 4,
  gateway: 5,
  priority: 6,
  multipath: 9,
  cacheInfo: 12,
  table: 15,
  via: 18,
  expires: 23,
  nextHopId: 30,
} as const;
const UNICAST = 1;
const KERNEL_PROTOCOL = 2;
const LOCAL_TABLE = 255;
const CLONED = 0x200;
const ONLINK = 4;
/** `rta_expires` counts these. @source linux/rtnetlink.h struct rta_cacheinfo, USER_HZ */
const TICKS_PER_SECOND = 100;
const NEXT_HOP_HEADER = 8;

/** @source linux/netlink.h NLM_F_EXCL, NLM_F_CREATE, NLM_F_APPEND */
const [EXCL, CREATE, APPEND] = [0x200, 0x400, 0x800];

/**
 * All that belongs to a link, link-local addresses aside, and what follows from them: the kernel makes both on every link by itself.
 * @throws {HostError} HOST_NOT_FOUND
 */
export async function readBelongings(socket: RtnlSocket, link: string): Promise<Belongings> {
  const index = await linkIndex(socket, link);
  const addresses = await dump(socket, {
    type: rt.MessageType.GETADDR,
    header: Buffer.alloc(ADDRESS_HEADER),
    object: `addresses of link ${link}`,
  });
  const own = addresses.flatMap((data) => readAddress(data, { link, index }) ?? []);
  const routes: Belonging[] = [];
  const fixed: string[] = [];
  for (const family of [AF_INET, AF_INET6]) {
    const header = Buffer.alloc(ROUTE_HEADER);
    header.writeUInt8(family);
    for (const data of await dump(socket, { type: rt.MessageType.GETROUTE, header, object: `routes of link ${link}` })) {
      const whole = readRoute(data, link);
      const parts = isLasting(whole) ? partsOf(whole) : [];
      const isHere = parts.some((part) => linkOf(part) === index);
      if (isHere && isFixed(whole)) fixed.push(whole.name);
      else routes.push(...parts.filter((part) => linkOf(part) === index));
    }
  }
  return { items: [...own, ...routes.toSorted((a, b) => Number(isRouted(a)) - Number(isRouted(b)))], fixed };
}

/**
 * Give a belonging to a link too. Another one with the same destination and metric stays beside it, whichever link that is on.
 * @returns false when the link has it already
 */
export async function addBelonging(socket: RtnlSocket, link: string, item: Belonging): Promise<boolean> {
  const index = await linkIndex(socket, link);
  const isAddress = item.kind === 'address';
  try {
    await socket.request({
      type: isAddress ? rt.MessageType.NEWADDR : rt.MessageType.NEWROUTE,
      body: isAddress ? newAddress(item, { link, index }) : newRoute(item, index),
      flags: isAddress ? CREATE | EXCL : CREATE | APPEND,
      subject: { object: `${item.name} of link ${link}`, action: 'add' },
    });
    return true;
  } catch (error) {
    if (isHostError(error, 'HOST_EXISTS')) return false;
    throw error;
  }
}

/** @returns false when the link does not have it */
export async function deleteBelonging(socket: RtnlSocket, link: string, item: Belonging): Promise<boolean> {
  const index = await linkIndex(socket, link);
  const isAddress = item.kind === 'address';
  const local = new Map([...item.attributes].filter(([type]) => type === IFA.address || type === IFA.local));
  try {
    await socket.request({
      type: isAddress ? rt.MessageType.DELADDR : rt.MessageType.DELROUTE,
      body: isAddress ? writeMessage(addressHeader(item, index), local) : newRoute(item, index),
      subject: { object: `${item.name} of link ${link}`, action: 'delete' },
    });
    return true;
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND')) return false;
    throw error;
  }
}

interface Dump {
  readonly type: number;
  readonly header: Buffer;
  readonly object: string;
}

async function dump(socket: RtnlSocket, { type, header, object }: Dump): Promise<readonly Buffer[]> {
  return (await socket.dump({ type, body: [header], subject: { object, action: 'list' } })).map(({ data }) => data);
}

interface Place {
  readonly link: string;
  readonly index: number;
}

function readAddress(data: Buffer, { link, index }: Place): Belonging | undefined {
  if (data.length < ADDRESS_HEADER || data.readUInt32LE(4) !== index) return undefined;
  const header = Buffer.from(data.subarray(0, ADDRESS_HEADER));
  const attributes = readAttributes(data, ADDRESS_HEADER);
  const text = addressText(attributes.get(IFA.local) ?? attributes.get(IFA.address) ?? Buffer.alloc(4));
  const isTemporary = header.readUInt8(0) === AF_INET6 && (flagsOf(header, attributes) & IFA_F.temporary) !== 0;
  if (isLinkLocal(text) || isTemporary) return undefined;
  return { kind: 'address', name: `address ${text}/${header.readUInt8(1)}`, link, header, attributes };
}

function flagsOf(header: Buffer, attributes: Attributes): number {
  return attributes.get(IFA.flags)?.readUInt32LE() ?? header.readUInt8(2);
}

/** @source RFC 3927 §2.1, RFC 4291 §2.5.6 */
function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/.test(address);
}

function addressHeader({ header }: Belonging, index: number): Buffer {
  const copy = Buffer.from(header);
  copy.writeUInt8(0, 2);
  copy.writeUInt32LE(index, 4);
  return copy;
}

/** IPv6 addresses can be used at once: they were checked where they were before. A label begins with the name of the link. */
function newAddress(item: Belonging, { link, index }: Place): Uint8Array[] {
  const isIPv6 = item.header.readUInt8(0) === AF_INET6;
  const flags = (flagsOf(item.header, item.attributes) & SETTABLE) | (isIPv6 ? IFA_F.noDad : 0);
  const label = item.attributes.get(IFA.label)?.toString('latin1').replaceAll('\0', '') ?? '';
  const renamed = label.startsWith(`${item.link}:`) ? link + label.slice(item.link.length) : '';
  const keeps = renamed !== '' && renamed.length <= 15;
  const add = new Map([[IFA.flags, u32Attribute(flags)] as const, ...(keeps ? [[IFA.label, Buffer.from(`${renamed}\0`)] as const] : [])]);
  return writeMessage(addressHeader(item, index), withAttributes(item.attributes, { without: [IFA.label, IFA.flags], add }));
}

function readRoute(data: Buffer, link: string): Belonging {
  const header = Buffer.from(data.subarray(0, ROUTE_HEADER));
  const route = { kind: 'route' as const, name: '', link, header, attributes: readAttributes(data, ROUTE_HEADER) };
  return { ...route, name: nameOf(route) };
}

function nameOf({ header, attributes }: Pick<Belonging, 'header' | 'attributes'>): string {
  const any = Buffer.alloc(header.readUInt8(0) === AF_INET ? 4 : 16);
  const [gateway, metric] = [attributes.get(RTA.gateway), attributes.get(RTA.priority)?.readUInt32LE() ?? 0];
  const words = [
    `route ${addressText(attributes.get(RTA.dst) ?? any)}/${header.readUInt8(1)}`,
    gateway === undefined ? '' : ` via ${addressText(gateway)}`,
    metric === 0 ? '' : ` metric ${metric}`,
    tableOf(header, attributes) === MAIN_TABLE ? '' : ` table ${tableOf(header, attributes)}`,
  ];
  return words.join('');
}

function tableOf(header: Buffer, attributes: Attributes): number {
  return attributes.get(RTA.table)?.readUInt32LE() ?? header.readUInt8(4);
}

function isLasting({ header, attributes }: Belonging): boolean {
  const isCloned = (header.readUInt32LE(8) & CLONED) !== 0;
  // an address with a lifetime leaves the route to its block behind
  const follows = header.readUInt8(5) === KERNEL_PROTOCOL && expiresIn(attributes) === 0;
  return header.readUInt8(7) === UNICAST && !isCloned && !follows && tableOf(header, attributes) !== LOCAL_TABLE;
}

/** In seconds; 0: never. */
function expiresIn(attributes: Attributes): number {
  const info = attributes.get(RTA.cacheInfo);
  return info === undefined || info.length < 12 ? 0 : Math.max(0, Math.ceil(info.readInt32LE(8) / TICKS_PER_SECOND));
}

function linkOf({ attributes }: Belonging): number | undefined {
  return attributes.get(RTA.oif)?.readUInt32LE();
}

/** A route for each of its next hops. */
function partsOf(route: Belonging): readonly Belonging[] {
  const hops = nextHops(route.attributes.get(RTA.multipath) ?? Buffer.alloc(0));
  if (hops.length === 0) return [route];
  return hops.map(({ index, attributes }) => {
    const add = new Map([...attributes, [RTA.oif, u32Attribute(index)] as const]);
    const own = { ...route, attributes: withAttributes(route.attributes, { without: [RTA.multipath, RTA.oif], add }) };
    return { ...own, name: nameOf(own) };
  });
}

/**
 * By a next hop object, which names its link itself; or by several next hops at once: those of IPv6 can be changed one by one, as long as
 * they weigh the same.
 */
function isFixed({ header, attributes }: Belonging): boolean {
  if (attributes.has(RTA.nextHopId)) return true;
  const hops = nextHops(attributes.get(RTA.multipath) ?? Buffer.alloc(0));
  return hops.length > 0 && (header.readUInt8(0) === AF_INET || hops.some(({ weight }) => weight !== 0));
}

interface NextHop {
  readonly index: number;
  readonly weight: number;
  readonly attributes: Attributes;
}

/** @source linux/rtnetlink.h struct rtnexthop: length, flags, hops (the weight less 1), index of the link; then attributes */
function nextHops(bytes: Buffer): readonly NextHop[] {
  const hops: NextHop[] = [];
  for (let at = 0; at + NEXT_HOP_HEADER <= bytes.length;) {
    const length = Math.max(NEXT_HOP_HEADER, bytes.readUInt16LE(at));
    const attributes = readAttributes(bytes.subarray(at, at + length), NEXT_HOP_HEADER);
    hops.push({ index: bytes.readInt32LE(at + 4), weight: bytes.readUInt8(at + 3), attributes });
    at += Math.ceil(length / 4) * 4;
  }
  return hops;
}

function isRouted({ attributes }: Belonging): boolean {
  return attributes.has(RTA.gateway) || attributes.has(RTA.via);
}

function newRoute({ header, attributes }: Belonging, index: number): Uint8Array[] {
  const copy = Buffer.from(header);
  copy.writeUInt32LE(header.readUInt32LE(8) & ONLINK, 8);
  const seconds = expiresIn(attributes);
  const expires = seconds > 0 ? [[RTA.expires, u32Attribute(seconds)] as const] : [];
  const add = new Map([[RTA.oif, u32Attribute(index)] as const, ...expires]);
  return writeMessage(copy, withAttributes(attributes, { without: [RTA.cacheInfo, RTA.oif], add }));
}
