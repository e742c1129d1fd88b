/** Who has been given no address and waits, by the Subnets that could serve: a change in one of them is the time to try again. */
import type { SourceTable } from '@kube-ovn/dataflow';
import type { AddressDemand } from './demand.ts';

/** Why a demand has no lease. */
export interface Refusal {
  readonly demand: AddressDemand;
  readonly code: string;
  /** Names owner, Subnet and numbers. */
  readonly message: string;
}

export class Waiting {
  readonly #refusals: SourceTable<Refusal>;
  readonly #bySubnet = new Map<string, Set<string>>();
  readonly #subnetsOf = new Map<string, readonly string[]>();

  /** @param refusals told of everyone who waits */
  constructor(refusals: SourceTable<Refusal>) {
    this.#refusals = refusals;
  }

  /**
   * @param refusal undefined: nobody is told, since it is a matter of moments
   * @param subnets a change in one of these is the time to try again; those of all that wait together, lest the story depend on the way to it
   */
  add(name: string, refusal: Refusal | undefined, subnets: readonly string[]): void {
    this.remove(name);
    if (refusal !== undefined) this.#refusals.set(name, refusal);
    this.#subnetsOf.set(name, subnets);
    for (const subnet of subnets) {
      const names = this.#bySubnet.get(subnet) ?? new Set();
      this.#bySubnet.set(subnet, names.add(name));
    }
  }

  remove(name: string): void {
    const subnets = this.#subnetsOf.get(name);
    if (subnets === undefined) return;
    this.#subnetsOf.delete(name);
    for (const subnet of subnets) {
      const names = this.#bySubnet.get(subnet);
      names?.delete(name);
      if (names?.size === 0) this.#bySubnet.delete(subnet);
    }
    this.#refusals.delete(name);
  }

  /** Names as they are now; who is refused again while they are gone through waits again. */
  of(subnet: string): readonly string[] {
    return [...(this.#bySubnet.get(subnet) ?? [])];
  }
}
