/** The schema changes under a client, by its own hand and by another's: the replica follows, and never shows what is not there. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DatabaseClient, Json, OvsdbError } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';

interface Schema {
  version: string;
  tables: Record<string, { columns: Record<string, Json>; isRoot?: boolean }>;
}

let server: TestServer;
let client: DatabaseClient;

const schemaNow = async (): Promise<Schema> => JSON.parse(await server.client('get-schema', server.remote, 'OVN_Northbound')) as Schema;

/** Convert by another's hand. */
async function convert(change: (schema: Schema) => void): Promise<void> {
  const schema = await schemaNow();
  change(schema);
  const file = join(server.directory, 'changed.ovsschema');
  await writeFile(file, JSON.stringify(schema));
  await server.client('convert', server.remote, file);
}

beforeEach(async () => {
  server = await startTestServer();
  client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: { Logical_Switch: true, Meter: true } });
  await client.replica.waitFor(({ state }) => state.name === 'live', 10_000);
  await client.transact([
    { op: 'insert', table: 'Logical_Switch', row: { name: 'kept', other_config: { a: 'b' } } },
    { op: 'insert', table: 'Meter_Band', row: { action: 'drop', rate: 1 }, uuidName: 'band' },
    { op: 'insert', table: 'Meter', row: { name: 'm', unit: 'pktps', bands: [{ named: 'band' }] } },
  ]);
});
afterEach(async () => {
  await client.close();
  await server.stop();
});

test('our own conversion succeeds, and what it adds can be used at once', async () => {
  const schema = await schemaNow();
  schema.tables['Logical_Switch']!.columns['extra'] = { type: 'string' };
  await client.server.convert(schema as unknown as Readonly<Record<string, Json>>);
  await client.replica.waitFor(
    ({ state, schema: now }) => state.name === 'live' && now?.tables.get('Logical_Switch')?.columns.has('extra') === true,
    10_000,
  );
  await client.transact([{ op: 'update', table: 'Logical_Switch', where: [['name', '==', 'kept']], row: { extra: 'x' } }]);
  expect([...client.replica.rows('Logical_Switch')]).toMatchObject([{ name: 'kept', extra: 'x' }]);
});

test("a column goes by another's hand: the rows come anew without it, and a write to it is refused before it is sent", async () => {
  const { syncs } = client.stats;
  await convert((schema) => {
    delete schema.tables['Logical_Switch']!.columns['other_config'];
  });
  await client.replica.waitFor(
    ({ state, schema }) => state.name === 'live' && schema?.tables.get('Logical_Switch')?.columns.has('other_config') === false,
    10_000,
  );
  expect(client.stats.syncs).toBeGreaterThan(syncs);
  expect(Object.keys([...client.replica.rows('Logical_Switch')][0] ?? {})).not.toContain('other_config');
  await expect(
    client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'late', other_config: { a: 'b' } } }]),
  ).rejects.toMatchObject({ code: 'OVSDB_UNKNOWN_COLUMN', table: 'Logical_Switch', column: 'other_config' });
});

test("a table that we follow goes by another's hand: its rows go, the others stay current, and it may come back", async () => {
  const problems: OvsdbError[] = [];
  client.onProblem((problem) => problems.push(problem));
  const whole = await schemaNow();
  await convert((schema) => {
    delete schema.tables['Meter'];
    delete schema.tables['Meter_Band'];
  });
  await client.replica.waitFor(({ state, schema }) => state.name === 'live' && schema?.tables.has('Meter') === false, 10_000);
  expect([...client.replica.rows('Meter')]).toEqual([]);
  expect([...client.replica.rows('Logical_Switch')]).toMatchObject([{ name: 'kept' }]);
  await expect(client.transact([{ op: 'insert', table: 'Meter', row: {} }])).rejects.toMatchObject({
    code: 'OVSDB_UNKNOWN_TABLE',
    table: 'Meter',
  });

  await convert((schema) => Object.assign(schema.tables, { Meter: whole.tables['Meter'], Meter_Band: whole.tables['Meter_Band'] }));
  await client.replica.waitFor(({ state, schema }) => state.name === 'live' && schema?.tables.has('Meter') === true, 10_000);
  await client.transact([
    { op: 'insert', table: 'Meter_Band', row: { action: 'drop', rate: 1 }, uuidName: 'band' },
    { op: 'insert', table: 'Meter', row: { name: 'again', unit: 'pktps', bands: [{ named: 'band' }] } },
  ]);
  expect([...client.replica.rows('Meter')]).toMatchObject([{ name: 'again' }]);
});

test('whoever is woken by the end of a connection finds the replica stale', async () => {
  const seen: string[] = [];
  const note = (where: string): void => void seen.push(`${where} ${client.replica.state.name}`);
  client.onProblem(() => note('problem'));
  client.replica.onState(() => note('state'));
  const outcome = client
    .transact([
      { op: 'wait', table: 'Logical_Switch', where: [['name', '==', 'never']], columns: ['name'], until: '==', rows: [{ name: 'never' }] },
    ])
    .catch(() => note('transaction'));
  await client.server.echo();
  await server.kill();
  await outcome;
  expect(new Set(seen)).toEqual(new Set(['problem stale', 'state stale', 'transaction stale']));
});
