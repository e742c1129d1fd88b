/**
 * Arithmetic on sorted, disjoint lists of intervals. For lists that a configuration names: a handful of entries.
 */
import type { NumberLine } from './number-line.ts';
import type { AddressNumber, Interval } from './range.ts';

/** The parts of `intervals` that lie between the bounds. */
export function clipIntervals<N extends AddressNumber>(intervals: Iterable<Interval<N>>, bounds: Interval<N>): Interval<N>[] {
  const clipped: Interval<N>[] = [];
  for (const { first, last } of intervals) {
    const from = first < bounds.first ? bounds.first : first;
    const to = last > bounds.last ? bounds.last : last;
    if (from <= to) clipped.push({ first: from, last: to });
  }
  return clipped;
}

/** What is in `from` and not in `without`; both sorted and disjoint. @complexity O(a + b) */
export function subtractIntervals<N extends AddressNumber>(
  line: NumberLine<N>,
  from: Iterable<Interval<N>>,
  without: readonly Interval<N>[],
): Interval<N>[] {
  const rest: Interval<N>[] = [];
  let at = 0;
  for (const { first, last } of from) {
    let start = first;
    let isCovered = false;
    for (let hole = without[at]; hole !== undefined && hole.first <= last; hole = without[at]) {
      if (hole.first > start) rest.push({ first: start, last: line.previous(hole.first) });
      if (hole.last >= last) {
        isCovered = true;
        break;
      }
      if (hole.last >= start) start = line.next(hole.last);
      at += 1;
    }
    if (!isCovered) rest.push({ first: start, last });
  }
  return rest;
}

/** How many numbers the intervals have. */
export function totalWidth<N extends AddressNumber>(line: NumberLine<N>, intervals: Iterable<Interval<N>>): bigint {
  let sum = 0n;
  for (const { first, last } of intervals) sum += line.width(first, last);
  return sum;
}

/** The interval that holds the number, of sorted, disjoint ones. @complexity O(log n) */
export function findInterval<N extends AddressNumber, I extends Interval<N>>(intervals: readonly I[], value: N): I | undefined {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const interval = intervals[middle];
    if (interval !== undefined && interval.last < value) low = middle + 1;
    else high = middle;
  }
  const found = intervals[low];
  return found !== undefined && found.first <= value ? found : undefined;
}

/** True when one of the sorted, disjoint intervals holds the number. @complexity O(log n) */
export function intervalsHave<N extends AddressNumber>(intervals: readonly Interval<N>[], value: N): boolean {
  return findInterval(intervals, value) !== undefined;
}

/** Sorted, disjoint and non-adjacent ranges that cover the same numbers. */
export function mergeIntervals<N extends AddressNumber>(line: NumberLine<N>, intervals: Iterable<Interval<N>>): Interval<N>[] {
  const sorted = [...intervals].toSorted((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)));
  const merged: { first: N; last: N }[] = [];
  for (const { first, last } of sorted) {
    const tail = merged.at(-1);
    if (tail !== undefined && first <= line.next(tail.last)) {
      if (last > tail.last) tail.last = last;
    } else {
      merged.push({ first, last });
    }
  }
  return merged;
}
