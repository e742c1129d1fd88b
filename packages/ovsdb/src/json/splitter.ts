/**
 * Cuts a byte stream into complete JSON objects. The stream has no length header, so the end of a message is where its
 * outermost bracket closes. Only brackets, strings and runs of digits are looked at, and what tells that the beginning of another
 * message stands inside this one; everything else is left to the parser.
 *
 * @source RFC 7047 §4 (JSON-RPC 1.0 over a stream)
 */
import { OvsdbError } from '../errors.ts';
import { fromBytes, toBytes } from './ascii.ts';
import { ByteQueue, concatenate } from './byte-queue.ts';

/** One complete message, or a part of one that is given out before its end. */
export interface RawMessage {
  readonly bytes: Uint8Array;
  /** True when a number in it has 16 digits or more, so that a double may not hold it. */
  readonly hasLongNumber: boolean;
  /**
   * Present for a part: `bytes` are whole members of the object that opens at the end of this text, without the brackets. The
   * message that follows is what is left when all its parts are taken out.
   */
  readonly lead?: string;
}

/** Bounds of a message. */
export interface SplitterLimits {
  /** In bytes. */
  readonly maxMessageBytes: number;
  /** Nesting of arrays and objects. */
  readonly maxDepth: number;
}

/** Which objects inside a message are given out member by member, so that a message of any size needs little memory. */
export interface CutRule {
  /** How deep they are nested; the message itself is at depth 1. */
  readonly depth: number;
  /** @param lead the text from the message's begin to the object's opening bracket, without the parts already given out */
  matches(lead: string): boolean;
  /**
   * Read members by oneself, which then are given out no more, as many as are whole and can be read.
   *
   * @param chunk bytes, in which a member begins at `from`
   * @returns the position after the last member read, before the comma or bracket that follows; `from` when none was
   */
  skim?(lead: string, chunk: Uint8Array, from: number): number;
}

const LONG_NUMBER_DIGITS = 16;
/** No message that is worth cutting has so much text around its parts. */
const MAX_LEAD_BYTES = 16_384;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
/** Bytes that JSON has outside of strings, beside brackets and digits. */
const BARE = flags(' \t\r\n,:+-.eEtrufalsn');
/** Bytes after which an object or array may begin inside another. */
const BEFORE_OPEN = flags(' \t\r\n,:[');

/**
 * Push bytes in pieces of any size; complete messages come out, the same ones before the same error however the stream is cut. After a
 * throw the splitter must not be used again.
 */
export class MessageSplitter {
  readonly #limits: SplitterLimits;
  readonly #pending = new ByteQueue();
  #messageBytes = 0;
  #depth = 0;
  /** The bracket that opened each level: a peer that mixes them up must not keep us waiting for an end that never comes. */
  readonly #open: Uint8Array;
  /** The last byte of the chunk before. */
  #before = 0;
  #inString = false;
  #isEscaped = false;
  #digits = 0;
  #hasLongNumber = false;
  #rule: CutRule | undefined;
  /** What is left of the message when its parts are taken out; empty while nothing was taken out. */
  #lead = '';
  #isCutting = false;
  #partsOfObject = 0;

  constructor(limits: SplitterLimits) {
    this.#limits = limits;
    this.#open = new Uint8Array(limits.maxDepth + 1);
  }

  /** From the next message on, give out parts of those to which the rule applies; undefined ends it. */
  cut(rule: CutRule | undefined): void {
    this.#rule = rule;
  }

  /**
   * @param take called with each message, or part of one, as soon as its end is seen: what is bad comes after what was good
   * @throws {OvsdbError} OVSDB_BAD_MESSAGE on bytes outside an object or nesting beyond `maxDepth`;
   *   OVSDB_MESSAGE_TOO_LARGE when a message exceeds `maxMessageBytes`
   */
  push(chunk: Uint8Array, take: (message: RawMessage) => void): void {
    const { maxMessageBytes } = this.#limits;
    let position = 0;
    while (position < chunk.length) {
      if (this.#depth === 0) {
        position = this.#skipSpace(chunk, position);
        if (position === chunk.length) break;
      }
      this.#pending.feed(chunk, position);
      // What is beyond the limit is not looked at, or a mistake in it would hide that the message is too large.
      const bound = Math.min(chunk.length, position + maxMessageBytes - this.#messageBytes);
      const end = this.#scan(bound === chunk.length ? chunk : chunk.subarray(0, bound), position, take);
      if (end === -1) {
        if (bound < chunk.length)
          throw new OvsdbError('OVSDB_MESSAGE_TOO_LARGE', `a message exceeds ${maxMessageBytes} bytes`, { retry: 'later' });
        this.#messageBytes += chunk.length - position;
        this.#before = chunk.at(-1) ?? this.#before;
        this.#pending.keepFed();
        break;
      }
      take(this.#take(end));
      position = end;
    }
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

  /** Returns the position after the message's last byte, or -1 when the chunk ends first; parts on the way are given out. */
  #scan(chunk: Uint8Array, from: number, take: (part: RawMessage) => void): number {
    let position = this.#inString ? this.#endOfString(chunk, from) : from;
    let depth = this.#depth;
    let digits = this.#digits;
    const length = chunk.length;
    const maxDepth = this.#limits.maxDepth;
    const open = this.#open;
    const cutDepth = this.#rule?.depth ?? -1;
    let memberEnd = -1;
    while (position < length) {
      const byte = chunk[position++] as number;
      if (byte >= 0x30 && byte <= 0x39) {
        if (++digits === LONG_NUMBER_DIGITS) this.#hasLongNumber = true;
        continue;
      }
      digits = 0;
      if (byte === QUOTE) position = this.#endOfString(chunk, position);
      else if (BARE[byte] === 1) continue;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        // A message that is not finished when the next one begins would otherwise be waited for as long as others follow.
        if (depth > 0 && BEFORE_OPEN[position > 1 ? (chunk[position - 2] as number) : this.#before] === 0)
          throw bad('an object or array in it begins where none may');
        if (++depth > maxDepth) throw bad(`it is nested deeper than ${maxDepth} levels`);
        open[depth] = byte;
        if (depth === cutDepth && byte === OPEN_OBJECT) {
          this.#enter(position);
          memberEnd = -1;
          const end = this.#skimmed(chunk, position);
          if (end !== -1) position = this.#skip(end);
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        // In ASCII a closing bracket is two after its opening one.
        if (open[depth] !== byte - 2) throw bad('its brackets do not match');
        if (--depth === 0) return this.#finish(position);
        if (depth === cutDepth) {
          memberEnd = position;
          const end = chunk[position] === COMMA ? this.#skimmed(chunk, position + 1) : -1;
          if (end !== -1) {
            take(this.#part(memberEnd));
            position = this.#skip(end);
            memberEnd = -1;
          }
        } else if (depth === cutDepth - 1) {
          if (memberEnd !== -1 && this.#isCutting) take(this.#part(memberEnd));
          memberEnd = -1;
          this.#isCutting = false;
        }
      } else throw bad(`byte 0x${byte.toString(16)} is in it outside of a string`);
    }
    if (memberEnd !== -1 && this.#isCutting) take(this.#part(memberEnd));
    this.#depth = depth;
    this.#digits = digits;
    return -1;
  }

  /** Returns the position after the quote that ends the string, or the end of the chunk, which is kept in mind then. */
  #endOfString(chunk: Uint8Array, from: number): number {
    let position = this.#isEscaped ? from + 1 : from;
    const length = chunk.length;
    while (position < length) {
      const byte = chunk[position++];
      if (byte === QUOTE) {
        this.#inString = false;
        this.#isEscaped = false;
        return position;
      }
      if (byte === BACKSLASH) position++;
    }
    this.#inString = true;
    // The byte that a backslash at the end escapes is the first of the next chunk.
    this.#isEscaped = position > length;
    return length;
  }

  #finish(position: number): number {
    this.#depth = 0;
    this.#digits = 0;
    return position;
  }

  /** An object opens at the depth of the rule; `position` is after its bracket. */
  #enter(position: number): void {
    if (this.#rule === undefined || this.#pending.lengthTo(position) + this.#lead.length > MAX_LEAD_BYTES) return;
    const lead = this.#lead + fromBytes(this.#pending.peekTo(position));
    if (!this.#rule.matches(lead)) return;
    this.#pending.takeTo(position);
    this.#lead = lead;
    this.#isCutting = true;
    this.#partsOfObject = 0;
  }

  /** The position after the members that the rule reads by itself from `from` on, or -1 when it reads none. */
  #skimmed(chunk: Uint8Array, from: number): number {
    if (!this.#isCutting) return -1;
    const end = this.#rule?.skim?.(this.#lead, chunk, from) ?? from;
    return end > from ? end : -1;
  }

  /** Forget what is before `position`: whole members. */
  #skip(position: number): number {
    this.#pending.takeTo(position);
    this.#partsOfObject++;
    return position;
  }

  /** The members that end before `position`. */
  #part(position: number): RawMessage {
    let bytes = this.#pending.takeTo(position);
    if (this.#partsOfObject++ > 0) {
      // A comma parts these members from those that were given out before.
      const at = skipWhitespace(bytes);
      if (bytes[at] !== COMMA) throw bad('no comma parts two members of an object');
      bytes = bytes.subarray(at + 1);
    }
    return { bytes, hasLongNumber: this.#hasLongNumber, lead: this.#lead };
  }

  #take(position: number): RawMessage {
    const rest = this.#pending.takeTo(position);
    const bytes = this.#lead === '' ? rest : concatenate([toBytes(this.#lead), rest]);
    const message = { bytes, hasLongNumber: this.#hasLongNumber };
    this.#hasLongNumber = false;
    this.#lead = '';
    this.#messageBytes = 0;
    return message;
  }
}

function flags(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

function skipWhitespace(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

function bad(why: string): OvsdbError {
  return new OvsdbError('OVSDB_BAD_MESSAGE', `a message cannot be read: ${why}`, { retry: 'later' });
}
