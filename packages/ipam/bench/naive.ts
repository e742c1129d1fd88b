/**
 * The obvious allocator, as a yardstick in the same run: a Set of taken addresses, scanned from the lowest on.
 */
import { formatV4Text } from './text.ts';

export class NaiveAllocator {
  readonly #taken = new Set<string>();
  readonly #byOwner = new Map<string, string>();
  readonly #first: number;
  readonly #last: number;

  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
  }

  allocate(owner: string): string | undefined {
    for (let value = this.#first; value <= this.#last; value += 1) {
      const text = formatV4Text(value);
      if (this.#taken.has(text)) continue;
      this.#taken.add(text);
      this.#byOwner.set(owner, text);
      return text;
    }
    return undefined;
  }

  release(owner: string): void {
    const text = this.#byOwner.get(owner);
    if (text === undefined) return;
    this.#taken.delete(text);
    this.#byOwner.delete(owner);
  }
}
