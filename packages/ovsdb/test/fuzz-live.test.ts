/**
 * What says it is live is right: a client behind a proxy that damages, holds back, cuts and withholds what the server sends, in sequences
 * that fast-check makes up. FUZZ_SEED tries others, FUZZ_ROUNDS makes it longer.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OvsdbError } from '../src/index.ts';
import type { DatabaseClient } from '../src/index.ts';
import { printJson } from '../src/json/json.ts';
import type { Json } from '../src/json/json.ts';
import { openDatabase } from '../src/node/index.ts';
import { replicaToJson } from '../src/notation/print.ts';
import type { TestServer } from '../src/testing/index.ts';
import { EVERY_TYPE, startEveryType } from './support/every-type-server.ts';
import type { EveryTypeServer } from './support/every-type-server.ts';
import { Mischief } from './support/mischief.ts';
import { startProxy } from './support/proxy.ts';
import type { ProxyBehaviour } from './support/proxy.ts';
import { randomFrom, TransactionMaker } from './support/random-transactions.ts';
import { serverDump } from './support/server-dump.ts';

const options = { seed: Number(process.env['FUZZ_SEED'] ?? 7047), numRuns: Number(process.env['FUZZ_ROUNDS'] ?? 25), endOnFailure: true };

/**
 * What may happen, and the problem that must be told of it; undefined where nothing is wrong. A message that comes twice is not among
 * them: a difference of a set that is valid once is so again, and no client can tell (test/fuzz.test.ts has it).
 */
const EXPECTED = {
  truncated: 'OVSDB_BAD_MESSAGE',
  spoiled: 'OVSDB_BAD_MESSAGE',
  cut: 'OVSDB_UNREACHABLE',
  silent: 'OVSDB_UNREACHABLE',
  pieces: undefined,
  delayed: undefined,
} as const;
type Kind = keyof typeof EXPECTED;
interface Step {
  readonly kind: Kind;
  /** Which of the next messages meets it. */
  readonly victim: number;
  readonly seed: number;
}

let place: EveryTypeServer;
let server: TestServer;
let writer: DatabaseClient;
const isLive = ({ state }: DatabaseClient['replica']): boolean => state.name === 'live';

beforeAll(async () => {
  place = await startEveryType();
  ({ server, client: writer } = place);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
});

/** Rows in the order of their UUIDs: a replica keeps them in that of arrival. */
function contentOf({ replica }: DatabaseClient): string {
  const tables = Object.entries(replicaToJson(replica)).map(([name, rows]) => [
    name,
    Object.entries(rows).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  return printJson(tables as Json);
}

function behaviourOf({ kind, victim, seed }: Step, drop: () => void): ProxyBehaviour {
  if (kind === 'silent') return { silent: true };
  if (kind === 'pieces') return { pieces: [1 + (seed % 7), 1, 1 + (seed % 300)] };
  if (kind === 'delayed') return { delayMs: 1 + (seed % 20) };
  const mischief = new Mischief(randomFrom(seed));
  let messages = 0;
  let isCut = false;
  return {
    replace: (text) => {
      // Nothing follows what is cut on its connection, or it would be a truncated message among others.
      if (isCut) return '';
      if (messages++ !== victim) return undefined;
      if (kind === 'cut') {
        isCut = true;
        setImmediate(() => {
          isCut = false;
          drop();
        });
      }
      return mischief.applyTo(text, kind === 'cut' ? 'truncated' : kind);
    },
  };
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...(Object.keys(EXPECTED) as Kind[])),
  victim: fc.nat({ max: 3 }),
  seed: fc.nat(),
});

test(
  'a replica that says it is live shows a state that the database was in, whatever happens, and the last one in the end',
  { timeout: 240_000 },
  async () => {
    await using proxy = await startProxy(server.remote, 'live');
    const met = new Set<Kind>();
    let states = 0;

    async function run(steps: readonly Step[], contentSeed: number): Promise<void> {
      proxy.behaviour = {};
      await writer.transact(['Everything', 'Twin'].map((table) => ({ op: 'delete', table, where: [] })));
      const history = new Set([contentOf(writer)]);
      const seen: string[] = [];
      const problems: OvsdbError[] = [];
      await using client = openDatabase({ remotes: [proxy.remote], database: EVERY_TYPE, tables: 'all', probeIntervalMs: 150 });
      const look = (): void => {
        if (isLive(client.replica)) seen.push(contentOf(client));
      };
      client.replica.onChange(look);
      client.replica.onState(look);
      client.onProblem((problem) => {
        problems.push(problem);
        // Without the pause that grows from one failure to the next.
        client.reconnect();
      });
      await client.replica.waitFor(isLive, 30_000);
      // Alone and one at a time, so that it is told of every state.
      const ending = writer.replica.onChange(() => history.add(contentOf(writer)));
      const { schema } = writer.replica;
      if (schema === undefined) throw new Error('the writer knows no schema');
      const maker = new TransactionMaker(schema, randomFrom(contentSeed), (table) => [...writer.replica.rows(table)]);
      for (const [at, one] of steps.entries()) {
        met.add(one.kind);
        const told = problems.length;
        proxy.behaviour = behaviourOf(one, () => proxy.drop());
        // A message for the client each, and two more that show that a message has no end.
        for (let i = 0; i < one.victim + 3; i++) {
          await writer.transact([{ op: 'insert', table: 'Twin', row: { name: `${at} ${i}` } }]);
          await writer.transact(maker.transaction()).catch((error: unknown) => {
            if (!(error instanceof OvsdbError)) throw error;
          });
        }
        const expected = EXPECTED[one.kind];
        await expect.poll(() => problems.length - told, { timeout: 30_000 }).toBeGreaterThanOrEqual(expected === undefined ? 0 : 1);
        proxy.behaviour = {};
        // What a silent proxy has swallowed nobody sends again on the same connection.
        if (one.kind === 'silent') proxy.drop();
        await client.replica.waitFor((replica) => isLive(replica) && replica.count('Twin') === writer.replica.count('Twin'), 30_000);
        const codes = problems.slice(told).map(({ code }) => code);
        expect([...codes, undefined]).toContain(expected);
        // A machine may be so busy that a probe is answered too late.
        expect(codes.filter((code) => code !== expected && code !== 'OVSDB_UNREACHABLE')).toEqual([]);
      }
      ending();
      await client.server.echo();
      expect(replicaToJson(client.replica)).toEqual(await serverDump(server, EVERY_TYPE));
      expect(seen.filter((state) => !history.has(state))).toEqual([]);
      expect(seen.length).toBeGreaterThan(0);
      states += new Set(seen).size;
    }

    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), fc.nat(), run), options);
    expect([...met].toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
    expect(states).toBeGreaterThan(options.numRuns);
  },
);
