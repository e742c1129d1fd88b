import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World } from '../../test/support/allocation-world.ts';
import type { AddressDemand } from './demand.ts';

/** Two interfaces of one pod: `<pod>` in Subnet s, `<pod>.net1` in Subnet t. */
function demandPair(world: World, pod: string, uid = 'u', more: Partial<AddressDemand> = {}): void {
  const together = [pod, `${pod}.net1`];
  world.demand(pod, { together, ...more }, uid);
  world.demand(`${pod}.net1`, { together, subnets: ['t'] }, uid);
}

function withdrawPair(world: World, pod: string): void {
  world.demands.delete(pod);
  world.demands.delete(`${pod}.net1`);
}

/** Subnet s has five addresses, Subnet t one. */
function worldOfTwo(): World {
  const world = new World();
  world.subnets.set('t', { config: { name: 't', cidr: '10.9.0.0/30' }, isOpen: true, isKept: true });
  return world;
}

function held(world: World): readonly string[] {
  const names: string[] = [...world.leases.keys()];
  return names.toSorted();
}

describe('interfaces that belong together', () => {
  it('get their addresses in one step', async () => {
    const world = worldOfTwo();
    world.allocation.start([]);
    demandPair(world, 'a');
    expect(world.journal.pending.map(({ name }) => name)).toEqual(['a', 'a.net1']);
    await world.settle();
    expect(held(world)).toEqual(['a', 'a.net1']);
  });

  it('get none while one of them is refused, and all when its Subnet has room', async () => {
    const world = worldOfTwo();
    world.allocation.start([]);
    world.demand('other', { subnets: ['t'] });
    demandPair(world, 'a');
    await world.settle();
    expect([held(world), world.allocator.lease('a')]).toEqual([['other'], undefined]);
    expect([...world.refusals.keys()]).toEqual(['a.net1']);
    expect(world.refusals.peek('a.net1')).toMatchObject({ code: 'IPAM_EXHAUSTED', message: expect.stringContaining('t') });
    world.demands.delete('other');
    await world.settle();
    expect([held(world), world.refusals.size]).toEqual([['a', 'a.net1'], 0]);
  });

  it('wait together for a Subnet that may go at any moment; what one of them has it keeps', async () => {
    const world = worldOfTwo();
    world.allocation.start([]);
    const config = { name: 't', cidr: '10.9.0.0/30' };
    world.subnets.set('t', { config, isOpen: true, isKept: false });
    world.demand('b');
    await world.settle();
    demandPair(world, 'a');
    demandPair(world, 'b');
    await world.settle();
    expect([held(world), world.refusals.size]).toEqual([['b'], 0]);
    world.demands.delete('b');
    world.demands.delete('b.net1');
    world.subnets.set('t', { config, isOpen: true, isKept: true });
    await world.settle();
    expect(held(world)).toEqual(['a', 'a.net1']);
  });

  it('give back what an IP object of a pod before them still says, while one of them is refused', async () => {
    const world = worldOfTwo();
    world.allocation.start([]);
    demandPair(world, 'a', 'former');
    await world.settle();
    const entry = world.journal.find('a');
    withdrawPair(world, 'a');
    await world.settle();
    world.demand('other', { subnets: ['t'] });
    demandPair(world, 'a');
    await world.settle();
    if (entry === undefined) throw new Error('the former pod had no IP object');
    world.journal.entries.set('a', entry);
    await world.settle();
    expect([held(world), [...world.journal.entries.keys()], world.allocator.lease('a')]).toEqual([['other'], ['other'], undefined]);
    world.demands.delete('other');
    await world.settle();
    expect(held(world)).toEqual(['a', 'a.net1']);
  });

  it('are told what follows from the addresses that are free, whichever of them was refused first', async () => {
    const world = worldOfTwo();
    world.allocation.start([]);
    const pins = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'];
    const fill = (v4: string): void => world.demand(v4, { addresses: { v4 } });
    pins.forEach(fill);
    world.demand('other', { subnets: ['t'] });
    demandPair(world, 'a');
    await world.settle();
    expect([...world.refusals.keys()]).toEqual(['a']); // both Subnets are full
    world.demands.delete('10.0.0.2');
    await world.settle();
    expect([...world.refusals.keys()]).toEqual(['a.net1']);
    fill('10.0.0.2');
    await world.settle();
    expect([...world.refusals.keys()]).toEqual(['a']); // as a controller that starts now would say
  });

  it('give back what one of them has from before a crash, while the other is refused', async () => {
    const world = worldOfTwo();
    world.allocation.start([]);
    demandPair(world, 'a');
    world.journal.pending.find(({ name }) => name === 'a')?.finish();
    await world.scheduler.drainMicrotasks();
    const entry = world.journal.find('a');
    world.allocation[Symbol.dispose](); // the crash: one of two entries is written

    const next = worldOfTwo();
    if (entry !== undefined) next.journal.entries.set('a', entry);
    const lease = { owner: 'a', subnet: 's', v4: '10.0.0.2', mac: entry?.spec.macAddress ?? '', node: 'n' };
    const holder = { kind: 'Pod', namespace: 'shop', name: 'a', uid: 'u' } as const;
    next.allocator.setSubnet({ name: 's', cidr: '10.0.0.0/29' });
    next.allocator.restore([lease]);
    next.demand('other', { subnets: ['t'] });
    next.allocation.start([{ lease: { ...lease, holder }, podType: '', alsoHeldAs: [] }]);
    await next.settle();
    demandPair(next, 'a');
    await next.settle();
    expect([held(next), next.journal.find('a'), next.allocator.lease('a')]).toEqual([['other'], undefined, undefined]);
    next.demands.delete('other');
    await next.settle();
    expect(held(next)).toEqual(['a', 'a.net1']);
  });

  it('keep what outlives the pod', async () => {
    const world = worldOfTwo();
    world.allocation.start([]);
    world.demand('a', { podType: 'StatefulSet' });
    await world.settle();
    world.retained.set('a', true);
    world.demand('other', { subnets: ['t'] });
    await world.settle();
    demandPair(world, 'a', 'later', { podType: 'StatefulSet' });
    await world.settle();
    expect(world.allocator.lease('a')?.v4).toBe('10.0.0.2');
    expect(world.refusals.has('a.net1')).toBe(true);
  });

  it('each of a pod that runs is by itself', async () => {
    const world = worldOfTwo();
    world.allocation.start([]);
    world.demand('other', { subnets: ['t'] });
    world.demand('a');
    world.demand('a.net1', { subnets: ['t'] });
    await world.settle();
    expect(held(world)).toEqual(['a', 'other']);
  });

  it('law: whatever fails and whoever comes and goes, in the end a pod has all of its addresses or none', async () => {
    const pod = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('demand' as const), pod, uid: fc.constantFrom('1', '2') }),
      fc.record({ kind: fc.constant('withdraw' as const), pod }),
      fc.record({ kind: fc.constantFrom('finish' as const, 'fail' as const), index: fc.nat(5) }),
      fc.record({ kind: fc.constantFrom('follow' as const, 'wait' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50, size: 'max' }), async (steps) => {
        const world = worldOfTwo();
        world.allocation.start([]);
        for (const each of steps) {
          if (each.kind === 'demand') demandPair(world, each.pod, each.uid);
          else if (each.kind === 'withdraw') withdrawPair(world, each.pod);
          else if (each.kind === 'follow') world.follow();
          else if (each.kind === 'wait') await world.scheduler.advance(300);
          else if ('index' in each) {
            const [write] = world.journal.pending.splice(each.index % Math.max(1, world.journal.pending.length), 1);
            write?.[each.kind]();
          }
          await world.scheduler.drainMicrotasks();
        }
        await world.settle();
        const wanting = ['a', 'b', 'c'].filter((name) => world.demands.has(name));
        const whole = wanting.filter((name) => world.leases.has(name) && world.leases.has(`${name}.net1`));
        // Subnet t has one address: one pod of those that ask is served, and the others have nothing at all.
        expect(whole.length).toBe(Math.min(1, wanting.length));
        expect(held(world)).toEqual(whole.flatMap((name) => [name, `${name}.net1`]));
        expect(
          world.allocator
            .snapshot()
            .map(({ owner }) => owner)
            .toSorted(),
        ).toEqual(held(world));
        expect(world.refusals.size).toBe(wanting.length - whole.length);
        expect(world.scheduler.pendingTimers).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
