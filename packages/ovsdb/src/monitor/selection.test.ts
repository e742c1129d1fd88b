import { expect, test } from 'vitest';
import { parseSchema } from '../schema/parse.ts';
import { requestKey, selectColumns } from './selection.ts';
import type { TableSelection } from './selection.ts';

const schema = (...tables: readonly (readonly [string, readonly string[]])[]) =>
  parseSchema({
    name: 'D',
    version: '1.0.0',
    tables: Object.fromEntries(
      tables.map(([name, columns]) => [name, { columns: Object.fromEntries(columns.map((column) => [column, { type: 'string' }])) }]),
    ),
  });

const one = schema(['A', ['x', 'y']], ['B', ['z']]);
const other = schema(['B', ['z']], ['A', ['y', 'x']]);
const key = (of: typeof one, selection: TableSelection): string => requestKey(selectColumns(of, selection));

test.for<TableSelection>(['all', { A: true }, { A: ['x', 'y'], B: true }, { A: { where: [['x', '==', 'v']] } }, {}])(
  'the order of a schema does not matter for %o',
  (selection) => expect(key(other, selection)).toBe(key(one, selection)),
);

test('other tables, columns and filters have other keys', () => {
  const selections: readonly TableSelection[] = [
    'all',
    {},
    { A: true },
    { B: true },
    { A: ['x'] },
    { A: ['y'] },
    { A: { where: [] } },
    { A: { where: [['x', '==', 'v']] } },
    { A: { where: [['x', '==', 'w']] } },
    { A: { where: [['y', '==', 'v']] } },
  ];
  expect(new Set(selections.map((selection) => key(one, selection))).size).toBe(selections.length);
  // All columns are all columns, and a filter that lets everything through is none.
  expect(key(one, { A: ['y', 'x'] })).toBe(key(one, { A: { where: true } }));
});
