/**
 * A live client behind a proxy that does mischief to what the server sends, while others write. FUZZ_SEED tries another, FUZZ_ROUNDS makes
 * it longer.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OvsdbError } from '../src/index.ts';
import type { DatabaseClient, Operation } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { replicaToJson } from '../src/notation/print.ts';
import type { TestServer } from '../src/testing/index.ts';
import { EVERY_TYPE, startEveryType } from './support/every-type-server.ts';
import type { EveryTypeServer } from './support/every-type-server.ts';
import { Mischief, MISCHIEFS } from './support/mischief.ts';
import { startProxy } from './support/proxy.ts';
import { randomFrom, TransactionMaker } from './support/random-transactions.ts';
import { serverDump } from './support/server-dump.ts';

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 20);
const seed = Number(process.env['FUZZ_SEED'] ?? 20_241);
const isLive = ({ state }: DatabaseClient['replica']): boolean => state.name === 'live';

let place: EveryTypeServer;
let server: TestServer;
let writer: DatabaseClient;

beforeAll(async () => {
  place = await startEveryType();
  ({ server, client: writer } = place);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
});

/** Transactions that fit the rows that the writer sees; refusals by the server are part of them. */
function makerOf(random: () => number): TransactionMaker {
  const { schema } = writer.replica;
  if (schema === undefined) throw new Error('the writer knows no schema');
  return new TransactionMaker(schema, random, (table) => [...writer.replica.rows(table)]);
}

/** Resolves with the code of what a client throws, and rejects with anything that has none. */
async function codeOf(outcome: Promise<unknown>): Promise<string> {
  try {
    await outcome;
    return 'accepted';
  } catch (error) {
    if (error instanceof OvsdbError) return error.code;
    throw error;
  }
}

async function expectEqualToDump(client: DatabaseClient): Promise<void> {
  // Answered after the update of whatever was committed before.
  await client.server.echo();
  expect(replicaToJson(client.replica)).toEqual(await serverDump(server, EVERY_TYPE));
}

describe(`seed ${seed}`, () => {
  test.for(['truncated', 'spoiled'] as const)(
    'one message of the server is %s: a problem is told, and the replica is right again',
    { timeout: 180_000 },
    async (kind) => {
      const random = randomFrom(seed);
      await using proxy = await startProxy(server.remote, kind);
      await using client = openDatabase({ remotes: [proxy.remote], database: EVERY_TYPE, tables: 'all' });
      await client.replica.waitFor(isLive, 30_000);
      const mischief = new Mischief(random);
      const maker = makerOf(random);
      const met = new Set<string>();
      for (let round = 0; round < ROUNDS; round++) {
        const problems: OvsdbError[] = [];
        const states: string[] = [];
        const endings = [
          client.onProblem((problem) => {
            problems.push(problem);
            // Without the pause that grows from one failure to the next.
            client.reconnect();
          }),
          client.replica.onState((state) => states.push(state.name)),
        ];
        let messages = 0;
        const victim = 1 + Math.floor(random() * 5);
        proxy.behaviour = { replace: (text) => (++messages === victim ? mischief.applyTo(text, kind) : undefined) };
        // Each insert brings the client a message; what is bad is seen with the second one after it.
        const outcomes = new Map<string, Promise<string>>();
        for (let i = 0; i < victim + 2; i++) {
          const name = `${kind} ${round} ${i}`;
          outcomes.set(name, codeOf(client.transact([{ op: 'insert', table: 'Twin', row: { name } }])));
          await writer.transact([{ op: 'insert', table: 'Twin', row: { name: `writer's ${name}` } }]);
        }
        await client.replica.waitFor(() => states.at(-1) === 'live', 30_000);
        await codeOf(writer.transact(maker.transaction()));
        await expectEqualToDump(client);
        expect(problems.map(({ code }) => code)).toEqual(['OVSDB_BAD_MESSAGE']);
        expect(states).toEqual(['stale', 'live']);
        const names = new Set([...client.replica.rows('Twin')].map((row) => row['name']));
        for (const [name, outcome] of outcomes) {
          const code = await outcome;
          met.add(code);
          // What is neither known to be there nor known to be missing is OVSDB_DISCONNECTED.
          const told = names.has(name) ? 'accepted' : 'OVSDB_NOT_CONNECTED';
          expect([
            [name, told],
            [name, 'OVSDB_DISCONNECTED'],
          ]).toContainEqual([name, code]);
        }
        for (const end of endings) end();
      }
      expect(met).toContain('accepted');
      expect([...met].filter((code) => code !== 'accepted')).not.toEqual([]);
    },
  );

  test(
    'any mischief at any message, of the first content as of the last: typed errors, no hanging answer, and the right replica afterwards',
    { timeout: 180_000 },
    async () => {
      const random = randomFrom(seed);
      await using proxy = await startProxy(server.remote, 'any');
      await using client = openDatabase({ remotes: [proxy.remote], database: EVERY_TYPE, tables: 'all' });
      const mischief = new Mischief(random);
      const maker = makerOf(random);
      const problems: unknown[] = [];
      client.onProblem((problem) => problems.push(problem));
      const done = new Set<string>();
      for (let round = 0; round < ROUNDS; round++) {
        proxy.behaviour = {
          replace: (text) => {
            if (random() > 0.08) return undefined;
            const kind = MISCHIEFS[Math.floor(random() * MISCHIEFS.length)] ?? 'spoiled';
            done.add(kind);
            return mischief.applyTo(text, kind);
          },
        };
        const outcomes: Promise<string>[] = [];
        for (let i = 0; i < 15; i++) {
          const mark: Operation = { op: 'insert', table: 'Twin', row: { name: `${round} ${i}` } };
          outcomes.push(codeOf(client.transact([mark])), codeOf(client.server.echo()));
          await codeOf(writer.transact(maker.transaction()));
          if (!isLive(client.replica)) client.reconnect();
        }
        // What was lost on the way is waited for as long as the connection lasts, and the next one is honest.
        proxy.behaviour = {};
        proxy.drop();
        const lost = await Promise.all(outcomes);
        client.reconnect();
        await client.replica.waitFor(isLive, 30_000);
        await expectEqualToDump(client);
        expect(await codeOf(client.transact([{ op: 'insert', table: 'Twin', row: { name: `honest ${round}` } }]))).toBe('accepted');
        expect(lost).toHaveLength(30);
      }
      expect([...done].toSorted()).toEqual(MISCHIEFS.toSorted());
      expect(problems.filter((problem) => !(problem instanceof OvsdbError))).toEqual([]);
      expect(problems.length).toBeGreaterThan(ROUNDS / 2);
    },
  );
});
