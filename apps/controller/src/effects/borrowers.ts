/** Which port has the addresses of a Vip: one at a time, and a Vip that lends them stays. */
import { pairOf } from '../features/lease.ts';
import type { HeldLease } from './demand.ts';
import type { LendResult, Taker } from './take-all.ts';

export class Borrowers {
  readonly #portOf = new Map<string, string>();

  /** Whether somebody has the addresses of this one. */
  has(lender: string): boolean {
    return this.#portOf.has(lender);
  }

  add(port: string, { lender }: HeldLease): void {
    if (lender !== undefined) this.#portOf.set(lender, port);
  }

  remove(port: string, { lender }: HeldLease): void {
    if (lender !== undefined && this.#portOf.get(lender) === port) this.#portOf.delete(lender);
  }

  /** @param held what the lender has, once that is written down */
  lend({ name }: Taker, lender: string, held: HeldLease | undefined): LendResult {
    if (held === undefined) {
      return { ok: false, refusal: { code: 'IPAM_NO_SUBNET', message: `no address for ${name}: ${lender} has none to lend` } };
    }
    const other = this.#portOf.get(lender);
    if (other !== undefined && other !== name)
      return { ok: false, refusal: { code: 'IPAM_CONFLICT', message: `no address for ${name}: ${other} has that of ${lender}` } };
    const { subnet, v4, v6, mac } = held;
    return { ok: true, lease: { owner: name, subnet, ...pairOf(v4, v6), mac } };
  }
}
