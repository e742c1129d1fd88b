import { resources } from '@kube-ovn/api';
import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientOver, type LeaderElector, leaderElector, type LeaderElectorOptions } from '../index.ts';
import { FakeApi, FakeTransport, type Network } from '../testing/index.ts';

const TIMES = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };

function world() {
  const api = new FakeApi();
  const leases = api.serve('leases');
  const scheduler = new FakeScheduler();
  const candidate = (identity: string, options: { network?: Network; clock?: LeaderElectorOptions['clock'] } = {}): LeaderElector =>
    leaderElector(clientOver(new FakeTransport(api, options.network)), {
      namespace: 'kube-system',
      name: 'controller',
      identity,
      ...TIMES,
      clock: options.clock ?? scheduler,
      wallClock: () => new Date(scheduler.now()),
      random: () => 0.5,
    });
  const lease = () => leases.get('kube-system/controller');
  const writes = () => api.requests.filter((request) => !request.startsWith('GET')).length;
  return { api, scheduler, candidate, lease, writes };
}

/** A network that can be made to lose everything, or to hold it back. */
class Switch implements Network {
  state: 'up' | 'down' | 'hang' = 'up';

  async pass(): Promise<void> {
    if (this.state === 'down') throw new Error('connection refused');
    if (this.state === 'hang') await new Promise(() => {});
  }
}

describe('leader election', () => {
  it('one of many leads, and keeps on', async () => {
    const { scheduler, candidate, lease } = world();
    const all = ['a', 'b', 'c'].map((identity) => candidate(identity));
    for (const one of all) one.start();
    // Who lost the race learns at its next attempt to whom.
    await scheduler.advance(3000);
    for (let at = 0; at < 100; at++) {
      await scheduler.advance(1000);
      expect(all.map(({ isLeader }) => isLeader.value)).toEqual([true, false, false]);
      expect(all.map(({ leader }) => leader.value)).toEqual(['a', 'a', 'a']);
    }
    expect(lease()?.spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: '1970-01-01T00:00:00.000000Z',
    });
  });

  it('a leader renews with one request', async () => {
    const { api, scheduler, candidate } = world();
    candidate('a').start();
    await scheduler.advance(0);
    api.requests.length = 0;
    await scheduler.advance(24_000);
    expect(api.requests.every((request) => request.startsWith('PUT'))).toBe(true);
    expect(api.requests.length).toBe(10);
  });

  it('who releases is followed at once, and the releaser is told to stop first', async () => {
    const { scheduler, candidate, lease } = world();
    const [a, b] = [candidate('a'), candidate('b')];
    a.start();
    await scheduler.advance(0);
    b.start();
    await scheduler.advance(0);
    const released = a.release();
    expect(a.isLeader.value).toBe(false);
    await released;
    expect(lease()?.spec).toMatchObject({ holderIdentity: '' });
    await scheduler.advance(2_500);
    expect([a.isLeader.value, b.isLeader.value]).toEqual([false, true]);
    expect(lease()?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('who dies is followed when the lease is up, not before', async () => {
    const { scheduler, candidate } = world();
    const [a, b] = [candidate('a'), candidate('b')];
    a.start();
    await scheduler.advance(0);
    b.start();
    await scheduler.advance(1000);
    a[Symbol.dispose]();
    await scheduler.advance(13_000);
    expect(b.isLeader.value).toBe(false);
    await scheduler.advance(5_000);
    expect(b.isLeader.value).toBe(true);
  });

  it.each(['down', 'hang'] as const)('who cannot renew (network: %s) stops before another starts', async (state) => {
    const { scheduler, candidate } = world();
    const network = new Switch();
    const [a, b] = [candidate('a', { network }), candidate('b')];
    a.start();
    await scheduler.advance(0);
    b.start();
    await scheduler.advance(5_000);
    network.state = state;
    const both: boolean[] = [];
    for (let at = 0; at < 300; at++) {
      await scheduler.advance(100);
      both.push(a.isLeader.value && b.isLeader.value);
    }
    expect(both).not.toContain(true);
    expect([a.isLeader.value, b.isLeader.value]).toEqual([false, true]);
  });

  it('a leader whose network returns in time goes on leading', async () => {
    const { scheduler, candidate } = world();
    const network = new Switch();
    const a = candidate('a', { network });
    a.start();
    await scheduler.advance(5_000);
    network.state = 'down';
    await scheduler.advance(7_000);
    expect([a.isLeader.value, a.problem.value?.code]).toEqual([true, 'KUBE_UNAVAILABLE']);
    network.state = 'up';
    await scheduler.advance(20_000);
    expect([a.isLeader.value, a.problem.value]).toEqual([true, undefined]);
  });

  it('a process that was stopped does not believe that it leads when it goes on', async () => {
    const { candidate } = world();
    let nowMs = 0;
    const a = candidate('a', { clock: { now: () => nowMs, setTimeout: () => () => {}, queueMicrotask: (f) => queueMicrotask(f) } });
    a.start();
    await expect.poll(() => a.isLeader.value).toBe(true);
    nowMs += TIMES.renewDeadlineMs;
    // Its timers have not fired yet.
    expect([a.isLeader.value, a.isLeadingNow()]).toEqual([true, false]);
  });

  it('a lease that someone else annotated meanwhile is still ours', async () => {
    const { api, scheduler, candidate } = world();
    const a = candidate('a');
    a.start();
    await scheduler.advance(0);
    const client = clientOver(new FakeTransport(api));
    for (let at = 0; at < 5; at++) {
      await client.patch(resources.lease, 'kube-system/controller', { metadata: { annotations: { n: String(at) } } });
      await scheduler.advance(3_000);
      expect(a.isLeader.value).toBe(true);
    }
  });

  it('a lease that is deleted or taken by force is given up, and won anew', async () => {
    const { api, scheduler, candidate } = world();
    const a = candidate('a');
    a.start();
    await scheduler.advance(0);
    const client = clientOver(new FakeTransport(api));
    await client.patch(resources.lease, 'kube-system/controller', { spec: { holderIdentity: 'thief', leaseDurationSeconds: 1 } });
    await scheduler.advance(2_500);
    expect([a.isLeader.value, a.leader.value]).toEqual([false, 'thief']);
    await scheduler.advance(5_000);
    expect(a.isLeader.value).toBe(true);
    await client.delete(resources.lease, 'kube-system/controller');
    await scheduler.advance(5_000);
    expect(a.isLeader.value).toBe(true);
  });

  it('times that cannot work are refused', () => {
    const { api } = { api: new FakeApi() };
    const client = clientOver(new FakeTransport(api));
    for (const times of [{ leaseDurationMs: 10_000 }, { retryPeriodMs: 10_000 }, { leaseDurationMs: 500 }]) {
      expect(() => leaderElector(client, { namespace: 'n', name: 'l', identity: 'i', ...TIMES, ...times })).toThrow(
        expect.objectContaining({ code: 'KUBE_BAD_CONFIG' }),
      );
    }
  });

  it('for any losses on the network there is never more than one leader, and in the end there is one', async () => {
    const loss = fc.array(
      fc.record({ who: fc.nat(2), state: fc.constantFrom('up' as const, 'down' as const), ms: fc.integer({ min: 100, max: 20_000 }) }),
      { maxLength: 15 },
    );
    await fc.assert(
      fc.asyncProperty(loss, async (losses) => {
        const { scheduler, candidate } = world();
        const networks = [new Switch(), new Switch(), new Switch()];
        const all = networks.map((network, at) => candidate(`c${at}`, { network }));
        for (const one of all) one.start();
        const most: number[] = [];
        const pass = async (ms: number): Promise<void> => {
          for (let left = ms; left > 0; left -= 500) {
            await scheduler.advance(Math.min(500, left));
            most.push(all.filter(({ isLeader }) => isLeader.value).length);
          }
        };
        for (const { who, state, ms } of losses) {
          networks[who]!.state = state;
          await pass(ms);
        }
        for (const network of networks) network.state = 'up';
        await pass(40_000);
        expect(Math.max(...most)).toBeLessThanOrEqual(1);
        expect(most.at(-1)).toBe(1);
        for (const one of all) one[Symbol.dispose]();
      }),
      { numRuns: 30 },
    );
  });
});
