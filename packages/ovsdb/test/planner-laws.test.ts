/**
 * The law: whatever was wanted, in whatever order, and whatever others do meanwhile, after settling the database holds what is
 * wanted and the foreign rows; a second look and a new process send nothing.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabaseClient, Row } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { meddlings } from './support/interference.ts';
import type { Meddling } from './support/interference.ts';
import { identities, openNorthbound } from './support/northbound.ts';
import type { Synced } from './support/northbound.ts';
import { observe, PRINTED_COLUMNS } from './support/observe.ts';
import { expectedOf, fragmentsOf, worlds } from './support/world.ts';
import type { World } from './support/world.ts';

const RUNS = Number(process.env['LAW_RUNS'] ?? 40);

let server: TestServer;
let other: DatabaseClient;

beforeAll(async () => {
  server = await startTestServer();
  const tables = Object.fromEntries(Object.keys(identities).map((table) => [table, true as const]));
  other = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables });
  await other.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
});
afterAll(async () => {
  await other.close();
  await server.stop();
});

async function clear(): Promise<void> {
  await other.transact(
    ['Logical_Switch', 'Logical_Router', 'Port_Group', 'Address_Set', 'Load_Balancer'].map((table) => ({ op: 'delete', table, where: [] })),
  );
}

function steer(nb: Synced, world: World, previous: World | undefined): void {
  const next = fragmentsOf(world);
  if (previous !== undefined) for (const owner of fragmentsOf(previous).keys()) if (!next.has(owner)) nb.sync.want(owner, undefined);
  for (const [owner, fragment] of next) nb.sync.want(owner, fragment);
}

/** Everything the server committed before this call is in the replica when it resolves. */
async function settle(nb: Synced): Promise<void> {
  await nb.client.request('echo', []);
  await nb.sync.settled();
}

/** Rows that are not ours as the other client sees them now. */
function foreignRows(): Map<string, Row> {
  const rows = Object.keys(identities).flatMap((table) =>
    [...other.replica.rows(table)].filter((row) => identities[table]?.keyOf(row) === undefined),
  );
  return new Map(rows.map((row) => [row._uuid, row]));
}

/** A foreign row without references to rows of ours, which we may well take out. */
function withoutOurs(row: unknown, foreign: ReadonlyMap<string, unknown>): unknown {
  const columns = Object.entries(row as Row).map(([column, value]) => [
    column,
    column !== '_uuid' && Array.isArray(value) ? new Set(value.filter((atom: string) => atom.length !== 36 || foreign.has(atom))) : value,
  ]);
  return Object.fromEntries(columns);
}

type Step =
  | { readonly do: 'want'; readonly world: World }
  | { readonly do: 'meddle'; readonly what: readonly Meddling[] }
  | { readonly do: 'settle' }
  | { readonly do: 'restart' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('want' as const), world: worlds }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('meddle' as const), what: fc.array(meddlings, { minLength: 1, maxLength: 4 }) }) },
    { weight: 2, arbitrary: fc.constant({ do: 'settle' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  ),
  { minLength: 1, maxLength: 10 },
);

/** One process after another, each told the same world. */
class Play implements AsyncDisposable {
  nb: Synced;
  world: World;
  readonly #maxActions: number;

  constructor(nb: Synced, world: World, maxActions: number) {
    this.nb = nb;
    this.world = world;
    this.#maxActions = maxActions;
    this.#begin();
  }

  async step(step: Step): Promise<void> {
    if (step.do === 'want') {
      steer(this.nb, step.world, this.world);
      this.world = step.world;
    } else if (step.do === 'settle') await settle(this.nb);
    else if (step.do === 'restart') await this.restart();
    else for (const meddling of step.what) await this.#meddle(meddling);
  }

  async restart(): Promise<void> {
    await this.nb[Symbol.asyncDispose]();
    this.nb = await openNorthbound(server.remote, { maxActions: this.#maxActions });
    this.#begin();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nb[Symbol.asyncDispose]();
  }

  #begin(): void {
    steer(this.nb, this.world, undefined);
    this.nb.sync.setReady(true);
  }

  async #meddle(meddling: Meddling): Promise<void> {
    // What loses its identity is known to be ours only by a process that has seen it.
    if (meddling.losesIdentity) await settle(this.nb);
    await other.request('echo', []);
    const operations = meddling.operations((table) => [...other.replica.rows(table)]);
    if (operations.length > 0) await other.transact(operations).catch(() => undefined);
    if (meddling.losesIdentity) await settle(this.nb);
  }
}

const keysOf = (tables: Readonly<Record<string, object>>): unknown =>
  Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, new Set(Object.keys(rows))]));

test('after settling, the database is what is wanted and the foreign rows; then nothing more is sent', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(worlds, steps, fc.constantFrom(1, 3, 2000), async (first, script, maxActions) => {
      await clear();
      await using play = new Play(await openNorthbound(server.remote, { maxActions }), first, maxActions);
      for (const step of script) await play.step(step);
      await other.request('echo', []);
      const foreign = foreignRows();
      await settle(play.nb);
      const seen = await observe(other, PRINTED_COLUMNS);
      const expected = expectedOf(play.world);
      expect(seen.ours).toMatchObject(expected);
      expect(keysOf(seen.ours)).toEqual(keysOf(expected));
      // Foreign rows go only with the parent that held them.
      const kept = [...seen.foreign.keys()].filter((uuid) => foreign.has(uuid));
      expect(kept.map((uuid) => withoutOurs(seen.foreign.get(uuid), foreign))).toEqual(
        kept.map((uuid) => withoutOurs(foreign.get(uuid), foreign)),
      );
      const { operations } = play.nb.sync.stats;
      await settle(play.nb);
      expect(play.nb.sync.stats.operations).toBe(operations);
      await play.restart();
      await settle(play.nb);
      expect(play.nb.sync.stats.operations).toBe(0);
    }),
    {
      numRuns: RUNS,
      plugins: [fc.timeout(10_000)],
      ...(process.env['LAW_SEED'] === undefined ? {} : { seed: Number(process.env['LAW_SEED']) }),
    },
  );
});
