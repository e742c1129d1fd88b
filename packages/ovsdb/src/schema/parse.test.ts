import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Json } from '../json/json.ts';
import { schemaFiles } from '../testing/index.ts';
import { parseSchema } from './parse.ts';
import { isStrong } from './types.ts';

const read = (file: string) => parseSchema(JSON.parse(readFileSync(file, 'utf8')) as Json);

test.for(Object.entries(schemaFiles))('the installed schema %s is read whole', ([, file]) => {
  const json = JSON.parse(readFileSync(file, 'utf8')) as { tables: Record<string, { columns: object }> };
  const schema = read(file);
  expect(Object.fromEntries([...schema.tables].map(([name, table]) => [name, [...table.columns.keys()]]))).toEqual(
    Object.fromEntries(Object.entries(json.tables).map(([name, table]) => [name, Object.keys(table.columns)])),
  );
});

test('shapes, references and roots of OVN_Northbound', () => {
  const { tables } = read(schemaFiles.northbound);
  const column = (table: string, name: string) => tables.get(table)!.columns.get(name)!.type;
  expect(column('Logical_Switch', 'name')).toMatchObject({ shape: 'scalar', key: { type: 'string' } });
  expect(column('Logical_Switch', 'ports')).toMatchObject({ shape: 'set', key: { refTable: 'Logical_Switch_Port', refType: 'strong' } });
  expect(column('Port_Group', 'ports')).toMatchObject({ shape: 'set', key: { refType: 'weak' } });
  expect(column('Logical_Switch_Port', 'up')).toMatchObject({ shape: 'optional', min: 0, max: 1 });
  expect(column('Logical_Switch', 'other_config')).toMatchObject({ shape: 'map', value: { type: 'string' } });
  expect(column('ACL', 'priority').key).toMatchObject({ minInteger: 0, maxInteger: 32767 });
  expect(column('ACL', 'action').key.enum).toContain('allow-related');
  expect(isStrong(column('Logical_Switch', 'ports'))).toBe(true);
  expect(isStrong(column('Port_Group', 'ports'))).toBe(false);
  expect(tables.get('Logical_Switch')!.isRoot).toBe(true);
  expect(tables.get('Logical_Switch_Port')!.isRoot).toBe(false);
  expect(tables.get('Logical_Switch_Port')!.indexes).toEqual([['name']]);
});

describe('a schema that cannot be read is refused, naming the place', () => {
  test.for([
    [[], {}],
    [{ name: 'D' }, {}],
    [{ name: 'D', tables: { T: {} } }, { table: 'T' }],
    [
      { name: 'D', tables: { T: { columns: { c: 1 } } } },
      { table: 'T', column: 'c' },
    ],
    [
      { name: 'D', tables: { T: { columns: { c: { type: 'text' } } } } },
      { table: 'T', column: 'c' },
    ],
    [
      { name: 'D', tables: { T: { columns: { c: { type: { key: {} } } } } } },
      { table: 'T', column: 'c' },
    ],
  ] as const)('%j', ([json, place]) => {
    expect(() => parseSchema(json as Json)).toThrow(expect.objectContaining({ code: 'OVSDB_BAD_SCHEMA', ...place }));
  });
});

test('without any root table every table is a root', () => {
  expect(parseSchema({ name: 'D', tables: { T: { columns: {} } } }).tables.get('T')!.isRoot).toBe(true);
});
