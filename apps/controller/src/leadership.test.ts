import { sourceCell } from '@kube-ovn/dataflow';
import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { describe, expect, it } from 'vitest';
import { Leadership } from './leadership.ts';
import type { Term } from './term.ts';

function scene(startTerm: (hasFollowed: boolean) => Promise<unknown> = () => Promise.resolve()) {
  const scheduler = new FakeScheduler();
  const [isLeader, isReady] = [sourceCell(false), sourceCell(false)];
  const told: string[] = [];
  const elector = {
    isLeader,
    problem: sourceCell(undefined),
    start: () => void told.push('stands'),
    release: () => {
      told.push('releases');
      isLeader.set(false);
      return Promise.resolve();
    },
  };
  const synchronizer = { stats: { operations: 3, transactions: 1, refused: 0, brakeEngaged: false }, settled: () => Promise.resolve() };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
  const leadership = new Leadership({
    elector,
    isReady,
    scheduler,
    log,
    startTerm: async (hasFollowed) => {
      told.push('begins');
      await startTerm(hasFollowed);
      return { northbound: { synchronizer }, [Symbol.asyncDispose]: () => Promise.resolve(void told.push('ends')) } as unknown as Term;
    },
  });
  leadership.start();
  return { scheduler, isLeader, isReady, told, leadership, synchronizer };
}

describe('Leadership', () => {
  it('stands for election when it sees everything, and acts when elected', async () => {
    const { isReady, isLeader, told, scheduler } = scene();
    expect(told).toEqual([]);
    isReady.set(true);
    isLeader.set(true);
    await scheduler.drainMicrotasks();
    expect(told).toEqual(['stands', 'begins']);
    isLeader.set(false);
    await scheduler.drainMicrotasks();
    expect(told.at(-1)).toBe('ends');
  });

  it('a term that was lost while it began ends at once', async () => {
    let begun = (): void => undefined;
    const { isReady, isLeader, told, scheduler } = scene(
      () =>
        new Promise<void>((resolve) => {
          begun = resolve;
        }),
    );
    isReady.set(true);
    isLeader.set(true);
    await scheduler.drainMicrotasks();
    isLeader.set(false);
    begun();
    await scheduler.drainMicrotasks();
    expect(told).toEqual(['stands', 'begins', 'ends']);
  });

  it('a term that could not begin is tried again', async () => {
    let attempts = 0;
    const { isReady, isLeader, told, scheduler } = scene(() =>
      (attempts += 1) < 3 ? Promise.reject(new Error('no answer')) : Promise.resolve(),
    );
    isReady.set(true);
    isLeader.set(true);
    await scheduler.advance(5000);
    expect(told).toEqual(['stands', 'begins', 'begins', 'begins']);
  });

  it('a leader whose view stays stale gives the lease up, and stands again when it sees', async () => {
    const { isReady, isLeader, told, scheduler } = scene();
    isReady.set(true);
    isLeader.set(true);
    await scheduler.drainMicrotasks();
    isReady.set(false);
    await scheduler.advance(14_000);
    expect(told).toEqual(['stands', 'begins']); // a short cut is no reason
    await scheduler.advance(2000);
    expect(told).toEqual(['stands', 'begins', 'ends', 'releases']);
    isReady.set(true);
    await scheduler.drainMicrotasks();
    expect(told.at(-1)).toBe('stands');
  });

  it('a later term knows what was deleted meanwhile, unless the view was lost or the brake of the earlier one held', async () => {
    const followed: boolean[] = [];
    const { isReady, isLeader, scheduler, synchronizer } = scene((hasFollowed) => Promise.resolve(followed.push(hasFollowed)));
    const again = async (): Promise<void> => {
      for (const leads of [false, true]) {
        isLeader.set(leads);
        await scheduler.drainMicrotasks();
      }
    };
    isReady.set(true);
    await again();
    await again();
    isReady.set(false);
    isReady.set(true);
    isLeader.set(false);
    await scheduler.drainMicrotasks();
    isReady.set(false);
    isReady.set(true);
    await again();
    synchronizer.stats.brakeEngaged = true;
    await again();
    expect(followed).toEqual([false, true, false, false]);
  });

  it('counts over all terms, and ends in order', async () => {
    const { isReady, isLeader, told, scheduler, leadership } = scene();
    isReady.set(true);
    for (const leads of [true, false, true]) {
      isLeader.set(leads);
      await scheduler.drainMicrotasks();
    }
    expect(leadership.northboundTotals).toEqual({ operations: 6, transactions: 2, refused: 0 });
    await leadership.stop();
    expect(told.slice(-2)).toEqual(['ends', 'releases']);
  });
});
