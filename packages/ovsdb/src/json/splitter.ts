/**
 * Cuts a byte stream into complete JSON objects. The stream has no length header, so the end of a message is where its
 * outermost bracket closes. Only brackets, strings and runs of digits are looked at; everything else is left to the parser.
 *
 * @source RFC 7047 §4 (JSON-RPC 1.0 over a stream)
 */
import { OvsdbError } from '../errors.ts';

/** One complete message. */
export interface RawMessage {
  readonly bytes: Uint8Array;
  /** True when a number in it has 16 digits or more, so that a double may not hold it. */
  readonly hasLongNumber: boolean;
}

/** Bounds of a message. */
export interface SplitterLimits {
  /** In bytes. */
  readonly maxMessageBytes: number;
  /** Nesting of arrays and objects. */
  readonly maxDepth: number;
}

const LONG_NUMBER_DIGITS = 16;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Push bytes in pieces of any size; complete messages come out. After a throw the splitter must not be used again. */
export class MessageSplitter {
  readonly #limits: SplitterLimits;
  #pieces: Uint8Array[] = [];
  #bufferedBytes = 0;
  #depth = 0;
  /** The bracket that opened each level: a peer that mixes them up must not keep us waiting for an end that never comes. */
  readonly #open: Uint8Array;
  #inString = false;
  #escaped = false;
  #digits = 0;
  #hasLongNumber = false;

  constructor(limits: SplitterLimits) {
    this.#limits = limits;
    this.#open = new Uint8Array(limits.maxDepth + 1);
  }

  /**
   * @throws {OvsdbError} OVSDB_BAD_MESSAGE on bytes outside an object or nesting beyond `maxDepth`;
   *   OVSDB_MESSAGE_TOO_LARGE when a message exceeds `maxMessageBytes`
   */
  push(chunk: Uint8Array): RawMessage[] {
    const messages: RawMessage[] = [];
    let start = 0;
    let position = 0;
    while (position < chunk.length) {
      if (this.#depth === 0) {
        start = position = this.#skipSpace(chunk, position);
        if (position === chunk.length) break;
      }
      const end = this.#scan(chunk, position);
      if (end === -1) break;
      messages.push(this.#take(chunk.subarray(start, end)));
      start = position = end;
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
    return messages;
  }

  #skipSpace(chunk: Uint8Array, from: number): number {
    let position = from;
    while (position < chunk.length) {
      const byte = chunk[position];
      if (byte === OPEN_OBJECT) return position;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        throw bad(`it begins with byte 0x${(byte ?? 0).toString(16)} instead of "{"`);
      }
      position++;
    }
    return position;
  }

  /** Returns the position after the message's last byte, or -1 when the chunk ends first. */
  #scan(chunk: Uint8Array, from: number): number {
    let depth = this.#depth;
    let inString = this.#inString;
    let digits = this.#digits;
    let position = from;
    if (this.#escaped && position < chunk.length) {
      this.#escaped = false;
      position++;
    }
    const length = chunk.length;
    const maxDepth = this.#limits.maxDepth;
    const open = this.#open;
    while (position < length) {
      const byte = chunk[position++] as number;
      if (inString) {
        if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) {
          if (position === length) this.#escaped = true;
          position++;
        }
        continue;
      }
      if (byte >= 0x30 && byte <= 0x39) {
        if (++digits === LONG_NUMBER_DIGITS) this.#hasLongNumber = true;
        continue;
      }
      digits = 0;
      if (byte === QUOTE) inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth > maxDepth) throw bad(`it is nested deeper than ${maxDepth} levels`);
        open[depth] = byte;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        // In ASCII a closing bracket is two after its opening one.
        if (open[depth] !== byte - 2) throw bad('its brackets do not match');
        if (--depth === 0) return this.#finish(position);
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#digits = digits;
    return -1;
  }

  #finish(position: number): number {
    this.#depth = 0;
    this.#inString = false;
    this.#digits = 0;
    return position;
  }

  #keep(piece: Uint8Array): void {
    this.#bufferedBytes += piece.length;
    this.#checkSize(this.#bufferedBytes);
    this.#pieces.push(piece);
  }

  #take(last: Uint8Array): RawMessage {
    const total = this.#bufferedBytes + last.length;
    this.#checkSize(total);
    const hasLongNumber = this.#hasLongNumber;
    this.#hasLongNumber = false;
    if (this.#pieces.length === 0) return { bytes: last, hasLongNumber };
    const bytes = new Uint8Array(total);
    let offset = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, offset);
      offset += piece.length;
    }
    bytes.set(last, offset);
    this.#pieces = [];
    this.#bufferedBytes = 0;
    return { bytes, hasLongNumber };
  }

  #checkSize(bytes: number): void {
    if (bytes > this.#limits.maxMessageBytes) {
      throw new OvsdbError('OVSDB_MESSAGE_TOO_LARGE', `a message exceeds ${this.#limits.maxMessageBytes} bytes`, { retry: 'later' });
    }
  }
}

function bad(why: string): OvsdbError {
  return new OvsdbError('OVSDB_BAD_MESSAGE', `a message cannot be read: ${why}`, { retry: 'later' });
}
