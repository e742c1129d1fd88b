/** IPPool → IpPoolInput: a part of a Subnet, or the problems that keep it from being one. Clashes with others: features/ip-pool/clashes.ts. */
import type { IPPool, Problem } from '@kube-ovn/api';
import { type AddressRange, type Family, formatRanges, readRange } from '@kube-ovn/ipam';
import { problem } from './problem.ts';

export interface IpPoolInput {
  readonly name: string;
  readonly subnet: string;
  /** Disjoint, in order; IPv4 first. */
  readonly ranges: readonly AddressRange[];
  /** Families that it has addresses of. */
  readonly families: readonly Family[];
  /** Namespaces whose pods take addresses from it alone. */
  readonly namespaces: readonly string[];
  /** Being deleted: what is held stays, and there are no new ones. */
  readonly isTerminating: boolean;
  /** RFC 3339; decides which of two overlapping pools stays. */
  readonly created: string;
  /** The spec as it stands has been accepted before (condition Validated). */
  readonly isAccepted: boolean;
}

export type IpPoolReading =
  | { readonly ok: true; readonly input: IpPoolInput }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const maxEntries = 10_000;

/** Read one IPPool. @source Kube-OVN IPPool.spec */
export function readIpPool({ metadata, spec, status }: IPPool): IpPoolReading {
  const object = `IPPool ${metadata.name}`;
  const entries = spec.ips ?? [];
  const bad = (field: string, value: string, what: string, hint: string): Problem =>
    problem('IPPOOL_BAD_FIELD', { object, field: `spec.${field}`, value, what, hint });
  const form = 'write addresses, ranges first..last or blocks, such as 10.16.0.10..10.16.0.20';
  const problems: Problem[] = [];
  if ((spec.subnet ?? '') === '') problems.push(bad('subnet', '', 'is empty', 'name the Subnet that the pool is a part of'));
  if (entries.length === 0) problems.push(bad('ips', '', 'is empty', form));
  if (entries.length > maxEntries) problems.push(bad('ips', `${entries.length} entries`, 'are too many', `write at most ${maxEntries}`));
  const ranges = entries.slice(0, maxEntries).flatMap((text) => {
    const range = readRange(text.trim());
    if (range === undefined) problems.push(bad('ips', text, 'is no address, range or block', form));
    return range ?? [];
  });
  if (problems.length > 0) return { ok: false, problems };
  const merged = disjoint(ranges);
  const input: IpPoolInput = {
    name: metadata.name,
    subnet: spec.subnet ?? '',
    ranges: merged,
    families: ([4, 6] as const).filter((family) => merged.some((range) => range.family === family)),
    namespaces: spec.namespaces ?? [],
    isTerminating: metadata.deletionTimestamp !== undefined,
    created: metadata.creationTimestamp ?? '',
    isAccepted: (status?.conditions ?? []).some(
      (condition) => condition.type === 'Validated' && condition.status === 'True' && condition.observedGeneration === metadata.generation,
    ),
  };
  return { ok: true, input };
}

/** A range as users write it: `a` or `a..b`. */
export function rangeText(range: AddressRange): string {
  return (range.family === 4 ? formatRanges(4, [range]) : formatRanges(6, [range])).replace('-', '..');
}

/** In order, and those that touch or overlap as one. */
function disjoint(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const sorted = ranges.toSorted((a, b) => a.family - b.family || Number(a.first > b.first) - Number(a.first < b.first));
  const merged: AddressRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    const joined = last === undefined ? undefined : join(last, range);
    if (joined === undefined) merged.push(range);
    else merged[merged.length - 1] = joined;
  }
  return merged;
}

/** @param b begins where `a` does, or later */
function join(a: AddressRange, b: AddressRange): AddressRange | undefined {
  if (a.family === 4 && b.family === 4 && b.first <= a.last + 1) return { family: 4, first: a.first, last: Math.max(a.last, b.last) };
  if (a.family === 6 && b.family === 6 && b.first <= a.last + 1n)
    return { family: 6, first: a.first, last: a.last > b.last ? a.last : b.last };
  return undefined;
}
