import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Requirement } from '../model.ts';
import { matchesSelector, selectorOf, selectorText } from './selector.ts';

const word = fc.constantFrom('a', 'b', 'c', '', 'x,y', '"');
const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    key: word,
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.array(word, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key: word, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const), values: fc.constant([]) }),
);
const labels = fc.dictionary(word, word, { maxKeys: 3 });

describe('selectorOf', () => {
  it('gives equal texts for equal conditions in any order and number, and for no others', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), fc.array(requirement, { maxLength: 4 }), labels, (one, other, own) => {
        expect(selectorText(selectorOf([...one, ...one].reverse()))).toBe(selectorText(selectorOf(one)));
        if (selectorText(selectorOf(one)) !== selectorText(selectorOf(other))) return;
        expect(selectorOf(one)).toEqual(selectorOf(other));
        expect(matchesSelector(selectorOf(one), own)).toBe(matchesSelector(selectorOf(other), own));
      }),
    );
  });

  it.each([
    ['In', ['x'], { a: 'x' }, true],
    ['In', ['x'], { a: 'y' }, false],
    ['In', ['x'], {}, false],
    ['NotIn', ['x'], {}, true],
    ['NotIn', ['x'], { a: 'x' }, false],
    ['Exists', [], { a: '' }, true],
    ['Exists', [], { b: '' }, false],
    ['DoesNotExist', [], {}, true],
    ['DoesNotExist', [], { a: '' }, false],
  ] as const)('a %s %j with %j: %s', (operator, values, own, isMatch) => {
    expect(matchesSelector(selectorOf([{ key: 'a', operator, values: [...values] }]), own)).toBe(isMatch);
  });

  it('does not take what every object has for a label', () => {
    expect(matchesSelector(selectorOf([{ key: 'constructor', operator: 'Exists', values: [] }]), {})).toBe(false);
  });
});
