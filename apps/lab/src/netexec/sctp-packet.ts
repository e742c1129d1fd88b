/** Packets of SCTP as bytes. @source RFC 9260, 3 */

/** Types of chunks. @source RFC 9260, 3.2 */
export const CHUNK = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  shutdown: 7,
  shutdownAck: 8,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const;

export interface Chunk {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

export interface Packet {
  /** Ports. */
  readonly from: number;
  readonly to: number;
  /** Verification tag. */
  readonly tag: number;
  readonly chunks: readonly Chunk[];
}

const HEADER_BYTES = 12;
const CHECKSUM_AT = 8;
const DATA_HEAD_BYTES = 12;

/** CRC32c, reflected. @source RFC 9260, appendix A */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

export function writePacket({ from, to, tag, chunks }: Packet): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt32BE(tag, 4);
  const packet = Buffer.concat([header, ...chunks.map(writeChunk)]);
  packet.writeUInt32LE(crc32c(packet), CHECKSUM_AT);
  return packet;
}

/** Padded to a multiple of four, which its length does not count. */
function writeChunk({ type, flags, body }: Chunk): Buffer {
  const head = Buffer.from([type, flags, 0, 0]);
  head.writeUInt16BE(head.length + body.length, 2);
  return Buffer.concat([head, body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
}

/** A packet, or why it is none. */
export function parsePacket(bytes: Buffer): Packet | string {
  if (bytes.length < HEADER_BYTES) return 'a packet without a header';
  const copy = Buffer.from(bytes);
  const checksum = copy.readUInt32LE(CHECKSUM_AT);
  copy.writeUInt32LE(0, CHECKSUM_AT);
  const wanted = crc32c(copy);
  if (checksum !== wanted) return `the checksum ${checksum.toString(16)} instead of ${wanted.toString(16)}`;
  const chunks: Chunk[] = [];
  for (let at = HEADER_BYTES; at + 4 <= copy.length;) {
    const length = copy.readUInt16BE(at + 2);
    if (length < 4 || at + length > copy.length) return `a chunk of ${length} bytes, of which ${copy.length - at} are there`;
    chunks.push({ type: copy.readUInt8(at), flags: copy.readUInt8(at + 1), body: copy.subarray(at + 4, at + length) });
    at += length + ((4 - (length % 4)) % 4);
  }
  return { from: copy.readUInt16BE(0), to: copy.readUInt16BE(2), tag: copy.readUInt32BE(4), chunks };
}

/** What INIT and INIT ACK begin with: tag, window, streams out and in, first TSN. @source RFC 9260, 3.3.2 */
export function initBody(tag: number, tsn: number): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32BE(tag, 0);
  body.writeUInt32BE(65_536, 4);
  body.writeUInt16BE(1, 8);
  body.writeUInt16BE(1, 10);
  body.writeUInt32BE(tsn, 12);
  return body;
}

/** A parameter State Cookie with four bytes to fill in. @source RFC 9260, 3.3.3.1 */
export const PARAMETER_COOKIE: readonly number[] = [0, 7, 0, 8, 0, 0, 0, 0];

/** Where the parameters of INIT ACK begin in its body. */
export const PARAMETERS_AT = 16;

export function randomTag(): number {
  return 1 + Math.floor(Math.random() * 0xfffffffe);
}

export function chunk(type: number, body: Buffer = Buffer.alloc(0)): Chunk {
  return { type, flags: 0, body };
}

/** A text in one piece, of stream 0. @source RFC 9260, 3.3.1 */
export function dataChunk(tsn: number, text: string): Chunk {
  const head = Buffer.alloc(DATA_HEAD_BYTES);
  head.writeUInt32BE(tsn, 0);
  return { type: CHUNK.data, flags: 3, body: Buffer.concat([head, Buffer.from(text)]) };
}

/** The text in the body of a piece of data. */
export function textOf(body: Buffer): string {
  return body.subarray(DATA_HEAD_BYTES).toString();
}

/** What acknowledges a piece of data, by its body. @source RFC 9260, 3.3.4 */
export function sackOf(body: Buffer): Chunk {
  const acknowledged = Buffer.alloc(12);
  acknowledged.writeUInt32BE(body.readUInt32BE(0), 0);
  acknowledged.writeUInt32BE(65_536, 4);
  return chunk(CHUNK.sack, acknowledged);
}
