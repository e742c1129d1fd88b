import { type Event, readReleases } from '@kube-ovn/api';
import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { clientOver, eventRecorder } from '@kube-ovn/kube';
import { FakeApi, FakeTransport } from '@kube-ovn/kube/testing';
import { describe, expect, it } from 'vitest';
import type { HeldLease } from './demand.ts';
import { ipObject } from './ip-object.ts';
import { ReleaseTeller } from './release-teller.ts';

function setup() {
  const api = new FakeApi();
  const served = api.serve('events');
  const scheduler = new FakeScheduler();
  let random = 0;
  const wallClock = (): Date => new Date(scheduler.now());
  const events = eventRecorder(clientOver(new FakeTransport(api)), 'kube-ovn-controller', {
    scheduler,
    wallClock,
    random: () => (random += 1 / 4096),
    perObject: { burst: 200, refillMs: 100 },
  });
  const teller = new ReleaseTeller({
    events,
    scheduler,
    subnet: (name) => ({ apiVersion: 'kubeovn.io/v1', kind: 'Subnet', name }),
    holder: () => undefined,
    wallClock,
  });
  const release = (n: number, subnet = 'net'): void => {
    const holder = { kind: 'Pod', namespace: 'shop', name: `p${n}`, uid: `u${n}` } as const;
    const lease: HeldLease = { owner: `p${n}.shop`, subnet, v4: `10.0.${n >> 8}.${n & 255}`, mac: '00:00:00:00:00:01', node: 'n1', holder };
    teller.released({ lease, podType: '', entry: ipObject(lease.owner, { lease, podType: '', isReserved: false }), demand: undefined });
  };
  /** Of each Event: its Subnet, and who had an address. */
  const told = async (): Promise<readonly (readonly [string | undefined, readonly string[]])[]> => {
    await events.settled();
    return served.keys().map((key) => {
      const event = served.get(key) as Event;
      return [event.involvedObject?.name, readReleases(event).map(({ holder }) => holder)] as const;
    });
  };
  return { api, events, scheduler, teller, release, told };
}

const names = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, n) => `Pod shop/p${from + n}`);

describe('ReleaseTeller', () => {
  it('tells one at once', async () => {
    const { scheduler, release, told } = setup();
    release(1);
    await scheduler.advance(1);
    expect(await told()).toEqual([['net', names(1, 2)]]);
  });

  it('what follows is told together after a pause, of each Subnet in one', async () => {
    const { scheduler, release, told } = setup();
    release(1);
    await scheduler.advance(10);
    for (let n = 2; n < 40; n += 1) {
      release(n, n < 30 ? 'net' : 'other');
      await scheduler.advance(10);
    }
    await scheduler.advance(2000);
    expect(await told()).toEqual([
      ['net', names(1, 2)],
      ['net', names(2, 30)],
      ['other', names(30, 40)],
    ]);
  });

  it('a burst of 5000 pods is 50 Events, and all of them are told', async () => {
    const { api, scheduler, events, release, told } = setup();
    for (let n = 0; n < 5000; n += 1) release(n);
    await scheduler.advance(1);
    expect((await told()).flatMap(([, holders]) => holders)).toEqual(names(0, 5000));
    expect([api.requests.length, events.dropped]).toEqual([50, 0]);
  });

  it('Subnets that are many are told more slowly, and none is left out', async () => {
    const { scheduler, events, release, told } = setup();
    for (let round = 0; round < 20; round += 1) {
      for (let n = 0; n < 100; n += 1) release(round * 100 + n, `net${n}`);
      await scheduler.advance(1000);
    }
    await scheduler.advance(1_000_000);
    const holders = (await told()).flatMap(([, some]) => some);
    expect([holders.length, new Set(holders).size, events.dropped]).toEqual([2000, 2000, 0]);
  });

  it('at its end what is not told yet is told, and no timer is left', async () => {
    const { scheduler, teller, release, told } = setup();
    release(1);
    await scheduler.advance(1);
    release(2);
    teller[Symbol.dispose]();
    expect(await told()).toEqual([
      ['net', names(1, 2)],
      ['net', names(2, 3)],
    ]);
    expect(scheduler.pendingTimers).toBe(0);
  });

  it('a server that refuses Events harms nothing', async () => {
    const { api, events, scheduler, release, told } = setup();
    api.failNext(() => true, { code: 503 }, Infinity);
    release(1);
    await scheduler.advance(1);
    release(2);
    await scheduler.advance(5000);
    expect([await told(), events.dropped]).toEqual([[], 2]);
  });
});
