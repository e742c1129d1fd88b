/**
 * Lets equal strings be one object. Keys and values repeat a lot in a database (option names, chassis, addresses that stand in
 * two columns), and the wire brings each as a string of its own. The pool is bounded: what has not been met for a while is forgotten.
 */

/** Longer strings are hardly ever equal, and hashing them costs. */
const MAX_LENGTH = 128;

/** A pool of at most twice `capacity` strings. */
export class StringPool {
  readonly #capacity: number;
  #recent = new Map<string, string>();
  #former: ReadonlyMap<string, string> = new Map();

  constructor(capacity = 4096) {
    this.#capacity = capacity;
  }

  /** How many strings are kept. */
  get size(): number {
    return this.#recent.size + this.#former.size;
  }

  holds(text: string): boolean {
    return this.#recent.has(text) || this.#former.has(text);
  }

  /** The string that stands for all equal ones. */
  intern(text: string): string {
    if (text.length > MAX_LENGTH) return text;
    const recent = this.#recent.get(text);
    if (recent !== undefined) return recent;
    const known = this.#former.get(text) ?? text;
    if (this.#recent.size >= this.#capacity) {
      this.#former = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(known, known);
    return known;
  }
}
