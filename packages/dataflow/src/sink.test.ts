import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batch, sink, sourceCell, sourceTable } from './index.ts';
import { FakeScheduler } from './testing/index.ts';

type Flush = ReadonlyMap<string, number | undefined>;

function setup(
  options: {
    fail?: (changes: Flush) => ReadonlyMap<string, Error> | Error | undefined;
    latencyMs?: number;
    ready?: ReturnType<typeof sourceCell<boolean>>;
    maxKeys?: number;
    maxFlushes?: number;
    latencyOf?: (changes: Flush) => number;
  } = {},
) {
  const scheduler = new FakeScheduler();
  const table = sourceTable<number>('wanted');
  const flushes: [string, number | undefined][][] = [];
  const written = new Map<string, number>();
  const state = { inFlight: 0, mostInFlight: 0 };
  const out = sink(table, {
    scheduler,
    backoff: { minMs: 100, maxMs: 1000 },
    ...(options.ready === undefined ? {} : { ready: options.ready }),
    ...(options.maxKeys === undefined ? {} : { maxKeys: options.maxKeys }),
    ...(options.maxFlushes === undefined ? {} : { maxFlushes: options.maxFlushes }),
    flush: async (changes) => {
      flushes.push([...changes]);
      state.mostInFlight = Math.max(state.mostInFlight, ++state.inFlight);
      await new Promise<void>((resolve) => scheduler.setTimeout(resolve, options.latencyOf?.(changes) ?? options.latencyMs ?? 10));
      state.inFlight--;
      const failed = options.fail?.(changes);
      if (failed instanceof Error) throw failed;
      for (const [key, value] of changes) if (failed?.has(key) !== true) put(written, key, value);
      return failed;
    },
  });
  return { scheduler, table, flushes, written, state, out };
}

function put(
  target: { set(key: string, value: number): unknown; delete(key: string): unknown },
  key: string,
  value: number | undefined,
): void {
  if (value === undefined) target.delete(key);
  else target.set(key, value);
}

describe('sink', () => {
  it('what changes in one turn goes out together, once per key', async () => {
    const { scheduler, table, flushes } = setup();
    table.set('a', 1);
    table.set('a', 2);
    table.set('b', 3);
    await scheduler.advance(20);
    expect(flushes).toEqual([
      [
        ['a', 2],
        ['b', 3],
      ],
    ]);
  });

  it('what changes in flight goes out together in the next flush', async () => {
    const { scheduler, table, flushes, out } = setup();
    table.set('a', 1);
    await scheduler.advance(5);
    table.set('a', 2);
    table.set('b', 1);
    table.delete('b');
    table.set('c', 1);
    expect(out.oldestPendingMs).toBe(5);
    await scheduler.advance(20);
    expect(flushes).toEqual([
      [['a', 1]],
      [
        ['a', 2],
        ['b', undefined],
        ['c', 1],
      ],
    ]);
    expect(out.idle.peek()).toBe(true);
    expect(out.oldestPendingMs).toBe(0);
  });

  it('a key that fails is tried again after growing waits; others are not held up', async () => {
    let broken = true;
    const { scheduler, table, flushes, out } = setup({
      latencyMs: 0,
      fail: (changes) => (broken && changes.has('bad') ? new Map([['bad', new Error('refused')]]) : undefined),
    });
    batch(() => {
      table.set('bad', 1);
      table.set('good', 1);
    });
    await scheduler.advance(99);
    expect(flushes).toHaveLength(1);
    expect([...out.failures.entries()].map(([key, error]) => [key, error.message])).toEqual([['bad', 'refused']]);
    table.set('good', 2);
    await scheduler.advance(0);
    expect(flushes.at(-1)).toEqual([['good', 2]]);
    await scheduler.advance(1);
    expect(flushes.at(-1)).toEqual([['bad', 1]]);
    await scheduler.advance(199);
    expect(flushes).toHaveLength(3);
    await scheduler.advance(1);
    expect(flushes).toHaveLength(4);
    broken = false;
    await scheduler.advance(400);
    expect(out.idle.peek()).toBe(true);
    expect(out.failures.size).toBe(0);
    expect(scheduler.pendingTimers).toBe(0);
  });

  it('a changed value of a failing key is tried after the shortest wait, not the grown one, and not at once', async () => {
    const { scheduler, table, flushes } = setup({ latencyMs: 0, fail: () => new Error('down') });
    table.set('a', 1);
    await scheduler.advance(100 + 200 + 1);
    expect(flushes).toHaveLength(3);
    table.set('a', 2);
    await scheduler.advance(98);
    expect(flushes).toHaveLength(3);
    await scheduler.advance(1);
    expect(flushes.at(-1)).toEqual([['a', 2]]);
  });

  it('nothing is flushed before it is ready', async () => {
    const ready = sourceCell(false);
    const { scheduler, table, flushes } = setup({ ready });
    table.set('a', 1);
    await scheduler.advance(1000);
    expect(flushes).toEqual([]);
    ready.set(true);
    await scheduler.advance(20);
    expect(flushes).toEqual([[['a', 1]]]);
  });

  it('a flush holds no more keys than allowed', async () => {
    const { scheduler, table, flushes } = setup({ maxKeys: 2 });
    table.replace([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    await scheduler.advance(100);
    expect(flushes.map((flush) => flush.length)).toEqual([2, 1]);
  });

  it('each key can go its own way: a slow one holds up no other, and never overtakes itself', async () => {
    const { scheduler, table, flushes, written, out } = setup({
      maxKeys: 1,
      maxFlushes: 2,
      latencyOf: (changes) => (changes.has('slow') ? 1000 : 10),
    });
    table.set('slow', 1);
    table.replace([
      ['slow', 1],
      ['a', 1],
      ['b', 1],
    ]);
    await scheduler.advance(25);
    expect(flushes).toEqual([[['slow', 1]], [['a', 1]], [['b', 1]]]);
    table.set('slow', 2);
    table.set('a', 2);
    await scheduler.advance(25);
    expect(flushes.slice(3)).toEqual([[['a', 2]]]);
    await scheduler.advance(3000);
    expect(flushes.slice(4)).toEqual([[['slow', 2]]]);
    expect([...written]).toEqual([
      ['a', 2],
      ['b', 1],
      ['slow', 2],
    ]);
    expect(out.idle.peek()).toBe(true);
  });

  it('settled resolves when all is written, and when disposed', async () => {
    const { scheduler, table, out, written } = setup();
    await out.settled();
    table.set('a', 1);
    let done = false;
    void out.settled().then(() => (done = true));
    await scheduler.advance(9);
    expect(done).toBe(false);
    await scheduler.advance(1);
    expect(done).toBe(true);
    expect([...written]).toEqual([['a', 1]]);
    table.set('a', 2);
    const disposed = out.settled();
    out[Symbol.dispose]();
    await disposed;
    await scheduler.advance(1000);
    expect([...written]).toEqual([['a', 1]]);
    expect(scheduler.pendingTimers).toBe(0);
  });

  it('for any changes, waits and failures: one flush in flight, and in the end what is wanted is what is written', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      value: fc.option(fc.nat(9), { nil: undefined }),
      waitMs: fc.constantFrom(0, 1, 15, 120, 700),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step), fc.array(fc.constantFrom('ok', 'all', 'a', 'b')), async (steps, outcomes) => {
        let flush = 0;
        const { scheduler, table, written, state, out } = setup({
          fail: () => {
            const outcome = outcomes[flush++] ?? 'ok';
            if (outcome === 'ok') return undefined;
            return outcome === 'all' ? new Error('down') : new Map([[outcome, new Error('refused')]]);
          },
        });
        for (const { key, value, waitMs } of steps) {
          put(table, key, value);
          await scheduler.advance(waitMs);
        }
        await scheduler.advance(20_000);
        expect(written).toEqual(new Map(table.entries()));
        expect(state.mostInFlight).toBeLessThanOrEqual(1);
        expect(out.idle.peek()).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
