/**
 * Text of the addresses of one block.
 */
import type { Family } from './address.ts';
import { formatEnd, formatPoint, formatStart } from './address.ts';

/** Bits of the last part of an address's text. */
const END_MASK = { 4: 0xff, 6: 0xffff } as const;

/** Writes addresses; of neighbours all but the last octet or group is the same, and is written once for all of them in a row. */
export class AddressText {
  readonly #family: Family;
  readonly #top: number;
  /** The address that ends with zero and begins with `#start`. */
  #hi = -1;
  #lo = -1;
  #start = '';

  /** @param top what all addresses of the block begin with */
  constructor(family: Family, top: number) {
    this.#family = family;
    this.#top = top;
  }

  /** Canonical text. */
  of(hi: number, lo: number): string {
    const family = this.#family;
    const end = lo & END_MASK[family];
    // Zeros and IPv4-mapped addresses are not written group by group.
    if (family === 6 && (end === 0 || this.#top === 0)) return formatPoint(family, { top: this.#top, hi, lo });
    if (this.#lo !== lo - end || this.#hi !== hi) {
      this.#hi = hi;
      this.#lo = lo - end;
      this.#start = formatStart(family, { top: this.#top, hi, lo });
    }
    return this.#start + formatEnd(family, end);
  }
}
