/** `ovsdb-codegen` on every schema that Debian installs, on that of `_Server`, and on one that has everything. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitionProblems, operationsOn, parseSchema } from '../src/index.ts';
import type { TableDefinition } from '../src/index.ts';
import { generateDefinitions } from '../src/codegen/generate.ts';
import type { Json } from '../src/json/json.ts';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import { everyTypeSchema } from './support/every-type.ts';
import { ovsdbCodegen } from './support/program.ts';

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
    await writeFile(
      join(directory, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.test.json',
        compilerOptions: { isolatedDeclarations: false, declaration: false },
        include: ['*.ts'],
      }),
    );
    const tsc = here('../../../node_modules/.bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', directory]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
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

test('what is no schema, and wrong usage', async () => {
  await expect(ovsdbCodegen('/nonexistent')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('/nonexistent: ENOENT') });
  await expect(ovsdbCodegen(here('../package.json'))).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('"tables"') });
  await expect(ovsdbCodegen()).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('usage:') });
  await expect(ovsdbCodegen('--nonsense', 'x')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--nonsense') });
  expect((await ovsdbCodegen('--help')).stdout).toContain('examples');
});
