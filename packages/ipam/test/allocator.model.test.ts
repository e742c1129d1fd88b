import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Allocator } from '../src/index.ts';
import type { AllocateRequest, Lease, Strategy } from '../src/index.ts';
import { NaiveModel } from './naive-model.ts';
import type { NaiveConfig, NaiveRequest } from './naive-model.ts';

/** Random operations on one small subnet, where everything collides, against the naive model. */

const pools = { db: ['10.0.0.4..10.0.0.5', 'fd00::4..fd00::5'], web: ['10.0.0.6', 'fd00::a'] };
const configs: readonly NaiveConfig[] = [
  { cidr: '10.0.0.0/29,fd00::/125', gateway: '10.0.0.1,fd00::1', exclude: ['10.0.0.3', 'fd00::3'], pools: { db: pools.db } },
  { cidr: '10.0.0.0/28,fd00::/124', gateway: '10.0.0.1,fd00::1', exclude: ['10.0.0.3', 'fd00::3'], pools },
  { cidr: '10.0.0.0/28,fd00::/124', gateway: '10.0.0.2,fd00::2', exclude: ['10.0.0.8..10.0.0.12', '10.9.9.9'], pools },
  { cidr: '10.0.0.0/29', gateway: '10.0.0.1', exclude: [], pools: {} },
  { cidr: 'fd00::/125', gateway: 'fd00::6', exclude: ['fd00::1..fd00::2'], pools: {} },
];

const owner = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
const request: fc.Arbitrary<NaiveRequest> = fc.record({
  owner,
  families: fc.option(fc.constantFrom([4] as const, [6] as const, [4, 6] as const), { nil: undefined, freq: 3 }),
  static4: fc.option(
    fc.integer({ min: 0, max: 17 }).map((last) => `10.0.0.${last}`),
    { nil: undefined, freq: 2 },
  ),
  static6: fc.option(
    fc.integer({ min: 1, max: 17 }).map((last) => `fd00::${last.toString(16)}`),
    { nil: undefined, freq: 2 },
  ),
  pool: fc.constantFrom('', '', '', 'db', 'web'),
  shared: fc.boolean(),
  sticky: fc.boolean(),
});

type Operation =
  | { readonly do: 'allocate'; readonly request: NaiveRequest }
  | { readonly do: 'allocateAll'; readonly requests: readonly NaiveRequest[] }
  | { readonly do: 'release'; readonly owner: string; readonly final: boolean }
  | { readonly do: 'configure'; readonly config: NaiveConfig; readonly keepsPools: boolean };

const allocate = fc.record({ do: fc.constant('allocate' as const), request });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { arbitrary: allocate, weight: 6 },
  {
    arbitrary: fc.record({
      do: fc.constant('allocateAll' as const),
      requests: fc.uniqueArray(request, { minLength: 2, maxLength: 4, selector: (one) => one.owner }),
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ do: fc.constant('release' as const), owner, final: fc.boolean() }), weight: 4 },
  {
    arbitrary: fc.record({ do: fc.constant('configure' as const), config: fc.constantFrom(...configs), keepsPools: fc.boolean() }),
    weight: 1,
  },
);

const toRequest = (naive: NaiveRequest): AllocateRequest => ({
  owner: naive.owner,
  subnet: 's',
  families: naive.families,
  addresses: naive.static4 === undefined && naive.static6 === undefined ? undefined : { v4: naive.static4, v6: naive.static6 },
  pool: naive.pool === '' ? undefined : naive.pool,
  shared: naive.shared,
  sticky: naive.sticky || undefined,
});

function chance(seed: number) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function build(config: NaiveConfig, strategy: Strategy) {
  const made = new Allocator({ random: chance(5) });
  expect(made.setSubnet(toConfig(config, strategy))).toEqual([]);
  return made;
}

const toConfig = (config: NaiveConfig, strategy: Strategy) => ({
  name: 's',
  strategy,
  ...config,
  pools: Object.entries(config.pools).map(([name, ranges]) => ({ name, ranges })),
});

/** The allocator and the model, which have seen the same operations. */
interface Pair {
  readonly strategy: Strategy;
  readonly real: Allocator;
  readonly model: NaiveModel;
  config: NaiveConfig;
}

function run(pair: Pair, step: Operation): void {
  if (step.do === 'allocate') runAllocate(pair, step.request);
  else if (step.do === 'allocateAll') runAllocateAll(pair, step.requests);
  else if (step.do === 'release') runRelease(pair, step.owner, step.final);
  else runConfigure(pair, step);
  compareState(pair);
}

function runAllocate(pair: Pair, naive: NaiveRequest): void {
  compareResult(pair, naive, pair.real.allocate(toRequest(naive)));
}

/** All or nothing: what fails leaves no trace; what succeeds is what single requests would have given. */
function runAllocateAll(pair: Pair, requests: readonly NaiveRequest[]): void {
  const { real } = pair;
  const before = stateOf(real);
  const result = real.allocateAll(requests.map(toRequest));
  if (result.ok) {
    for (const [index, naive] of requests.entries()) compareResult(pair, naive, { ok: true, lease: result.leases[index]! });
    return;
  }
  expect(stateOf(real)).toEqual(before);
  // With the other strategy a second try may be luckier, or less so.
  if (pair.strategy !== 'lowest') return;
  for (const naive of requests.slice(0, result.index)) runAllocate(pair, naive);
  expect(real.allocate(toRequest(requests[result.index]!))).toMatchObject({ ok: false, code: result.code });
  compareResult(pair, requests[result.index]!, { ok: false });
}

function compareResult(
  { model, strategy }: Pair,
  naive: NaiveRequest,
  result: { readonly ok: true; readonly lease: Lease } | { readonly ok: false },
): void {
  const old = model.leases.get(naive.owner);
  const families = naive.families ?? [4, 6];
  const contradicts = (naive.static4 !== undefined && !families.includes(4)) || (naive.static6 !== undefined && !families.includes(6));
  if (contradicts || (old !== undefined && !model.satisfies(old, naive))) {
    expect(result.ok).toBe(false);
    return;
  }
  if (old !== undefined) {
    if (naive.sticky || old.sticky === 'parked') old.sticky = 'active';
    expect(result).toMatchObject({ ok: true, lease: pick(old) });
    return;
  }
  const expected = model.expect(naive);
  expect(result.ok).toBe(expected !== undefined);
  if (!result.ok || expected === undefined) return;
  const { v4, v6 } = result.lease;
  expectGiven(v4, expected.v4, strategy);
  expectGiven(v6, expected.v6, strategy);
  model.hold(naive.owner, { v4, v6, shared: naive.shared, sticky: naive.sticky ? 'active' : 'no' });
}

function runRelease({ real, model }: Pair, name: string, final: boolean): void {
  const old = model.leases.get(name);
  expect(real.release(name, { final }) === undefined).toBe(old === undefined);
  if (old === undefined) return;
  if (old.sticky === 'no' || final) model.free(name);
  else old.sticky = 'parked';
}

function runConfigure(pair: Pair, { config: next, keepsPools }: Operation & { do: 'configure' }): void {
  // Either the pools change with the block, or they stay what they are.
  const config = keepsPools ? { ...next, pools: pair.config.pools } : next;
  const { pools, ...rest } = toConfig(config, pair.strategy);
  const problems = pair.real.setSubnet(keepsPools ? rest : { ...rest, pools });
  expect(problems.length === 0).toBe(pair.model.fits(config));
  if (problems.length > 0 || JSON.stringify(config) === JSON.stringify(pair.config)) return;
  pair.config = config;
  pair.model.configure(config);
}

function compareState({ real, model }: Pair): void {
  const leases = new Map(real.snapshot().map((lease) => [lease.owner, lease]));
  expect(new Set(leases.keys())).toEqual(new Set(model.leases.keys()));
  for (const [name, lease] of model.leases) {
    expect(leases.get(name)).toMatchObject(pick(lease));
    for (const address of [lease.v4, lease.v6])
      expect(address === undefined || real.holder('s', address)?.split(',').includes(name)).toBe(true);
  }
  const usage = real.usage('s')!;
  expect([usage.v4 !== undefined, usage.v6 !== undefined]).toEqual([model.families.includes(4), model.families.includes(6)]);
  for (const family of model.families) {
    const { total, available, using, usingRange } = (family === 4 ? usage.v4 : usage.v6)!;
    expect({ total, using }).toEqual(model.counts(family));
    expect(available).toBe(total - using);
    expect(expand(usingRange)).toEqual(model.using(family));
  }
  const macs = [...leases.values()].map(({ mac }) => mac);
  expect(new Set(macs).size).toBe(macs.length);
}

function restored({ real, config, strategy }: Pair): Allocator {
  const copy = build(config, strategy);
  expect(copy.restore(real.snapshot())).toEqual([]);
  return copy;
}

const stateOf = (allocator: Allocator) => ({
  leases: allocator.snapshot(),
  usage: allocator.usage('s'),
  pools: ['db', 'web'].map((pool) => allocator.poolUsage('s', pool)),
});

const pick = ({ v4, v6, sticky }: { v4: string | undefined; v6: string | undefined; sticky: string }) => ({
  ...(v4 === undefined ? {} : { v4 }),
  ...(v6 === undefined ? {} : { v6 }),
  ...(sticky === 'no' ? {} : { sticky }),
});

function expectGiven(given: string | undefined, allowed: readonly string[], strategy: Strategy) {
  if (allowed.length === 0) expect(given).toBeUndefined();
  else if (strategy === 'lowest') expect(given).toBe(allowed[0]);
  else expect(allowed).toContain(given);
}

function expand(ranges: string): string[] {
  return ranges === '' ? [] : ranges.split(',').flatMap((range) => listOf(range));
}

function listOf(range: string): string[] {
  const [first = '', last = first] = range.split('-');
  const radix = first.includes(':') ? 16 : 10;
  const cut = Math.max(first.lastIndexOf('.'), first.lastIndexOf(':')) + 1;
  const number = (text: string) => Number.parseInt(text.slice(cut), radix);
  return Array.from(
    { length: number(last) - number(first) + 1 },
    (_, index) => first.slice(0, cut) + (number(first) + index).toString(radix),
  );
}

describe.each(['lowest', 'random'] as const)('allocator, %s first', (strategy) => {
  test.each(configs.slice(0, 3))('any sequence of operations gives what the naive model gives: $cidr, gateway $gateway', (config) => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (steps) => {
        const pair: Pair = { strategy, config, real: build(config, strategy), model: new NaiveModel(config) };
        for (const step of steps) run(pair, step);
        expect(stateOf(restored(pair))).toEqual(stateOf(pair.real));
      }),
      { numRuns: 150 },
    );
  });
});
