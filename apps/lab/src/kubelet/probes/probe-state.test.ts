import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countResult, initialState, thresholdsOf } from './probe-state.ts';

const run = (results: readonly boolean[], start: boolean, thresholds = { success: 2, failure: 3 }) =>
  results.reduce((state, result) => countResult(state, result, thresholds), initialState(start)).verdict;

describe('countResult', () => {
  it.each([
    ['fails at the third failure in a row', true, [false, false, false], false],
    ['does not fail before', true, [false, false], true],
    ['a success starts the count anew', true, [false, false, true, false, false], true],
    ['succeeds at the second success in a row', false, [true, true], true],
    ['does not succeed before', false, [true, false, true], false],
  ] as const)('%s', (_, start, results, verdict) => expect(run(results, start)).toBe(verdict));

  it('the verdict after a run of equal results at least as long as the threshold is that result', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean()),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        (before, start, result, threshold) => {
          const tail = Array.from({ length: threshold }, () => result);
          expect(run([...before, ...tail], start, { success: threshold, failure: threshold })).toBe(result);
        },
      ),
    );
  });

  it("has Kubernetes's defaults", () => expect(thresholdsOf({})).toEqual({ success: 1, failure: 3 }));
});
