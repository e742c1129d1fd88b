import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { typedValues } from '../../test/support/typed-values.ts';
import { parseJson, printJson } from '../json/json.ts';
import type { AtomicType, ColumnShape, ColumnType } from '../schema/types.ts';
import { decodeValue } from './decode.ts';
import { valueToJson } from './print.ts';
import { StringPool } from './string-pool.ts';
import { valuesEqual } from './value.ts';
import { WireReader } from './wire-reader.ts';

const AFTER = Buffer.from('}');

/** What a reader makes of a text that a bracket follows; undefined when it is stuck. */
function read(text: string, type: ColumnType): { readonly value: unknown } | undefined {
  const reader = new WireReader(new StringPool());
  reader.begin(Buffer.from(`${text}}`), 0);
  const value = reader.value(type);
  reader.need(AFTER);
  return reader.isStuck ? undefined : { value };
}

function column(key: AtomicType, shape: ColumnShape): ColumnType {
  return { key: { type: key }, ...(shape === 'map' ? { value: { type: key } } : {}), min: 0, max: Infinity, shape };
}

test('what is read is what the JSON parser and decodeValue make of it', () => {
  let reads = 0;
  fc.assert(
    fc.property(typedValues, ([type, value]) => {
      const text = printJson(valueToJson(value, type));
      const found = read(text, type);
      if (found !== undefined) reads++;
      const decoded = decodeValue(parseJson(text, true), type, 'T.c');
      expect(found === undefined || valuesEqual(found.value as typeof decoded, decoded)).toBe(true);
    }),
    { numRuns: 2000 },
  );
  expect(reads).toBeGreaterThan(500);
});

describe('reads what ovsdb-server writes', () => {
  const uuid = '01234567-89ab-4def-8123-456789abcdef';
  test.for<readonly [string, ColumnType, unknown]>([
    ['"a b~"', column('string', 'scalar'), 'a b~'],
    ['""', column('string', 'optional'), ''],
    ['["set",[]]', column('string', 'optional'), undefined],
    ['["set",["a"]]', column('string', 'optional'), 'a'],
    ['["set",[]]', column('string', 'set'), []],
    ['"a"', column('string', 'set'), ['a']],
    ['["set",["a","b","c"]]', column('string', 'set'), ['a', 'b', 'c']],
    ['["map",[]]', column('string', 'map'), new Map()],
    [
      '["map",[["a","b"],["c","d"]]]',
      column('string', 'map'),
      new Map([
        ['a', 'b'],
        ['c', 'd'],
      ]),
    ],
    [`["uuid","${uuid}"]`, column('uuid', 'scalar'), uuid],
    [`["uuid","${uuid}"]`, column('uuid', 'set'), [uuid]],
    [`["set",[["uuid","${uuid}"],["uuid","${uuid}"]]]`, column('uuid', 'set'), [uuid, uuid]],
    ['true', column('boolean', 'scalar'), true],
    ['false', column('boolean', 'scalar'), false],
    ['0', column('integer', 'scalar'), 0],
    ['-999999999999999', column('integer', 'scalar'), -999_999_999_999_999],
    ['7', column('real', 'scalar'), 7],
  ])('%s', ([text, type, value]) => {
    expect(read(text, type)).toStrictEqual({ value });
  });
});

describe('is stuck at what it is not made for, and at the end of the bytes', () => {
  test.for<readonly [string, ColumnType]>([
    [String.raw`"a\"b"`, column('string', 'scalar')],
    ['"é"', column('string', 'scalar')],
    ['"a\u007f"', column('string', 'scalar')],
    ['"a\u0001"', column('string', 'scalar')],
    ['"a', column('string', 'scalar')],
    ['1', column('string', 'scalar')],
    ['["set",["a"]]', column('string', 'scalar')],
    ['["set",["a","b"]]', column('string', 'optional')],
    ['["set", ["a"]]', column('string', 'set')],
    ['["set",["a",]]', column('string', 'set')],
    ['["set",["a""b"]]', column('string', 'set')],
    ['["set",["a"]', column('string', 'set')],
    ['["map",[["a"]]]', column('string', 'map')],
    ['["map",[["a","b","c"]]]', column('string', 'map')],
    ['["set",[]]', column('string', 'map')],
    ['["uuid","01234567-89AB-4def-8123-456789abcdef"]', column('uuid', 'scalar')],
    ['["uuid","01234567-89ab-4def-8123-456789abcde"]', column('uuid', 'scalar')],
    ['["named-uuid","a"]', column('uuid', 'scalar')],
    ['1000000000000000', column('integer', 'scalar')],
    ['01', column('integer', 'scalar')],
    ['-0', column('integer', 'scalar')],
    ['-', column('integer', 'scalar')],
    ['1.5', column('real', 'scalar')],
    ['1e3', column('real', 'scalar')],
    ['truf', column('boolean', 'scalar')],
    ['null', column('boolean', 'optional')],
  ])('%s', ([text, type]) => {
    expect(read(text, type)).toBeUndefined();
  });

  test('wherever a value is cut', () => {
    fc.assert(
      fc.property(typedValues, fc.nat(), ([type, value], cut) => {
        const text = printJson(valueToJson(value, type));
        const reader = new WireReader(new StringPool());
        reader.begin(Buffer.from(text).subarray(0, cut % text.length), 0);
        reader.value(type);
        reader.need(AFTER);
        expect(reader.isStuck).toBe(true);
      }),
    );
  });
});
