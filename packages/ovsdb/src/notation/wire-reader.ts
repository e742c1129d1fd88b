/**
 * Reads values straight from the bytes of a message, in the form that ovsdb-server writes: no white space, printable ASCII without
 * escapes, integers of at most 15 digits, tagged arrays. At anything else the reader is stuck, which means only that the JSON parser and
 * `decodeValue` are to read it: they know all that is allowed, and say what is wrong with the rest.
 *
 * @source RFC 7047 §5.1 (<value>)
 */
import { toBytes } from '../json/ascii.ts';
import type { AtomicType, ColumnType } from '../schema/types.ts';
import { EMPTY_MAP, EMPTY_SET } from './decode.ts';
import type { StringPool } from './string-pool.ts';
import { UUID_LENGTH, isUuidAt } from './uuid.ts';
import type { Atom, Uuid, Value } from './value.ts';

const MAX_DIGITS = 15;
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0));

const COMMA = toBytes(',');
const MINUS = toBytes('-');
const STRING = toBytes('"');
const UUID = toBytes('["uuid","');
const UUID_END = toBytes('"]');
const SET = toBytes('["set",[');
const MAP = toBytes('["map",[');
const PAIR = toBytes('[');
const PAIR_END = toBytes(']');
const END = toBytes(']]');
const TRUE = toBytes('true');
const FALSE = toBytes('false');

/** A reader; `begin` sets it to a place. What it returns once it is stuck means nothing. */
export class WireReader {
  readonly #pool: StringPool;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #isStuck = false;

  constructor(pool: StringPool) {
    this.#pool = pool;
  }

  /** True since something was not as expected. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** After what was read. */
  get position(): number {
    return this.#at;
  }

  begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#isStuck = false;
  }

  /** Read these bytes if they come next. */
  skip(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const from = this.#at;
    // Reading beyond the end of an array makes the engine take a slower way for ever after.
    if (from + expected.length > bytes.length) return false;
    for (let at = 0; at < expected.length; at++) if (bytes[from + at] !== expected[at]) return false;
    this.#at = from + expected.length;
    return true;
  }

  /** Read these bytes, which come next. */
  need(expected: Uint8Array): void {
    if (!this.skip(expected)) this.#isStuck = true;
  }

  /** Be stuck. */
  giveUp(): void {
    this.#isStuck = true;
  }

  /** A string, with its quotes. */
  string(): string {
    this.need(STRING);
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    while (at < bytes.length && PLAIN[bytes[at] as number] === 1) at++;
    this.#at = at;
    this.need(STRING);
    return this.#isStuck ? '' : this.#pool.internAscii(bytes, from, at);
  }

  /** The UUID of a row, without quotes. */
  uuid(): Uuid {
    const from = this.#at;
    if (!isUuidAt(this.#bytes, from)) this.#isStuck = true;
    this.#at = from + UUID_LENGTH;
    return (this.#isStuck ? '' : this.#pool.decode(this.#bytes, from, this.#at)) as Uuid;
  }

  /** The value of a column. */
  value(type: ColumnType): Value {
    const atomic = type.key.type;
    switch (type.shape) {
      case 'scalar':
        return this.#atom(atomic);
      case 'optional':
        return this.skip(SET) ? this.#atMostOne(atomic) : this.#atom(atomic);
      case 'set':
        return this.skip(SET) ? this.#elements(atomic) : [this.#atom(atomic)];
      case 'map':
        this.need(MAP);
        return this.#pairs(atomic, type.value?.type ?? 'string');
    }
  }

  #elements(type: AtomicType): readonly Atom[] {
    if (this.skip(END)) return EMPTY_SET;
    const items = [this.#atom(type)];
    while (this.skip(COMMA)) items.push(this.#atom(type));
    this.need(END);
    // A copy has room for exactly its elements.
    return items.length === 1 ? items : items.slice();
  }

  #atMostOne(type: AtomicType): Atom | undefined {
    if (this.skip(END)) return undefined;
    const atom = this.#atom(type);
    this.need(END);
    return atom;
  }

  #pairs(keyType: AtomicType, valueType: AtomicType): ReadonlyMap<Atom, Atom> {
    if (this.skip(END)) return EMPTY_MAP;
    const map = new Map<Atom, Atom>();
    do {
      this.need(PAIR);
      const key = this.#atom(keyType);
      this.need(COMMA);
      map.set(key, this.#atom(valueType));
      this.need(PAIR_END);
    } while (this.skip(COMMA));
    this.need(END);
    return map;
  }

  #atom(type: AtomicType): Atom {
    switch (type) {
      case 'string':
        return this.string();
      case 'integer':
      case 'real':
        return this.#integer();
      case 'boolean': {
        const isTrue = this.skip(TRUE);
        if (!isTrue) this.need(FALSE);
        return isTrue;
      }
      case 'uuid': {
        this.need(UUID);
        const from = this.#at;
        if (!isUuidAt(this.#bytes, from)) this.#isStuck = true;
        this.#at = from + UUID_LENGTH;
        this.need(UUID_END);
        return this.#isStuck ? '' : this.#pool.internAscii(this.#bytes, from, from + UUID_LENGTH);
      }
    }
  }

  /** What follows the digits is for the caller to read: a fraction or an exponent is nothing that it expects. */
  #integer(): number {
    const isNegative = this.skip(MINUS);
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let value = 0;
    while (at < bytes.length && isDigit(bytes[at] as number)) value = value * 10 + (bytes[at++] as number) - ZERO;
    this.#at = at;
    // JSON has no leading zeros, and -0 is no integer of a database.
    if (at === from || at - from > MAX_DIGITS || (bytes[from] === ZERO && (isNegative || at - from > 1))) this.#isStuck = true;
    return isNegative ? -value : value;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
