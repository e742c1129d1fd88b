/** `ovsdb-codegen` on every schema that Debian installs, on that of `_Server`, and on one that has everything. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitionProblems, named, operationsOn, parseSchema } from '../src/index.ts';
import type { TableDefinition, TableSchema } from '../src/index.ts';
import { generateDefinitions } from '../src/codegen/generate.ts';
import type { Json } from '../src/json/json.ts';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import { everyTypeSchema } from './support/every-type.ts';
import { ovsdbCodegen } from './support/program.ts';
import { sampleRows } from './support/sample-rows.ts';
import { openDatabase } from '../src/node/index.ts';

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Inside the package, so that the generated files find it by its name.
const directory = here(`./.codegen-${process.pid}`);
const names = [...Object.keys(schemaFiles), 'server', 'everyType'];
const schemaOf = async (name: string): Promise<Json> => JSON.parse(await readFile(join(directory, `${name}.ovsschema`), 'utf8')) as Json;
const load = async (name: string): Promise<Readonly<Record<string, TableDefinition>>> =>
  ((await import(/* @vite-ignore */ join(directory, `${name}.ts`))) as { tables: Readonly<Record<string, TableDefinition>> }).tables;

beforeAll(async () => {
  await mkdir(directory);
  await using server = await startTestServer();
  for (const [name, file] of Object.entries(schemaFiles)) await writeFile(join(directory, `${name}.ovsschema`), await readFile(file));
  await writeFile(join(directory, 'server.ovsschema'), await server.client('get-schema', server.remote, '_Server'));
  await writeFile(join(directory, 'everyType.ovsschema'), JSON.stringify(everyTypeSchema));
  for (const name of names)
    await writeFile(join(directory, `${name}.ts`), (await ovsdbCodegen(join(directory, `${name}.ovsschema`))).stdout);
});
afterAll(() => rm(directory, { recursive: true }));

test.for(names)('%s: the definitions fit the schema, with every limit, enumeration and reference', async (name) => {
  const schema = parseSchema(await schemaOf(name));
  const definitions = new Map(Object.values(await load(name)).map((table) => [table.name, table]));
  expect([...definitions.keys()]).toEqual([...schema.tables.keys()]);
  for (const table of schema.tables.values()) {
    const definition = definitions.get(table.name) as TableDefinition;
    expect(Object.keys(definition.columns)).toEqual([...table.columns.keys()]);
    expect(definitionProblems(definition, table)).toEqual([]);
  }
});

test.for(names.filter((name) => name !== 'server'))(
  '%s: a row of every table goes to a real server and comes back as it was written',
  async (name) => {
    const tables = await load(name);
    const schema = parseSchema(await schemaOf(name));
    await using server = await startTestServer({ schemas: [join(directory, `${name}.ovsschema`)] });
    await using client = openDatabase({ remotes: [server.remote], database: schema.name, tables: {} });
    await client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    for (const table of Object.values(tables)) {
      const samples = sampleRows(tables, table.name);
      const inserts = samples.map(({ definition, row, uuidName }) => operationsOn(definition).insert(row, uuidName));
      // Read in the same transaction: rows of tables that are no roots do not outlive it.
      const select = operationsOn(table).select([['_uuid', '==', named(`row${samples.length - 1}`)]]);
      const results = await client.transact([...inserts, select]);
      const [row] = operationsOn(table).rows(results.at(-1));
      const uuids = new Map(samples.map(({ uuidName }, at) => [uuidName, results[at]?.uuid]));
      const written = samples.at(-1)?.row ?? {};
      for (const [column, value] of Object.entries(written)) {
        expect(row?.[column as keyof typeof row], `${table.name}.${column}`).toEqual(resolved(value, uuids));
      }
      // The next table begins with an empty database: some allow one row, or one of each number.
      await client.transact(samples.map(({ definition }) => operationsOn(definition).delete([])));
    }
  },
);

/** A written value as it is read: references by name are UUIDs by then. */
function resolved(value: unknown, uuids: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, uuids));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [resolved(key, uuids), resolved(item, uuids)]));
  return typeof value === 'object' && value !== null && 'named' in value ? uuids.get(String(value.named)) : value;
}

test.for(names)('%s: the text is the same each time, and a server gives the same definitions as its file', async (name) => {
  const file = join(directory, `${name}.ovsschema`);
  const text = await readFile(join(directory, `${name}.ts`), 'utf8');
  expect((await ovsdbCodegen(file)).stdout).toBe(text);
  for (const table of parseSchema(await schemaOf(name)).tables.values()) {
    expect(text).toContain(`/** ${table.name}: `);
    for (const column of table.columns.keys()) expect(text).toContain(`    /** ${table.name}.${column}: `);
  }
  if (name === 'server') return;
  await using server = await startTestServer({ schemas: [file] });
  const database = parseSchema(await schemaOf(name)).name;
  await writeFile(join(directory, `${name}-fetched.ts`), (await ovsdbCodegen(server.remote, database)).stdout);
  // A server puts names and enumerations in order and leaves out what says nothing, so the text differs, but not what it defines.
  const schema = parseSchema(JSON.parse(await server.client('get-schema', server.remote, database)) as Json);
  const definitions = Object.values(await load(`${name}-fetched`));
  expect(definitions.flatMap((table) => definitionProblems(table, schema.tables.get(table.name) as TableSchema))).toEqual([]);
  const shape = (tables: readonly TableDefinition[]): unknown =>
    Object.fromEntries(tables.map((table) => [table.name, Object.keys(table.columns).toSorted()]));
  expect(shape(definitions)).toEqual(shape(Object.values(await load(name))));
});
/** Compile everything that was generated. */
async function compile(): Promise<{ readonly stdout: string }> {
  const settings = {
    extends: '../../tsconfig.test.json',
    compilerOptions: { isolatedDeclarations: false, declaration: false },
    include: ['*.ts'],
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  return run(process.execPath, [here('../../../node_modules/.bin/tsc'), '-p', directory]).catch((error: { stdout: string }) => error);
}

describe('under strict settings', () => {
  test('the definitions compile, and a program that uses them is checked', async () => {
    await writeFile(
      join(directory, 'user.ts'),
      `
import { operationsOn } from '@kube-ovn/ovsdb';
import type { OperationResult, UuidOf } from '@kube-ovn/ovsdb';
import { acl, logicalSwitch } from './northbound.ts';
import type { Acl, LogicalSwitch } from './northbound.ts';
import { interfaceTable } from './openVswitch.ts';

export function use(result: OperationResult, uuid: UuidOf<'Logical_Switch_Port'>): readonly unknown[] {
  const [row]: readonly Acl[] = operationsOn(acl).rows(result);
  const direction: 'from-lport' | 'to-lport' | undefined = row?.direction;
  const priority: number | undefined = row?.priority;
  const ports = (one: LogicalSwitch): readonly UuidOf<'Logical_Switch_Port'>[] => one.ports;
  // @ts-expect-error: no such direction
  operationsOn(acl).insert({ direction: 'sideways' });
  // @ts-expect-error: a row of another table
  operationsOn(logicalSwitch).insert({ acls: [uuid] });
  return [direction, priority, ports, operationsOn(interfaceTable).select([])];
}
`,
    );
    expect((await compile()).stdout).toBe('');
  });

  test('and its bounds hold before anything is sent', async () => {
    const { acl } = await load('northbound');
    expect(() => operationsOn(acl as TableDefinition).insert({ priority: 40_000 })).toThrow(
      expect.objectContaining({ code: 'OVSDB_BAD_VALUE', table: 'ACL', column: 'priority', value: 40_000 }),
    );
  });
});

test('names that are one in TypeScript, and words of the language, are told apart', () => {
  const table = { columns: { 'odd-name': { type: 'string' } } };
  const text = generateDefinitions(parseSchema({ name: 'D', tables: { A_B: table, 'A-B': table, class: table, '9p': table } }), 'here');
  expect([...text.matchAll(/^export const (\w+) =/gm)].map((match) => match[1])).toEqual(['aB', 'aB2', 'classTable', 'table9p', 'tables']);
  expect(text).toContain("'odd-name': column.string()");
  expect(text).toContain("from 'here'");
});

test('whatever tables and columns are called, the definitions compile and have all of them', async () => {
  const words = [
    'arguments',
    'await',
    'class',
    'column',
    'define_table',
    'enum',
    'eval',
    'exports',
    'global_this',
    'NaN',
    'package',
    'require',
    'row_of',
    'static',
    'tables',
    'undefined',
    'Map',
    'Record',
    'String',
    'Uuid',
    'a_b',
    'A_B',
    'aB',
    'AB',
    'a__b',
    '__proto__',
    'constructor',
    '9p',
    'é',
    "it's",
    'end*/here',
    'line\nbreak',
    'a\\b',
    '_',
  ];
  const columns = Object.fromEntries(words.map((word) => [word, { type: 'string' }]));
  // As JSON text, since "__proto__" is a name like any other there.
  const named = (value: unknown): string => `{${words.map((word) => `${JSON.stringify(word)}:${JSON.stringify(value)}`).join(',')}}`;
  const schema = `{"name":"Odd","version":"1.0.0","tables":{${words.map((word) => `${JSON.stringify(word)}:{"columns":${named(columns['a_b'])}}`).join(',')}}}`;
  const file = join(directory, 'odd.ovsschema');
  await writeFile(file, schema);
  await writeFile(join(directory, 'odd.ts'), (await ovsdbCodegen(file)).stdout);
  const tables = await load('odd');
  expect(Object.values(tables).map((table) => table.name)).toEqual(words);
  for (const table of Object.values(tables)) expect(new Set(Object.keys(table.columns))).toEqual(new Set(words));
  expect((await compile()).stdout).toBe('');
});

test('what is no schema, and wrong usage', async () => {
  await expect(ovsdbCodegen('/nonexistent')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('/nonexistent: ENOENT') });
  await expect(ovsdbCodegen(here('../package.json'))).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('"tables"') });
  await expect(ovsdbCodegen()).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('usage:') });
  await expect(ovsdbCodegen('--gone', 'x')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--gone is no option') });
  await expect(ovsdbCodegen('unix:/nonexistent', 'D', '-t', '0.2')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ENOENT'),
  });
  await expect(ovsdbCodegen('--nonsense', 'x')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--nonsense') });
  expect((await ovsdbCodegen('--help')).stdout).toContain('examples');
});
