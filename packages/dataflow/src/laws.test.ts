/** The laws of the package, on random inputs and a network of every kind of table. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batch,
  type DerivedTable,
  deriveTable,
  expandTable,
  formula,
  groupTable,
  indexBy,
  isSamePlainData,
  mergeTables,
  observe,
  sourceCell,
  sourceTable,
  type Table,
} from './index.ts';

interface Pod {
  readonly node: string;
  readonly size: number;
  readonly labels: readonly string[];
}

type Change =
  | { readonly kind: 'pod'; readonly key: string; readonly pod: Pod | undefined }
  | { readonly kind: 'node'; readonly key: string; readonly zone: string | undefined }
  | { readonly kind: 'limit'; readonly limit: number };

/** A network that uses each operator, reads across tables, has a diamond and a chain of 30 tables. */
function network() {
  const pods = sourceTable<Pod>('pods', { equals: isSamePlainData });
  const nodes = sourceTable<string>('nodes');
  const limit = sourceCell(5);
  const double = formula(() => limit.value * 2);
  const runs = new Map<string, number>();
  const torn: string[] = [];
  const count = (name: string): void => void runs.set(name, (runs.get(name) ?? 0) + 1);

  const placed = deriveTable(
    'placed',
    pods,
    (key, pod) => {
      count(`placed ${key}`);
      const zone = nodes.get(pod.node);
      if (pod.size > double.value) throw new Error(`${key} is larger than ${double.value}`);
      return zone === undefined ? undefined : { zone, size: pod.size, small: pod.size <= limit.value };
    },
    { equals: isSamePlainData },
  );
  const byZone = indexBy('by zone', placed, (place) => [place.zone]);
  const zones = groupTable('zones', byZone, (zone, members) => {
    count(`zones ${zone}`);
    let total = 0;
    for (const key of members) {
      const place = placed.get(key);
      if (place === undefined || place.zone !== zone) torn.push(`${zone}: ${key} is a member but not there`);
      total += place?.size ?? 0;
    }
    return total;
  });
  const labels = expandTable('labels', pods, (key, pod) => pod.labels.map((label) => [label, key] as const));
  const neighbours = deriveTable('neighbours', placed, (key, place) => {
    count(`neighbours ${key}`);
    const total = zones.get(place.zone);
    if (total === undefined) torn.push(`${key}: its zone has no total`);
    return `${byZone.of(place.zone).size} in ${place.zone}, ${total} together, ${placed.size} placed`;
  });
  let chain: Table<string> = neighbours;
  const links: DerivedTable<string>[] = [];
  for (let at = 0; at < 30; at++) {
    const link: DerivedTable<string> = deriveTable(`chain ${at}`, chain, (key, text) =>
      placed.has(key) ? text : torn.push(`${key} is in a chain but not placed`).toString(),
    );
    links.push(link);
    chain = link;
  }
  const merged = mergeTables('merged', [chain, labels, deriveTable('names', nodes, (key) => `node ${key}`)]);
  const tables: Record<string, Table<unknown>> = { placed, zones, labels, neighbours, chain, merged, problems: placed.problems };
  const apply = (change: Change): void => {
    if (change.kind === 'limit') limit.set(change.limit);
    else if (change.kind === 'node') put(nodes, change.key, change.zone);
    else put(pods, change.key, change.pod);
  };
  const content = () => Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, contentOf(table)]));
  return { apply, content, tables, runs, torn, pods, nodes, limit };
}

function put<V>(target: { set(key: string, value: V): void; delete(key: string): void }, key: string, value: V | undefined): void {
  if (value === undefined) target.delete(key);
  else target.set(key, value);
}

function contentOf(table: Table<unknown>) {
  return new Map([...table.entries()].map(([key, value]) => [key, value instanceof Error ? value.message : value]));
}

const podKey = fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2', 'b/3');
const nodeKey = fc.constantFrom('n1', 'n2', 'n3');
const pod = fc.record({ node: nodeKey, size: fc.integer({ min: 0, max: 12 }), labels: fc.subarray(['x', 'y', 'n1']) });
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pod' as const), key: podKey, pod: fc.option(pod, { nil: undefined }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('node' as const),
      key: nodeKey,
      zone: fc.option(fc.constantFrom('east', 'west'), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('limit' as const), limit: fc.integer({ min: 1, max: 6 }) }) },
);
const changes = fc.array(change, { maxLength: 25 });

/** What the changes leave behind: the last one of each input. */
function finalInputs(all: readonly Change[]): Change[] {
  return [...new Map(all.map((one) => [one.kind === 'limit' ? 'limit' : `${one.kind} ${one.key}`, one])).values()];
}

function recomputed(all: readonly Change[]) {
  const fresh = network();
  batch(() => finalInputs(all).forEach(fresh.apply));
  return fresh.content();
}

/** Whether the formula of `key` in `placed` reads the input that changed. */
function reads(pod: Pod | undefined, key: string, change: Change): boolean {
  if (change.kind === 'limit') return true;
  return change.kind === 'pod' ? change.key === key : pod?.node === change.key;
}

describe('laws', () => {
  it('the settled output equals a recomputation from nothing, one change at a time', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const live = network();
        const half = Math.floor(all.length / 2);
        all.slice(0, half).forEach(live.apply);
        expect(live.content()).toEqual(recomputed(all.slice(0, half)));
        all.slice(half).forEach(live.apply);
        expect(live.content()).toEqual(recomputed(all));
        expect(live.torn).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('order, repetition and squashing of inputs make no difference', () => {
    fc.assert(
      fc.property(changes, fc.infiniteStream(fc.nat()), (all, random) => {
        const inputs = finalInputs(all);
        const shuffled = inputs
          .map((one) => ({ one, at: random.next().value }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const live = network();
        for (let at = 0; at < shuffled.length;) {
          const end = at + 1 + (random.next().value % 3);
          batch(() =>
            shuffled.slice(at, end).forEach((one) => {
              live.apply(one);
              live.apply(one);
            }),
          );
          at = end;
        }
        expect(live.content()).toEqual(recomputed(all));
        expect(live.torn).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('reads in the middle of a batch see what was written, and change nothing about the outcome', () => {
    fc.assert(
      fc.property(changes, fc.nat(5), (all, every) => {
        const live = network();
        batch(() => {
          for (let at = 0; at < all.length; at += every + 1) {
            const end = at + every + 1;
            all.slice(at, end).forEach(live.apply);
            expect(live.content()).toEqual(recomputed(all.slice(0, end)));
          }
        });
        expect(live.content()).toEqual(recomputed(all));
      }),
      { numRuns: 100 },
    );
  });

  it('an observer hears each settled change once, and what it has heard is the table', () => {
    fc.assert(
      fc.property(changes, fc.array(fc.integer({ min: 1, max: 4 })), (all, sizes) => {
        const live = network();
        const wrong: string[] = [];
        const heard = Object.entries(live.tables).map(([name, table]) => {
          const mirror = new Map<string, unknown>();
          const toldNow = new Set<string>();
          observe(table, (key, value) => {
            if (toldNow.has(key)) wrong.push(`${name} ${key} told twice`);
            if (isSamePlainData(mirror.get(key), value)) wrong.push(`${name} ${key} told without a change`);
            toldNow.add(key);
            put(mirror, key, value);
          });
          return { table, mirror, toldNow };
        });
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const end = at + (sizes[turn] ?? 1);
          for (const { toldNow } of heard) toldNow.clear();
          batch(() => all.slice(at, end).forEach(live.apply));
          for (const { table, mirror } of heard) expect(mirror).toEqual(new Map(table.entries()));
          at = end;
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('one input change evaluates each formula at most once, and only those that read it', () => {
    fc.assert(
      fc.property(changes, change, (all, last) => {
        const live = network();
        all.forEach(live.apply);
        live.runs.clear();
        live.apply(last);
        expect([...live.runs].filter(([, times]) => times > 1)).toEqual([]);
        const placed = [...live.runs.keys()].filter((name) => name.startsWith('placed ')).map((name) => name.slice('placed '.length));
        expect(placed.filter((key) => !reads(live.pods.peek(key), key, last))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('the same input again evaluates nothing', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const live = network();
        all.forEach(live.apply);
        live.runs.clear();
        finalInputs(all).forEach(live.apply);
        live.pods.replace([...live.pods.entries()].map(([key, value]) => [key, { ...value }]));
        expect([...live.runs]).toEqual([]);
      }),
    );
  });
});
