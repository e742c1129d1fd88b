import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFieldSelector } from './field.ts';
import { parseLabelSelector } from './label.ts';
import { selectorMatches } from './structured.ts';

const labels = { app: 'web', 'example.com/tier': '2', empty: '' };

describe('label selectors', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app == web', true],
    ['app!=web', false],
    ['other!=web', true],
    ['app in (web, db)', true],
    ['app notin (web,db)', false],
    ['other notin (a)', true],
    ['app', true],
    ['!app', false],
    ['example.com/tier>1', true],
    ['example.com/tier<2', false],
    ['empty=', true],
    ['empty', true],
    ['app=web,!other,example.com/tier in (1,2)', true],
    ['app=web,other', false],
  ])('%j', (text, expected) => {
    expect(parseLabelSelector(text)(labels)).toBe(expected);
  });

  it.each(['app=web db', 'app in web', '=x', 'app in (', 'a b', ',', 'app~x'])('%j is refused', (text) => {
    expect(() => parseLabelSelector(text)).toThrow('unable to parse requirement');
  });

  it('says the same as text and as an object', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const value = fc.constantFrom('x', 'y');
    const values = fc.uniqueArray(value, { minLength: 1 });
    const requirement = fc.oneof(
      fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values }),
      fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }).map((one) => ({ ...one, values: [] as string[] })),
    );
    const print = ({ key: name, operator, values: list }: { key: string; operator: string; values: string[] }): string =>
      operator === 'Exists' ? name : operator === 'DoesNotExist' ? `!${name}` : `${name} ${operator.toLowerCase()} (${list.join(',')})`;
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), fc.dictionary(key, value), (matchExpressions, set) => {
        expect(parseLabelSelector(matchExpressions.map(print).join(','))(set)).toBe(selectorMatches({ matchExpressions }, set));
      }),
    );
  });

  it('that are empty select all, absent ones nothing', () => {
    expect([selectorMatches({}, {}), selectorMatches(undefined, {}), selectorMatches(null, labels)]).toEqual([true, false, false]);
  });
});

describe('field selectors', () => {
  const supported = new Set(['metadata.name', 'spec.nodeName']);
  const fields = { 'metadata.name': 'a=b', 'spec.nodeName': '' };

  it.each([
    ['', true],
    ['spec.nodeName=', true],
    ['spec.nodeName!=n1', true],
    [String.raw`metadata.name=a\=b`, true],
    ['metadata.name==a,spec.nodeName=', false],
  ])('%j', (text, expected) => {
    expect(parseFieldSelector(text, supported)(fields)).toBe(expected);
  });

  it('that name an unsupported field, or nothing, are refused', () => {
    expect(() => parseFieldSelector('spec.other=x', supported)).toThrow('field label not supported: spec.other');
    expect(() => parseFieldSelector('junk', supported)).toThrow("invalid selector: 'junk'");
  });
});
