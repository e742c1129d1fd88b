/**
 * The law: after every transaction the replica equals what ovsdb-client dumps, for every schema, every monitor method, and
 * however the stream is cut.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OvsdbError } from '../src/index.ts';
import type { DatabaseSchema, Json, OperationResult, Replica, Row, RowChange, Uuid } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { replicaToJson } from '../src/notation/print.ts';
import { parseSchema } from '../src/schema/parse.ts';
import type { ColumnSchema } from '../src/schema/types.ts';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import { serverDump as dump } from './support/server-dump.ts';
import { Coverage, kindOf, kindsOf } from './support/coverage.ts';
import { everyTypeSchema } from './support/every-type.ts';
import { startProxy } from './support/proxy.ts';
import { randomFrom, TransactionMaker } from './support/random-transactions.ts';
import { readFileSync } from 'node:fs';

const TRANSACTIONS = Number(process.env['LAW_TRANSACTIONS'] ?? 100);

const METHODS = {
  monitor_cond_since: [],
  monitor_cond: ['monitor_cond_since'],
  monitor: ['monitor_cond_since', 'monitor_cond'],
} as const;

/** What the changes told so far amount to; each must start from what was there. */
class Retelling {
  readonly contradictions: string[] = [];
  readonly #tables = new Map<string, Map<Uuid, Row>>();

  apply(changes: readonly RowChange[]): void {
    for (const { table, uuid, before, after } of changes) {
      const rows = this.#tables.get(table) ?? new Map<Uuid, Row>();
      this.#tables.set(table, rows);
      if (rows.get(uuid) !== before) this.contradictions.push(`${table} ${uuid} was not as told`);
      if (after === undefined) rows.delete(uuid);
      else rows.set(uuid, after);
    }
  }

  /** Where it is not row for row the very objects of the replica. */
  differencesFrom(replica: Replica): readonly string[] {
    return [...(replica.schema?.tables.keys() ?? [])].flatMap((table) => {
      const rows = this.#tables.get(table) ?? new Map<Uuid, Row>();
      const others = [...replica.rows(table)].filter((row) => rows.get(row._uuid) !== row).map((row) => `${table} ${row._uuid}`);
      return rows.size === replica.count(table) ? others : [`${table}: ${rows.size} rows were told`, ...others];
    });
  }
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ovsdb-laws-'));
  await writeFile(join(directory, 'every-type.ovsschema'), JSON.stringify(everyTypeSchema));
});
afterAll(() => rm(directory, { recursive: true }));

const isWritable = ({ mutable }: ColumnSchema): boolean => mutable;
const isMutable = ({ mutable, type: { shape, key } }: ColumnSchema): boolean =>
  mutable && (shape === 'set' || shape === 'map' || (key.enum === undefined && (key.type === 'integer' || key.type === 'real')));

const databases: readonly (readonly [name: string, schemaFile: () => string])[] = [
  ['OVN_Northbound', () => schemaFiles.northbound],
  ['OVN_Southbound', () => schemaFiles.southbound],
  ['Open_vSwitch', () => schemaFiles.openVswitch],
  ['Every_Type', () => join(directory, 'every-type.ovsschema')],
];

describe.for(databases)('%s', ([database, schemaFile]) => {
  let schema: DatabaseSchema;
  let coverage: Coverage;
  beforeAll(() => {
    schema = parseSchema(JSON.parse(readFileSync(schemaFile(), 'utf8')) as Json);
    coverage = new Coverage(schema);
  });

  /** Types of columns that no accepted operation has written yet. */
  const missing = (): readonly string[] => {
    const met = new Set([...coverage.mutated].map((kind) => kind.slice(kind.indexOf(' ') + 1)));
    return [
      ...[...kindsOf(schema)].filter((kind) => !coverage.inserted.has(kind)),
      ...[...kindsOf(schema, isWritable)].filter((kind) => !coverage.updated.has(kind)),
      ...[...kindsOf(schema, isMutable)].filter((kind) => !met.has(kind)),
    ];
  };

  const isCovered = (): boolean => missing().length === 0 && coverage.deleted > 0 && coverage.collected > 0 && coverage.cleared > 0;

  test.for(Object.keys(METHODS) as (keyof typeof METHODS)[])(
    '%s: after each of random transactions the replica equals the dump',
    { timeout: 120_000 },
    async (method) => {
      await using server = await startTestServer({ schemas: [schemaFile()] });
      await using proxy = await startProxy(server.remote);
      proxy.behaviour = { refuse: METHODS[method], pieces: [1, 7, 300, 5, 4096] };
      await using client = openDatabase({ remotes: [proxy.remote], database, tables: 'all' });
      await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
      const seed = Number(process.env['LAW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
      const maker = new TransactionMaker(schema, randomFrom(seed), (table) => [...client.replica.rows(table)]);
      const retelling = new Retelling();
      let latest: readonly RowChange[] = [];
      client.replica.onChange((changes) => {
        retelling.apply(changes);
        latest = [...latest, ...changes];
      });
      let accepted = 0;
      // A transaction's effect is in the replica before its answer, so no wait is needed.
      // First by chance alone, then towards what chance has not met; what can not be met fails below.
      for (let i = 0; i < TRANSACTIONS || (i < 4 * TRANSACTIONS && !isCovered()); i++) {
        const wanted = i < TRANSACTIONS / 2 ? [] : missing();
        const kind = wanted[i % wanted.length];
        maker.focus = kind === undefined ? undefined : (column) => kindOf(column.type) === kind;
        const operations = maker.transaction();
        latest = [];
        const snapshot = client.replica.snapshot();
        const results: readonly OperationResult[] | undefined = await client.transact(operations).catch((error: unknown) => {
          if (error instanceof OvsdbError && error.retry === 'never') return undefined; // many are refused
          throw error;
        });
        if (results !== undefined) coverage.count(operations, results, latest);
        if (results !== undefined) accepted++;
        expect(results === undefined ? latest : []).toEqual([]); // what is refused changes nothing
        expect(replicaToJson(client.replica), `seed ${seed}, transaction ${i}`).toEqual(await dump(server, database));
        expect(retelling.differencesFrom(client.replica)).toEqual([]);
        expect(retelling.contradictions).toEqual([]);
        // What was taken before the transaction shows none of it.
        for (const { table, uuid, before } of latest) expect(snapshot.row(table, uuid)).toBe(before);
      }
      expect(accepted).toBeGreaterThan(TRANSACTIONS / 20);
      await using second = openDatabase({ remotes: [server.remote], database, tables: 'all' });
      await second.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
      expect(replicaToJson(second.replica)).toEqual(replicaToJson(client.replica));
    },
  );

  test('these transactions have met every type of column with every kind of operation, and both kinds of reference', () => {
    expect(missing()).toEqual([]);
    expect(coverage.deleted).toBeGreaterThan(0);
    expect(coverage.collected).toBeGreaterThan(0);
    expect(coverage.cleared).toBeGreaterThan(0);
  });
});
