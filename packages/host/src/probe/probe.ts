import { AF_INET, addressBytes, familyOf, macBytes, macText } from '../address.ts';
import { HostError } from '../errors.ts';
import { rtnl } from '../netlink/rtnl.ts';
import type { Netns } from '../netns/netns.ts';
import { formatArpRequest, parseArp } from './arp.ts';
import { formatAdvertisement, formatSolicitation, parseNdp } from './ndp.ts';
import { ETH_P_ARP, ETH_P_IPV6, openPacketSocket, type PacketSocket } from './packet-socket.ts';

/** The end of a link that speaks: its namespace, name and MAC. */
export interface Speaker {
  readonly ns?: Netns;
  readonly link: string;
  readonly mac: string;
}

/** How often and how long to ask. */
export interface Patience {
  /** Between two questions, in milliseconds. */
  readonly intervalMs: number;
  /** Altogether, in milliseconds. */
  readonly timeoutMs: number;
  /** Sleep; a port, so that tests need no clock. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Stops the asking early. */
  readonly cancelled?: () => boolean;
}

/** How often a waiting socket is looked at: first quickly, since the answer of a virtual switch takes about a millisecond. */
const LOOK_MS: readonly number[] = [1, 1, 2, 2, 4];
const SLOW_LOOK_MS = 5;

/**
 * Does anyone else on the link have `address`? Asks with the unspecified sender, which leaves no trace in any cache.
 * @returns the MAC of the other owner, or undefined after `patience.timeoutMs` of silence
 * @throws {HostError} HOST_NOT_FOUND when the link is gone
 * @source RFC 5227 §2.1.1 (IPv4), RFC 4862 §5.4 (IPv6)
 */
export async function findOtherOwner(speaker: Speaker, address: string, patience: Patience): Promise<string | undefined> {
  const mac = macBytes(speaker.mac);
  const target = addressBytes(address);
  const unspecified = Buffer.alloc(target.length);
  const question = isV4(target)
    ? formatArpRequest({ senderMac: mac, senderAddress: unspecified, targetAddress: target })
    : formatSolicitation({ mac, source: unspecified, target });
  const claims = (frame: Uint8Array): string | undefined => {
    const claim = isV4(target) ? arpClaim(frame, target) : ndpClaim(frame, target);
    return claim === undefined || mac.equals(claim) ? undefined : macText(claim);
  };
  using socket = await openFor(speaker, target);
  return await ask({ socket, question, answer: claims, patience });
}

/**
 * Resolve a neighbour, as proof that it is there.
 * @param own our address, already ours
 * @returns its MAC, or undefined when it stayed silent
 */
export async function resolveNeighbour(
  speaker: Speaker,
  query: { readonly own: string; readonly target: string },
  patience: Patience,
): Promise<string | undefined> {
  const mac = macBytes(speaker.mac);
  const own = addressBytes(query.own);
  const target = addressBytes(query.target);
  if (own.length !== target.length)
    throw new HostError('HOST_INVALID', `neighbour ${query.target}`, `is not of the family of ${query.own}`);
  const question = isV4(target)
    ? formatArpRequest({ senderMac: mac, senderAddress: own, targetAddress: target })
    : formatSolicitation({ mac, source: own, target });
  const answer = (frame: Uint8Array): string | undefined => {
    const claim = isV4(target) ? arpClaim(frame, target) : ndpClaim(frame, target);
    return claim === undefined ? undefined : macText(claim);
  };
  using socket = await openFor(speaker, target);
  return await ask({ socket, question, answer, patience });
}

/**
 * Tell the link where `address` is now, so that caches which knew it elsewhere follow.
 * @source RFC 5227 §3 (ARP announcement), RFC 4861 §7.2.6 (unsolicited neighbour advertisement)
 */
export async function announceAddress(speaker: Speaker, address: string): Promise<void> {
  const mac = macBytes(speaker.mac);
  const own = addressBytes(address);
  using socket = await openFor(speaker, own);
  socket.send(
    isV4(own) ? formatArpRequest({ senderMac: mac, senderAddress: own, targetAddress: own }) : formatAdvertisement({ mac, address: own }),
  );
}

async function openFor(speaker: Speaker, address: Uint8Array): Promise<PacketSocket> {
  using links = rtnl(speaker.ns);
  const link = await links.link(speaker.link);
  if (link === undefined) throw new HostError('HOST_NOT_FOUND', `link ${speaker.link}`, 'does not exist in this network namespace');
  return openPacketSocket(link, isV4(address) ? ETH_P_ARP : ETH_P_IPV6, speaker.ns);
}

interface Asking {
  readonly socket: PacketSocket;
  readonly question: Uint8Array;
  readonly answer: (frame: Uint8Array) => string | undefined;
  readonly patience: Patience;
}

async function ask({ socket, question, answer, patience }: Asking): Promise<string | undefined> {
  for (let waited = 0; waited < patience.timeoutMs;) {
    socket.send(question);
    const until = Math.min(waited + patience.intervalMs, patience.timeoutMs);
    for (let look = 0; waited < until; look++) {
      const pause = Math.min(LOOK_MS[look] ?? SLOW_LOOK_MS, until - waited);
      // sequential on purpose: this is a wait
      await patience.sleep(pause);
      waited += pause;
      const found = drain(socket, answer);
      if (found !== undefined) return found;
      if (patience.cancelled?.() === true) return undefined;
    }
  }
  return undefined;
}

function drain(socket: PacketSocket, answer: (frame: Uint8Array) => string | undefined): string | undefined {
  for (let frame = socket.receive(); frame !== undefined; frame = socket.receive()) {
    const found = answer(frame);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Who says that `address` is his: the sender of any ARP packet, and another prober of the same address (RFC 5227 §2.1.1). */
function arpClaim(frame: Uint8Array, address: Buffer): Uint8Array | undefined {
  const packet = parseArp(frame);
  if (packet === undefined) return undefined;
  const isOwner = address.equals(packet.senderAddress);
  const isProber =
    packet.operation === 'request' && packet.senderAddress.every((byte) => byte === 0) && address.equals(packet.targetAddress);
  return isOwner || isProber ? packet.senderMac : undefined;
}

/** An advertisement of `address`, or another prober's solicitation for it (RFC 4862 §5.4.3). */
function ndpClaim(frame: Uint8Array, address: Buffer): Uint8Array | undefined {
  const packet = parseNdp(frame);
  if (packet === undefined || !address.equals(packet.targetAddress)) return undefined;
  const isProber = packet.kind === 'solicitation' && packet.senderAddress.every((byte) => byte === 0);
  return packet.kind === 'advertisement' || isProber ? packet.senderMac : undefined;
}

function isV4(address: Uint8Array): boolean {
  return familyOf(address) === AF_INET;
}
