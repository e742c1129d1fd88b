/** SCTP by raw sockets, for kernels that have none of their own. */
import { isIPv6 } from 'node:net';
import koffi from 'koffi';
import type { Peer } from './answer.ts';
import { type Packet, parsePacket, writePacket } from './sctp-packet.ts';

/** @source socket(7), ip(7), ipv6(7), raw(7) */
const [AF_INET, AF_INET6, SOCK_RAW, IPPROTO_SCTP, SOL_SOCKET, SO_RCVTIMEO] = [2, 10, 3, 132, 1, 20];
const MAX_BYTES = 2048;

export interface Arrival {
  readonly from: Peer;
  readonly packet: Packet;
}

/** All packets of SCTP that a network namespace gets, of one family. Calls block. */
export interface RawSctp {
  send(address: string, packet: Packet): void;
  /** The next packet; undefined when none came in time, or one that is none, which is told on standard error. */
  receive(): Arrival | undefined;
}

interface Libc {
  socket(family: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  sendto(...args: readonly [number, Uint8Array, number, number, Uint8Array, number]): number;
  recvfrom(...args: readonly [number, Uint8Array, number, number, Uint8Array, number[]]): number;
}

function loadLibc(): Libc {
  const library = koffi.load('libc.so.6');
  return {
    socket: library.func('int socket(int domain, int type, int protocol)'),
    setsockopt: library.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)'),
    sendto: library.func('long sendto(int fd, const void *data, size_t length, int flags, const void *to, unsigned int size)'),
    recvfrom: library.func('long recvfrom(int fd, void *buffer, size_t length, int flags, void *from, _Inout_ unsigned int *size)'),
  };
}

/**
 * Open one.
 * @param waitMs how long a packet is waited for
 */
export function openRawSctp(family: 4 | 6, waitMs: number): RawSctp {
  const libc = loadLibc();
  const fd = libc.socket(family === 6 ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_SCTP);
  if (fd < 0) throw new Error(`raw socket of SCTP: errno ${koffi.errno()}`);
  // struct timeval
  const patience = Buffer.alloc(16);
  patience.writeBigInt64LE(BigInt(waitMs * 1000), 8);
  libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, patience, patience.length);
  const buffer = Buffer.alloc(MAX_BYTES);
  return {
    send: (address, packet) => {
      const [to, data] = [socketAddress(address), writePacket(packet)];
      if (libc.sendto(fd, data, data.length, 0, to, to.length) < 0) throw new Error(`send to ${address}: errno ${koffi.errno()}`);
    },
    receive: () => {
      const from = Buffer.alloc(family === 6 ? 28 : 16);
      const size = libc.recvfrom(fd, buffer, buffer.length, 0, from, [from.length]);
      if (size < 0) return undefined;
      // IPv4 gives its own header too. @source raw(7)
      const start = family === 6 ? 0 : (buffer.readUInt8(0) & 0x0f) * 4;
      const packet = parsePacket(buffer.subarray(start, size));
      if (typeof packet !== 'string') return { from: { address: addressOf(from), port: packet.from }, packet };
      process.stderr.write(`SCTP from ${addressOf(from)}: ${packet}\n`);
      return undefined;
    },
  };
}

/** `struct sockaddr_in` or `sockaddr_in6`. */
function socketAddress(address: string): Buffer {
  const is6 = isIPv6(address);
  const bytes = Buffer.alloc(is6 ? 28 : 16);
  bytes.writeUInt16LE(is6 ? AF_INET6 : AF_INET, 0);
  Buffer.from(is6 ? groupsOf(address).flatMap((group) => [group >> 8, group & 0xff]) : address.split('.').map(Number)).copy(
    bytes,
    is6 ? 8 : 4,
  );
  return bytes;
}

/** The canonical text of the sender. */
function addressOf(bytes: Buffer): string {
  if (bytes.readUInt16LE(0) === AF_INET) return bytes.subarray(4, 8).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(8 + 2 * index).toString(16));
  return canonicalText(groups.join(':'));
}

function canonicalText(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const [left = '', right = ''] = canonicalText(address).split('::');
  const [head, tail] = [left, right].map((text) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))));
  const missing = 8 - (head?.length ?? 0) - (tail?.length ?? 0);
  return [...(head ?? []), ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
}
