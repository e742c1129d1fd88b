import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Json } from '../json/json.ts';
import type { UuidOf } from '../notation/value.ts';
import { rowRef } from '../planner/fragment.ts';
import { parseSchema } from '../schema/parse.ts';
import { schemaFiles } from '../testing/index.ts';
import { column } from './column.ts';
import { defineTable, definitionProblems, selectionOf, wantedRow } from './table.ts';
import type { InsertOf, RowOf } from './table.ts';

const acl = defineTable(
  'ACL',
  {
    name: column.optional(column.string({ maxLength: 63 })),
    priority: column.integer(0, 32767),
    direction: column.enum('from-lport', 'to-lport'),
    match: column.string(),
    log: column.boolean(),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
const portGroup = defineTable('Port_Group', {
  name: column.string(),
  ports: column.set(column.uuid('Logical_Switch_Port', 'weak')),
  acls: column.set(column.uuid('ACL')),
});

test('rows are typed from the definition', () => {
  expectTypeOf<RowOf<typeof acl>['direction']>().toEqualTypeOf<'from-lport' | 'to-lport'>();
  expectTypeOf<RowOf<typeof acl>['name']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<RowOf<typeof acl>['_uuid']>().toEqualTypeOf<UuidOf<'ACL'>>();
  expectTypeOf<RowOf<typeof acl>['external_ids']>().toEqualTypeOf<ReadonlyMap<string, string>>();
  expectTypeOf<RowOf<typeof portGroup>['ports']>().toEqualTypeOf<readonly UuidOf<'Logical_Switch_Port'>[]>();
  const good: InsertOf<typeof acl> = { priority: 1, direction: 'to-lport', external_ids: { a: 'b' }, name: undefined };
  // @ts-expect-error: no such direction
  const bad: InsertOf<typeof acl> = { direction: 'sideways' };
  // @ts-expect-error: a set of rows takes references, not numbers
  wantedRow(portGroup, 'g', { ports: [1] });
  expect([good, bad]).toHaveLength(2);
  expect(wantedRow(portGroup, 'g', { ports: [rowRef('Logical_Switch_Port', 'p')] })).toEqual({
    table: 'Port_Group',
    key: 'g',
    columns: { ports: [rowRef('Logical_Switch_Port', 'p')] },
  });
});

test('a selection of exactly the defined columns', () => {
  expect(selectionOf([portGroup])).toEqual({ Port_Group: ['name', 'ports', 'acls'] });
});

describe('definitionProblems', () => {
  const { tables } = parseSchema(JSON.parse(readFileSync(schemaFiles.northbound, 'utf8')) as Json);
  test('none for a definition that fits', () => {
    expect(definitionProblems(acl, tables.get('ACL')!)).toEqual([]);
    expect(definitionProblems(portGroup, tables.get('Port_Group')!)).toEqual([]);
  });

  test('each difference is named', () => {
    const wrong = defineTable('ACL', { priority: column.integer(0, 100), match: column.boolean(), tier: column.integer() });
    expect(definitionProblems(wrong, tables.get('ACL')!)).toEqual([
      'ACL: isRoot is false in the schema',
      'ACL.priority: defined as scalar of integer minInteger 0 maxInteger 100 (1 to 1), in the schema scalar of integer minInteger 0 maxInteger 32767 (1 to 1)',
      'ACL.match: defined as scalar of boolean (1 to 1), in the schema scalar of string (1 to 1)',
      'ACL.tier: no such column in the schema',
    ]);
  });
});
