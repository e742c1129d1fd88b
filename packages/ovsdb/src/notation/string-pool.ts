/**
 * Lets equal strings be one object. Keys and values repeat a lot in a database (option names, chassis, addresses that stand in
 * two columns), and the wire brings each as a string of its own. The pool is bounded: what has not been met for a while is forgotten.
 */
import { fromBytes } from '../json/ascii.ts';
import type { DecodeAscii } from '../json/ascii.ts';

/** Longer strings are hardly ever equal, and hashing them costs. */
const MAX_LENGTH = 128;
/** @source FNV-1a, 32 bit. A `Map` would hash each string by a call into the engine, which costs more than all else here. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

/** A pool of at most twice `capacity` strings: so many places for two each, of which the one met last stays when a third comes. */
export class StringPool {
  /** Makes a string that is not pooled. */
  readonly decode: DecodeAscii;
  readonly #recent: (string | undefined)[];
  readonly #former: (string | undefined)[];

  /** @param capacity rounded down to a power of two */
  constructor(capacity = 4096, decode: DecodeAscii = fromBytes) {
    const places = 2 ** Math.floor(Math.log2(capacity));
    this.#recent = Array.from({ length: places }, () => undefined);
    this.#former = Array.from({ length: places }, () => undefined);
    this.decode = decode;
  }

  /** How many strings are kept. */
  get size(): number {
    return [...this.#recent, ...this.#former].filter((text) => text !== undefined).length;
  }

  holds(text: string): boolean {
    const place = this.#place(hashOf(text));
    return this.#recent[place] === text || this.#former[place] === text;
  }

  /** The string that stands for all equal ones. */
  intern(text: string): string {
    if (text.length > MAX_LENGTH) return text;
    const place = this.#place(hashOf(text));
    const recent = this.#recent[place];
    if (recent === text) return recent;
    const former = this.#former[place];
    return this.#keep(place, former === text ? former : text);
  }

  /** The string that stands for these bytes of ASCII; none is made of them where one is known. */
  internAscii(bytes: Uint8Array, from: number, to: number): string {
    if (to - from > MAX_LENGTH) return this.decode(bytes, from, to);
    let hash = HASH_START;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), HASH_FACTOR);
    const place = this.#place(hash);
    const recent = this.#recent[place];
    if (recent !== undefined && recent.length === to - from && isAt(recent, bytes, from)) return recent;
    const former = this.#former[place];
    const isFormer = former !== undefined && former.length === to - from && isAt(former, bytes, from);
    return this.#keep(place, isFormer ? former : this.decode(bytes, from, to));
  }

  #place(hash: number): number {
    return (hash ^ (hash >>> 15)) & (this.#recent.length - 1);
  }

  #keep(place: number, text: string): string {
    this.#former[place] = this.#recent[place];
    this.#recent[place] = text;
    return text;
  }
}

function hashOf(text: string): number {
  let hash = HASH_START;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), HASH_FACTOR);
  return hash;
}

function isAt(text: string, bytes: Uint8Array, from: number): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== bytes[from + at]) return false;
  return true;
}
