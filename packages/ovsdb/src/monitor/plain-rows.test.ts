import { expect, test } from 'vitest';
import { StringPool } from '../notation/string-pool.ts';
import type { Row, Uuid } from '../notation/value.ts';
import { parseSchema } from '../schema/parse.ts';
import { PlainRows } from './plain-rows.ts';
import { selectColumns } from './selection.ts';

const schema = parseSchema({
  name: 'D',
  version: '1.0.0',
  tables: { A: { columns: { name: { type: 'string' }, tags: { type: { key: 'string', min: 0, max: 'unlimited' } } } } },
});
const selected = selectColumns(schema, 'all').get('A');
if (selected === undefined) throw new Error('bug: no table');
const table = selected;
const uuid = (at: number): Uuid => `00000000-0000-0000-0000-00000000000${at}` as Uuid;
const member = (at: number, columns = `"name":"n${at}"`): string => `"${uuid(at)}":{"initial":{${columns}}}`;

/** The rows read, and the text that is left. */
function read(text: string, known: readonly Uuid[] = []): { readonly rows: readonly Row[]; readonly rest: string } {
  const rows: Row[] = [];
  const put = (id: Uuid, row: Row): boolean => !known.includes(id) && rows.push(row) > 0;
  const end = new PlainRows('initial', new StringPool()).read(Buffer.from(`{${text}`), 1, { table, put });
  return { rows, rest: `{${text}`.slice(end) };
}

test('reads row by row up to the end of the table', () => {
  const { rows, rest } = read(`${member(1)},${member(2, '')},${member(3, '"tags":["set",["a","b"]],"name":"x"')}},"B":{}}`);
  expect(rows).toEqual([
    { _uuid: uuid(1), name: 'n1', tags: [] },
    { _uuid: uuid(2), name: '', tags: [] },
    { _uuid: uuid(3), name: 'x', tags: ['a', 'b'] },
  ]);
  expect(rest).toBe('},"B":{}}');
});

test('a row counts when it is there to its last bracket, wherever the bytes end', () => {
  const text = `${member(1)},${member(2)}`;
  for (let at = 0; at <= text.length; at++) {
    const whole = at === text.length ? 2 : Number(at >= member(1).length);
    expect(read(text.slice(0, at)).rows, `cut at ${at}`).toHaveLength(whole);
  }
});

test.for([
  ['of a form that is not plain', member(2, String.raw`"name":"\u00e9"`)],
  ['with an unknown column', member(2, '"nope":{}')],
  ['of another kind', member(2).replace('initial', 'insert')],
  ['with white space', member(2).replace('{', '{ ')],
  ['without a UUID', member(2).replace('-', '_')],
  ['that may not be put', member(9)],
  ['with more than its columns', member(2).replace('}}', '},"x":1}')],
] as const)('stops before a row %s', ([, other]) => {
  const { rows, rest } = read(`${member(1)},${other},${member(3)}}`, [uuid(9)]);
  expect(rows.map(({ _uuid }) => _uuid)).toEqual([uuid(1)]);
  expect(rest).toBe(`,${other},${member(3)}}`);
});
