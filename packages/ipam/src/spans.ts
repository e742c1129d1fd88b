/**
 * Arithmetic on sorted, disjoint lists of spans. For lists that a configuration names: a handful of entries.
 */
import type { Point, Span } from './point.ts';
import { comparePoints, numberOf, pointAfter, pointBefore } from './point.ts';

/** The parts of `spans` that lie between the bounds. */
export function clipSpans(spans: Iterable<Span>, bounds: Span): Span[] {
  const clipped: Span[] = [];
  for (const { first, last } of spans) {
    const from = comparePoints(first, bounds.first) < 0 ? bounds.first : first;
    const to = comparePoints(last, bounds.last) > 0 ? bounds.last : last;
    if (comparePoints(from, to) <= 0) clipped.push({ first: from, last: to });
  }
  return clipped;
}

/** What is in `from` and not in `without`; both sorted and disjoint. @complexity O(a + b) */
export function subtractSpans(from: Iterable<Span>, without: readonly Span[]): Span[] {
  const rest: Span[] = [];
  let at = 0;
  for (const { first, last } of from) {
    let start = first;
    let isCovered = false;
    for (let hole = without[at]; hole !== undefined && comparePoints(hole.first, last) <= 0; hole = without[at]) {
      if (comparePoints(hole.first, start) > 0) rest.push({ first: start, last: pointBefore(hole.first) });
      if (comparePoints(hole.last, last) >= 0) {
        isCovered = true;
        break;
      }
      if (comparePoints(hole.last, start) >= 0) start = pointAfter(hole.last);
      at += 1;
    }
    if (!isCovered) rest.push({ first: start, last });
  }
  return rest;
}

/** What is in both; both sorted and disjoint. @complexity O(a + b) */
export function commonSpans(a: readonly Span[], b: readonly Span[]): Span[] {
  return subtractSpans(a, subtractSpans(a, b));
}

/** How many addresses the spans have. */
export function totalWidth(spans: Iterable<Span>): bigint {
  let sum = 0n;
  for (const { first, last } of spans) sum += numberOf(last) - numberOf(first) + 1n;
  return sum;
}

export function spanHas({ first, last }: Span, point: Point): boolean {
  return comparePoints(first, point) <= 0 && comparePoints(point, last) <= 0;
}

/** True when one of the sorted, disjoint spans holds the point. @complexity O(log n) */
export function spansHave(spans: readonly Span[], point: Point): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const span = spans[middle];
    if (span !== undefined && comparePoints(span.last, point) < 0) low = middle + 1;
    else high = middle;
  }
  const found = spans[low];
  return found !== undefined && comparePoints(found.first, point) <= 0;
}

/** By their first addresses. What is sorted already, as most lists are, is given back as it is. */
export function sortSpans<S extends Span>(spans: readonly S[]): readonly S[] {
  const isSorted = spans.every(({ first }, index) => index === 0 || comparePoints((spans[index - 1] as S).first, first) <= 0);
  return isSorted ? spans : spans.toSorted((a, b) => comparePoints(a.first, b.first));
}

/** Sorted, disjoint and non-adjacent spans that cover the same addresses. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { first: Point; last: Point }[] = [];
  for (const { first, last } of sortSpans(spans)) {
    const tail = merged.at(-1);
    if (tail !== undefined && comparePoints(first, pointAfter(tail.last)) <= 0) {
      if (comparePoints(last, tail.last) > 0) tail.last = last;
    } else {
      merged.push({ first, last });
    }
  }
  return merged;
}
