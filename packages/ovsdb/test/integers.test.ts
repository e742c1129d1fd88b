/** Integers of 64 bits are exact on every way through the package: into a real server, out of it, compared and computed with there. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DatabaseClient, Operation, WritableRow } from '../src/index.ts';
import { parseJson, printJson } from '../src/json/json.ts';
import type { Json, JsonObject } from '../src/json/json.ts';
import { replicaToJson } from '../src/notation/print.ts';
import type { TestServer } from '../src/testing/index.ts';
import { EVERY_TYPE, startEveryType } from './support/every-type-server.ts';
import type { EveryTypeServer } from './support/every-type-server.ts';
import { ovsdb, startOvsdb } from './support/program.ts';
import { serverDump } from './support/server-dump.ts';

const table = 'Everything';
const SAFE = 2n ** 53n;
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
/** In ascending order; a double holds neither of two neighbours apart. */
const VALUES = [MIN, MIN + 1n, -SAFE - 1n, -SAFE, SAFE, SAFE + 1n, MAX - 1n, MAX] as const;

let place: EveryTypeServer;
let server: TestServer;
let client: DatabaseClient;

beforeAll(async () => {
  place = await startEveryType();
  ({ server, client } = place);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await client.transact([{ op: 'delete', table, where: [] }]);
});

const insert = (row: WritableRow): Operation => ({ op: 'insert', table, row });
const values = (column: string): readonly unknown[] => [...client.replica.rows(table)].map((row) => row[column]);

/** What a select under this condition finds. */
async function select(
  column: string,
  comparison: '<' | '<=' | '==' | '!=' | '>=' | '>' | 'includes' | 'excludes',
  value: bigint | bigint[],
) {
  const [result] = await client.transact([{ op: 'select', table, where: [[column, comparison, value]], columns: ['integer_one'] }]);
  return new Set(result?.rows?.map((row) => row['integer_one']));
}

test('scalars, sets and maps: written, replicated, selected, and dumped by ovsdb-client', async () => {
  const row = {
    integer_one: MAX,
    integer_optional: MIN,
    integer_set: VALUES.toReversed(),
    integer_some: [SAFE + 1n, SAFE + 2n],
    integer_integer_map: new Map(VALUES.map((value, at) => [value, VALUES.at(-1 - at) ?? 0n])),
    limited_map: { a: SAFE + 1n },
  };
  const [, selected] = await client.transact([insert(row), { op: 'select', table, where: [], columns: Object.keys(row) }]);
  const expected = {
    ...row,
    // Sorted by the server, whatever the order they were written in.
    integer_set: VALUES,
    integer_some: expect.arrayContaining([...row.integer_some]),
    limited_map: new Map([['a', SAFE + 1n]]),
  };
  expect(selected?.rows).toEqual([expected]);
  expect([...client.replica.rows(table)]).toMatchObject([expected]);
  const dump = await serverDump(server, EVERY_TYPE);
  expect(replicaToJson(client.replica)).toEqual(dump);
  const [dumped] = Object.values(dump[table] ?? {});
  expect(dumped).toMatchObject({ integer_one: MAX, integer_optional: MIN, integer_set: ['set', [...VALUES]] });
});

test('what a double holds is a number, and nothing else is', async () => {
  for (const [value, shown] of [
    [SAFE - 1n, Number.MAX_SAFE_INTEGER],
    [SAFE, SAFE],
    [1n - SAFE, Number.MIN_SAFE_INTEGER],
    [-SAFE, -SAFE],
    [7n, 7],
  ] as const) {
    await client.transact([{ op: 'delete', table, where: [] }, insert({ integer_one: value, enum_integer: 7n })]);
    expect([values('integer_one'), values('enum_integer')]).toEqual([[shown], [7]]);
  }
});

test('conditions tell neighbours apart', async () => {
  await client.transact(VALUES.map((value) => insert({ integer_one: value, integer_set: [value, 0] })));
  for (const [at, value] of VALUES.entries()) {
    expect(await select('integer_one', '==', value)).toEqual(new Set([value]));
    expect(await select('integer_one', '!=', value)).toEqual(new Set(VALUES.toSpliced(at, 1)));
    expect(await select('integer_one', '<', value)).toEqual(new Set(VALUES.slice(0, at)));
    expect(await select('integer_one', '<=', value)).toEqual(new Set(VALUES.slice(0, at + 1)));
    expect(await select('integer_one', '>', value)).toEqual(new Set(VALUES.slice(at + 1)));
    expect(await select('integer_one', '>=', value)).toEqual(new Set(VALUES.slice(at)));
    expect(await select('integer_set', 'includes', [value])).toEqual(new Set([value]));
    expect(await select('integer_set', 'excludes', [value])).toEqual(new Set(VALUES.toSpliced(at, 1)));
  }
});

describe('mutate', () => {
  const mutated = async (
    row: WritableRow,
    ...mutation: readonly [string, '+=' | '-=' | '*=' | '/=' | '%=' | 'insert' | 'delete', unknown]
  ) => {
    await client.transact([insert(row), { op: 'mutate', table, where: [], mutations: [mutation as never] }]);
    const [value] = values(mutation[0]);
    return value;
  };

  test.for([
    [SAFE, '+=', 1n, SAFE + 1n],
    [-SAFE, '-=', 1n, -SAFE - 1n],
    [MAX - 1n, '+=', 1n, MAX],
    [MIN + 1n, '-=', 1n, MIN],
    [3_037_000_499n, '*=', 3_037_000_499n, 3_037_000_499n ** 2n],
    [MAX, '/=', 2n, MAX / 2n],
    [MAX, '%=', SAFE, Number(MAX % SAFE)],
    [MAX, '-=', MAX, 0],
    [1, '+=', MIN, MIN + 1n],
  ] as const)('%i %s %i is %i', async ([before, mutator, operand, after]) => {
    expect(await mutated({ integer_one: before }, 'integer_one', mutator, operand)).toBe(after);
  });

  test('one element of a set, one entry of a map', async () => {
    expect(await mutated({ integer_set: [MAX, SAFE] }, 'integer_set', 'insert', [SAFE + 1n])).toEqual([SAFE, SAFE + 1n, MAX]);
    await client.transact([{ op: 'delete', table, where: [] }]);
    expect(await mutated({ integer_set: [MAX, MAX - 1n, SAFE] }, 'integer_set', 'delete', [MAX - 1n])).toEqual([SAFE, MAX]);
    await client.transact([{ op: 'delete', table, where: [] }]);
    const pairs = new Map([
      [MAX, MIN],
      [MAX - 1n, MIN + 1n],
    ]);
    expect(await mutated({ integer_integer_map: pairs }, 'integer_integer_map', 'delete', [MAX])).toEqual(new Map([[MAX - 1n, MIN + 1n]]));
  });
});

describe('the command line', () => {
  const row: JsonObject = {
    integer_one: MIN,
    integer_optional: MAX,
    integer_set: ['set', [...VALUES]],
    integer_integer_map: ['map', [[SAFE + 1n, -SAFE - 1n]]],
  };
  const write = (): Promise<{ readonly stdout: string }> =>
    ovsdb(
      'transact',
      server.remote,
      EVERY_TYPE,
      printJson({ op: 'insert', table, row }),
      printJson({ op: 'select', table, where: [['integer_optional', '==', MAX]], columns: Object.keys(row) }),
    );
  const parse = (text: string): Json => parseJson(text, true);

  test('transact and dump', async () => {
    expect(parse((await write()).stdout)).toMatchObject([{}, { rows: [row] }]);
    expect(values('integer_one')).toEqual([MIN]);
    expect(parse((await ovsdb('dump', '--json', server.remote, EVERY_TYPE)).stdout)).toEqual(await serverDump(server, EVERY_TYPE));
    expect((await ovsdb('dump', server.remote, EVERY_TYPE, `${table}:integer_one,integer_optional`)).stdout).toMatch(
      new RegExp(`${MIN} +${MAX}\\s*$`),
    );
  });

  test('monitor and replica', async () => {
    await using monitor = startOvsdb(['monitor', server.remote, EVERY_TYPE, table, '--json']);
    await using replica = startOvsdb(['replica', server.remote, EVERY_TYPE]);
    while ((parse(await monitor.nextLine()) as JsonObject)['state'] !== 'live');
    await write();
    expect(parse(await monitor.nextLine())).toMatchObject({ change: 'insert', columns: row });
    await server.client(
      'transact',
      server.remote,
      printJson([EVERY_TYPE, { op: 'mutate', table, where: [], mutations: [['integer_one', '+=', SAFE + 1n]] }]),
    );
    expect(parse(await monitor.nextLine())).toMatchObject({
      change: 'modify',
      columns: { integer_one: MIN + SAFE + 1n },
      before: { integer_one: MIN },
    });
    replica.child.stdin.write('dump\n');
    expect(parse(await replica.nextLine())).toEqual(await serverDump(server, EVERY_TYPE));
  });
});
