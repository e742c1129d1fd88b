/**
 * The law: after every transaction the replica equals what ovsdb-client dumps, for every schema, every monitor method, and
 * however the stream is cut.
 */
import { describe, expect, test } from 'vitest';
import type { Json, Row } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { replicaToJson } from '../src/notation/print.ts';
import { parseSchema } from '../src/schema/parse.ts';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import { serverDump as dump } from './support/server-dump.ts';
import { startProxy } from './support/proxy.ts';
import { randomFrom, TransactionMaker } from './support/random-transactions.ts';
import { readFileSync } from 'node:fs';

const ROUNDS = 5;
const TRANSACTIONS = Number(process.env['LAW_TRANSACTIONS'] ?? 150);

const METHODS = {
  monitor_cond_since: [],
  monitor_cond: ['monitor_cond_since'],
  monitor: ['monitor_cond_since', 'monitor_cond'],
} as const;

describe.for([
  ['northbound', 'OVN_Northbound'],
  ['southbound', 'OVN_Southbound'],
  ['openVswitch', 'Open_vSwitch'],
] as const)('%s', ([schemaName, database]) => {
  test.for(Object.keys(METHODS) as (keyof typeof METHODS)[])(
    '%s: the replica equals the dump after random transactions',
    { timeout: 60_000 },
    async (method) => {
      await using server = await startTestServer({ schemas: [schemaFiles[schemaName]] });
      await using proxy = await startProxy(server.remote);
      proxy.behaviour = { refuse: METHODS[method], pieces: [1, 7, 300, 5, 4096] };
      const schema = parseSchema(JSON.parse(readFileSync(schemaFiles[schemaName], 'utf8')) as Json);
      const tables = Object.fromEntries([...schema.tables.keys()].map((table) => [table, true as const]));
      await using client = openDatabase({ remotes: [proxy.remote], database, tables });
      await using late = openDatabase({ remotes: [proxy.remote], database, tables: {} });
      await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
      await late.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
      const seed = Number(process.env['LAW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
      const maker = new TransactionMaker(schema, randomFrom(seed), (table) => [...client.replica.rows(table)] as readonly Row[]);
      let accepted = 0;
      // A transaction's effect is in the replica before its answer, so no wait is needed.
      for (let round = 0; round < ROUNDS; round++) {
        for (let i = 0; i < TRANSACTIONS / ROUNDS; i++) {
          await client.transact(maker.transaction()).then(
            () => accepted++,
            () => undefined,
          );
        }
        expect(replicaToJson(client.replica), `seed ${seed}, round ${round}`).toEqual(await dump(server, database));
      }
      expect(accepted).toBeGreaterThan(TRANSACTIONS / 20);
      await using second = openDatabase({ remotes: [server.remote], database, tables });
      await second.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
      expect(replicaToJson(second.replica)).toEqual(replicaToJson(client.replica));
    },
  );
});
