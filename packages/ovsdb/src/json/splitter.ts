/**
 * Cuts a byte stream into complete JSON objects. The stream has no length header, so the end of a message is where its
 * outermost bracket closes. Only brackets, strings and runs of digits are looked at; everything else is left to the parser.
 *
 * @source RFC 7047 §4 (JSON-RPC 1.0 over a stream)
 */
import { OvsdbError } from '../errors.ts';
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

/** Push bytes in pieces of any size; complete messages come out. After a throw the splitter must not be used again. */
export class MessageSplitter {
  readonly #limits: SplitterLimits;
  readonly #pending = new ByteQueue();
  #messageBytes = 0;
  #depth = 0;
  /** The bracket that opened each level: a peer that mixes them up must not keep us waiting for an end that never comes. */
  readonly #open: Uint8Array;
  #inString = false;
  #escaped = false;
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

  /** From the next `push` on, give out parts of the messages to which the rule applies; undefined ends it. */
  cut(rule: CutRule | undefined): void {
    this.#rule = rule;
  }

  /**
   * @throws {OvsdbError} OVSDB_BAD_MESSAGE on bytes outside an object or nesting beyond `maxDepth`;
   *   OVSDB_MESSAGE_TOO_LARGE when a message exceeds `maxMessageBytes`
   */
  push(chunk: Uint8Array): RawMessage[] {
    const messages: RawMessage[] = [];
    let position = 0;
    while (position < chunk.length) {
      if (this.#depth === 0) {
        position = this.#skipSpace(chunk, position);
        if (position === chunk.length) break;
      }
      this.#pending.feed(chunk, position);
      const end = this.#scan(chunk, position, messages);
      this.#messageBytes += (end === -1 ? chunk.length : end) - position;
      this.#checkSize();
      if (end === -1) {
        this.#pending.keepFed();
        break;
      }
      messages.push(this.#take(end));
      position = end;
    }
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

  /** Returns the position after the message's last byte, or -1 when the chunk ends first; parts on the way are put to `out`. */
  #scan(chunk: Uint8Array, from: number, out: RawMessage[]): number {
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
    const cutDepth = this.#rule?.depth ?? -1;
    let memberEnd = -1;
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
        if (depth === cutDepth && byte === OPEN_OBJECT) {
          this.#enter(position);
          memberEnd = -1;
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        // In ASCII a closing bracket is two after its opening one.
        if (open[depth] !== byte - 2) throw bad('its brackets do not match');
        if (--depth === 0) return this.#finish(position);
        if (depth === cutDepth) memberEnd = position;
        else if (depth === cutDepth - 1) {
          if (memberEnd !== -1 && this.#isCutting) this.#give(memberEnd, out);
          memberEnd = -1;
          this.#isCutting = false;
        }
      }
    }
    if (memberEnd !== -1 && this.#isCutting) this.#give(memberEnd, out);
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

  /** An object opens at the depth of the rule; `position` is after its bracket. */
  #enter(position: number): void {
    if (this.#rule === undefined || this.#pending.lengthTo(position) + this.#lead.length > MAX_LEAD_BYTES) return;
    const lead = this.#lead + latin1(this.#pending.peekTo(position));
    if (!this.#rule.matches(lead)) return;
    this.#pending.takeTo(position);
    this.#lead = lead;
    this.#isCutting = true;
    this.#partsOfObject = 0;
  }

  /** Give out the members that end before `position`. */
  #give(position: number, out: RawMessage[]): void {
    let bytes = this.#pending.takeTo(position);
    if (this.#partsOfObject++ > 0) {
      // A comma parts these members from those that were given out before.
      const at = skipWhitespace(bytes);
      if (bytes[at] !== COMMA) throw bad('no comma parts two members of an object');
      bytes = bytes.subarray(at + 1);
    }
    out.push({ bytes, hasLongNumber: this.#hasLongNumber, lead: this.#lead });
  }

  #take(position: number): RawMessage {
    const rest = this.#pending.takeTo(position);
    const bytes = this.#lead === '' ? rest : concatenate([fromLatin1(this.#lead), rest]);
    const message = { bytes, hasLongNumber: this.#hasLongNumber };
    this.#hasLongNumber = false;
    this.#lead = '';
    this.#messageBytes = 0;
    return message;
  }

  #checkSize(): void {
    const { maxMessageBytes } = this.#limits;
    if (this.#messageBytes > maxMessageBytes)
      throw new OvsdbError('OVSDB_MESSAGE_TOO_LARGE', `a message exceeds ${maxMessageBytes} bytes`, { retry: 'later' });
  }
}

function skipWhitespace(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function bad(why: string): OvsdbError {
  return new OvsdbError('OVSDB_BAD_MESSAGE', `a message cannot be read: ${why}`, { retry: 'later' });
}
