/**
 * Which ranges of addresses are taken, and by which Subnet; ranges of one network do not overlap.
 *
 * @complexity looking up and placing are logarithmic in the number of Subnets of a network, apart from moving array elements
 */
import type { SubnetInput } from '../../inputs/subnet.ts';

interface Range {
  readonly first: number | bigint;
  readonly last: number | bigint;
  readonly subnet: SubnetInput;
}

export class Occupied {
  /** Sorted, by network and family. */
  readonly #ranges = new Map<string, Range[]>();

  constructor(subnets: Iterable<SubnetInput>) {
    for (const subnet of subnets) this.place(subnet);
  }

  /** A Subnet that shares an address with this one. */
  overlapping(subnet: SubnetInput): SubnetInput | undefined {
    for (const { prefix } of subnet.blocks) {
      const ranges = this.#of(subnet, prefix.family);
      const at = firstAfter(ranges, prefix.first);
      const [before, after] = [ranges[at - 1], ranges[at]];
      if (before !== undefined && before.last >= prefix.first) return before.subnet;
      if (after !== undefined && after.first <= prefix.last) return after.subnet;
    }
    return undefined;
  }

  place(subnet: SubnetInput): void {
    for (const { prefix } of subnet.blocks) {
      const ranges = this.#of(subnet, prefix.family);
      ranges.splice(firstAfter(ranges, prefix.first), 0, { first: prefix.first, last: prefix.last, subnet });
    }
  }

  remove(subnet: SubnetInput): void {
    for (const { prefix } of subnet.blocks) {
      const ranges = this.#of(subnet, prefix.family);
      const at = ranges.findIndex((range) => range.subnet === subnet);
      if (at >= 0) ranges.splice(at, 1);
    }
  }

  /** Subnets overlap only where they share a Vpc and a vlan. @source Kube-OVN, ValidateCidrConflict */
  #of(subnet: SubnetInput, family: 4 | 6): Range[] {
    const network = `${subnet.vpc}|${subnet.vlan}|${family}`;
    const found = this.#ranges.get(network);
    if (found !== undefined) return found;
    const ranges: Range[] = [];
    this.#ranges.set(network, ranges);
    return ranges;
  }
}

/** Index of the first range that begins after an address. */
function firstAfter(ranges: readonly Range[], address: number | bigint): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.first ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}
