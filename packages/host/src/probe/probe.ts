import { AF_INET, addressBytes, familyOf, macBytes, macText } from '../address.ts';
import { HostError } from '../errors.ts';
import { rtnl } from '../netlink/rtnl.ts';
import type { Netns } from '../netns/netns.ts';
import { formatArpRequest, parseArp } from './arp.ts';
import { formatAdvertisement, formatSolicitation, parseNdp } from './ndp.ts';
import { openPacketSocket, type PacketSocket } from './packet-socket.ts';

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

/** Questions and announcements on one link, by ARP for IPv4 and by neighbour discovery for IPv6. Calls may overlap. */
export interface LinkProbe extends Disposable {
  /**
   * Does anyone else on the link have `address`? Asks with the unspecified sender, which leaves no trace in any cache.
   * @returns the MAC of the other owner, or undefined after `patience.timeoutMs` of silence
   * @source RFC 5227 §2.1.1 (IPv4), RFC 4862 §5.4 (IPv6)
   */
  findOtherOwner(address: string, patience: Patience): Promise<string | undefined>;
  /**
   * Resolve a neighbour, as proof that it is there.
   * @param query.own our address, already ours
   * @returns its MAC, or undefined when it stayed silent
   */
  resolveNeighbour(query: { readonly own: string; readonly target: string }, patience: Patience): Promise<string | undefined>;
  /**
   * Tell the link where `address` is now, so that caches which knew it elsewhere follow.
   * @source RFC 5227 §3 (ARP announcement), RFC 4861 §7.2.6 (unsolicited neighbour advertisement)
   */
  announceAddress(address: string): void;
}

/** How often a waiting socket is looked at: first quickly, since the answer of a virtual switch takes about a millisecond. */
const LOOK_MS: readonly number[] = [1, 1, 2, 2, 4];
const SLOW_LOOK_MS = 5;

/**
 * Open a probe on a link.
 * @throws {HostError} HOST_NOT_FOUND when there is no such link; HOST_PERMISSION without CAP_NET_RAW
 */
export async function openProbe(speaker: Speaker): Promise<LinkProbe> {
  const mac = macBytes(speaker.mac);
  using links = rtnl(speaker.ns);
  const link = await links.link(speaker.link);
  if (link === undefined) throw new HostError('HOST_NOT_FOUND', `link ${speaker.link}`, 'does not exist in this network namespace');
  return new RawProbe(openPacketSocket(link, speaker.ns), mac);
}

type Answer = (frame: Uint8Array) => string | undefined;

class RawProbe implements LinkProbe {
  readonly #socket: PacketSocket;
  readonly #mac: Buffer;
  /** Every question that waits sees every frame. */
  readonly #waiting = new Set<(frame: Uint8Array) => void>();
  #isClosed = false;

  constructor(socket: PacketSocket, mac: Buffer) {
    this.#socket = socket;
    this.#mac = mac;
  }

  findOtherOwner(address: string, patience: Patience): Promise<string | undefined> {
    const target = addressBytes(address);
    const unspecified = Buffer.alloc(target.length);
    const question = isV4(target)
      ? formatArpRequest({ senderMac: this.#mac, senderAddress: unspecified, targetAddress: target })
      : formatSolicitation({ mac: this.#mac, source: unspecified, target });
    const answer: Answer = (frame) => {
      const claim = claimOf(frame, target);
      return claim === undefined || this.#mac.equals(claim) ? undefined : macText(claim);
    };
    return this.#ask(question, answer, patience);
  }

  async resolveNeighbour(query: { readonly own: string; readonly target: string }, patience: Patience): Promise<string | undefined> {
    const own = addressBytes(query.own);
    const target = addressBytes(query.target);
    if (own.length !== target.length)
      throw new HostError('HOST_INVALID', `neighbour ${query.target}`, `is not of the family of ${query.own}`);
    const question = isV4(target)
      ? formatArpRequest({ senderMac: this.#mac, senderAddress: own, targetAddress: target })
      : formatSolicitation({ mac: this.#mac, source: own, target });
    const answer: Answer = (frame) => {
      const claim = claimOf(frame, target);
      return claim === undefined ? undefined : macText(claim);
    };
    return this.#ask(question, answer, patience);
  }

  announceAddress(address: string): void {
    if (this.#isClosed) throw new HostError('HOST_INVALID', `address ${address}`, 'announce: the probe is closed');
    const own = addressBytes(address);
    this.#socket.send(
      isV4(own)
        ? formatArpRequest({ senderMac: this.#mac, senderAddress: own, targetAddress: own })
        : formatAdvertisement({ mac: this.#mac, address: own }),
    );
  }

  /** Questions that still wait end without an answer. */
  [Symbol.dispose](): void {
    if (!this.#isClosed) this.#socket[Symbol.dispose]();
    this.#isClosed = true;
  }

  async #ask(question: Uint8Array, answer: Answer, patience: Patience): Promise<string | undefined> {
    let found: string | undefined;
    const hear = (frame: Uint8Array): void => {
      found ??= answer(frame);
    };
    this.#waiting.add(hear);
    try {
      for (let waited = 0; waited < patience.timeoutMs && !this.#isClosed;) {
        this.#socket.send(question);
        const until = Math.min(waited + patience.intervalMs, patience.timeoutMs);
        for (let look = 0; waited < until; look++) {
          const pause = Math.min(LOOK_MS[look] ?? SLOW_LOOK_MS, until - waited);
          // sequential on purpose: this is a wait
          await patience.sleep(pause);
          waited += pause;
          // the number of a closed socket may be somebody else's by now
          if (this.#isClosed) return found;
          this.#listen();
          if (found !== undefined || patience.cancelled?.() === true) return found;
        }
      }
      return undefined;
    } finally {
      this.#waiting.delete(hear);
    }
  }

  #listen(): void {
    for (let frame = this.#socket.receive(); frame !== undefined; frame = this.#socket.receive()) {
      for (const hear of this.#waiting) hear(frame);
    }
  }
}

/** Who says that `address` is his. */
function claimOf(frame: Uint8Array, address: Buffer): Uint8Array | undefined {
  return isV4(address) ? arpClaim(frame, address) : ndpClaim(frame, address);
}

/** The sender of any ARP packet, and another prober of the same address (RFC 5227 §2.1.1). */
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
