import { AttrStream, FlagsNew, rt } from 'netlink';
import { macBytes, macText } from '../address.ts';
import { HostError, isHostError } from '../errors.ts';
import type { Netns } from '../netns/netns.ts';
import { parseLinkKind } from './link-info.ts';
import type { RtnlSocket } from './socket.ts';
import { formatLinkInfo, u32, type LinkKind } from './link-info.ts';

/** A network interface as the kernel reports it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Lower case; empty where the link has none (tun). */
  readonly mac: string;
  readonly mtuBytes: number;
  /** Administratively up. */
  readonly up: boolean;
  /** Has a carrier. */
  readonly lowerUp: boolean;
  /** `veth`, `bridge`, `tun`...; undefined for hardware and loopback */
  readonly kind: string | undefined;
  /** Index of the bridge or bond it belongs to. */
  readonly master: number | undefined;
  /** Index of a veth's other end, in that end's namespace. */
  readonly peerIndex: number | undefined;
}

/** How a new link shall look. */
export interface NewLink {
  readonly name: string;
  readonly kind: LinkKind;
  readonly mac?: string;
  readonly mtuBytes?: number;
  readonly txQueueLength?: number;
  readonly up?: boolean;
}

/** A veth pair; the peer is born in its own namespace, under its final name, MAC and MTU. */
export interface NewVeth extends Omit<NewLink, 'kind'> {
  readonly peer: { readonly name: string; readonly mac?: string; readonly mtuBytes?: number; readonly ns?: Netns };
}

/** What to change of a link; absent fields stay. */
export interface LinkChange {
  readonly up?: boolean;
  readonly mac?: string;
  readonly mtuBytes?: number;
  readonly rename?: string;
  /** Name of the new master; null to leave the present one. */
  readonly master?: string | null;
  readonly ns?: Netns;
}

/** Longest interface name in bytes. @source linux/if.h IFNAMSIZ (16, with the terminating zero) */
export const MAX_LINK_NAME_BYTES = 15;

/**
 * Refuse what the kernel would refuse, with a clearer message.
 * @throws {HostError} HOST_INVALID
 */
export function checkLinkName(name: string): string {
  if (name === '' || name === '.' || name === '..' || Buffer.byteLength(name) > MAX_LINK_NAME_BYTES || /[/\s:\0]/.test(name)) {
    throw new HostError(
      'HOST_INVALID',
      `link ${JSON.stringify(name)}`,
      `a link name has 1 to ${MAX_LINK_NAME_BYTES} bytes, without "/", ":" or blanks`,
    );
  }
  return name;
}

/** All links of the namespace. */
export async function dumpLinks(socket: RtnlSocket): Promise<readonly Link[]> {
  const messages = await socket.dump({
    type: rt.MessageType.GETLINK,
    body: linkMessage({}, {}),
    subject: { object: 'links', action: 'list' },
  });
  return messages.map((message) => readLink(message.data));
}

/** The link of that name, or undefined. */
export async function findLink(socket: RtnlSocket, name: string): Promise<Link | undefined> {
  try {
    const subject = { object: `link ${name}`, action: 'look up' };
    const [message] = await socket.request({
      type: rt.MessageType.GETLINK,
      body: linkMessage({}, { ifname: checkLinkName(name) }),
      subject,
    });
    return message === undefined ? undefined : readLink(message.data);
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * Index of a link.
 * @throws {HostError} HOST_NOT_FOUND
 */
export async function linkIndex(socket: RtnlSocket, name: string): Promise<number> {
  const link = await findLink(socket, name);
  if (link === undefined) throw new HostError('HOST_NOT_FOUND', `link ${name}`, 'does not exist in this network namespace');
  return link.index;
}

/** @throws {HostError} HOST_EXISTS */
export async function addLink(socket: RtnlSocket, link: NewLink): Promise<void> {
  await create(socket, link, formatLinkInfo(link.kind));
}

/** @throws {HostError} HOST_EXISTS when either name is taken in its namespace */
export async function addVeth(socket: RtnlSocket, veth: NewVeth): Promise<void> {
  const { peer } = veth;
  const body = linkMessage(
    {},
    {
      ifname: checkLinkName(peer.name),
      ...(peer.mac === undefined ? {} : { address: macBytes(peer.mac) }),
      ...(peer.mtuBytes === undefined ? {} : { mtu: peer.mtuBytes }),
      ...(peer.ns === undefined ? {} : { netNsFd: peer.ns.fd }),
    },
  );
  await create(socket, { ...veth, kind: 'veth' }, formatLinkInfo('veth', Buffer.concat(body)));
}

/** @throws {HostError} HOST_NOT_FOUND, or by errno */
export async function changeLink(socket: RtnlSocket, name: string, change: LinkChange): Promise<void> {
  const master = change.master === undefined ? undefined : change.master === null ? 0 : await linkIndex(socket, change.master);
  const body = linkMessage(
    {
      index: await linkIndex(socket, name),
      ...(change.up === undefined ? {} : { flags: change.up ? { up: true } : {}, change: { up: true } }),
    },
    {
      ...(change.rename === undefined ? {} : { ifname: checkLinkName(change.rename) }),
      ...(change.mac === undefined ? {} : { address: macBytes(change.mac) }),
      ...(change.mtuBytes === undefined ? {} : { mtu: change.mtuBytes }),
      ...(master === undefined ? {} : { master }),
      ...(change.ns === undefined ? {} : { netNsFd: change.ns.fd }),
    },
  );
  await socket.request({
    type: rt.MessageType.SETLINK,
    body,
    subject: { object: `link ${name}`, action: `change ${Object.keys(change).join(', ')}` },
  });
}

async function create(socket: RtnlSocket, link: NewLink, linkinfo: Buffer): Promise<void> {
  const up = link.up === true ? { flags: { up: true as const }, change: { up: true as const } } : {};
  const body = linkMessage(up, {
    ifname: checkLinkName(link.name),
    linkinfo,
    ...(link.mac === undefined ? {} : { address: macBytes(link.mac) }),
    ...(link.mtuBytes === undefined ? {} : { mtu: link.mtuBytes }),
    ...(link.txQueueLength === undefined ? {} : { txqlen: link.txQueueLength }),
  });
  const subject = { object: `link ${link.name}`, action: `create ${link.kind}` };
  await socket.request({ type: rt.MessageType.NEWLINK, body, flags: FlagsNew.CREATE | FlagsNew.EXCL, subject });
}

type LinkData = Parameters<typeof rt.formatLinkMessage>[0]['data'];
type LinkAttributes = Parameters<typeof rt.formatLinkMessage>[0]['attrs'];

function linkMessage(data: LinkData, attrs: LinkAttributes): Uint8Array[] {
  const out = new AttrStream();
  rt.formatLinkMessage({ kind: 'link', data, attrs }, out);
  return out.bufs;
}

function readLink(message: Buffer): Link {
  const { data, attrs } = rt.parseLinkMessage(message);
  return {
    index: data.index ?? 0,
    name: attrs.ifname ?? '',
    mac: attrs.address === undefined ? '' : macText(attrs.address),
    mtuBytes: attrs.mtu ?? 0,
    up: data.flags?.up === true,
    lowerUp: data.flags?.lowerUp === true,
    kind: attrs.linkinfo === undefined ? undefined : parseLinkKind(attrs.linkinfo),
    master: attrs.master,
    peerIndex: attrs.link === undefined ? undefined : u32(attrs.link),
  };
}
