import { FINALIZER, type IP } from '@kube-ovn/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World } from '../../test/support/allocation-world.ts';

describe('Allocation', () => {
  it('writes the address down before anybody hears of it', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    expect(world.allocator.lease('a')?.v4).toBe('10.0.0.2');
    expect(world.leases.has('a')).toBe(false);
    world.journal.pending.splice(0).forEach(({ finish }) => finish());
    await world.scheduler.drainMicrotasks();
    expect(world.leases.peek('a')?.v4).toBe('10.0.0.2');
    expect(world.journal.find('a')?.metadata.finalizers).toEqual([FINALIZER]);
  });

  it('one slow write keeps nobody else waiting', async () => {
    const world = new World();
    world.allocation.start([]);
    for (const name of ['slow', 'quick']) world.demand(name);
    world.journal.pending.find(({ name }) => name === 'quick')?.finish();
    await world.scheduler.drainMicrotasks();
    expect([...world.leases.keys()]).toEqual(['quick']);
  });

  it('a failed write is tried again with the same address, and told', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    world.journal.pending.splice(0).forEach(({ fail }) => fail());
    await world.scheduler.drainMicrotasks();
    expect([world.failures, world.leases.has('a')]).toEqual([['a'], false]);
    await world.settle();
    expect(world.leases.peek('a')?.v4).toBe('10.0.0.2');
  });

  it('gives an address back only when OVN has no port and the journal no entry', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    await world.settle();
    world.demands.delete('a');
    await world.scheduler.advance(50);
    expect(world.journal.pending).toEqual([]); // the port is still there
    world.ports.delete('a');
    await world.scheduler.advance(50);
    expect(world.allocator.lease('a')).toBeDefined(); // the entry is being erased
    await world.settle();
    expect([world.allocator.lease('a'), world.leases.has('a'), world.journal.find('a')]).toEqual([undefined, false, undefined]);
  });

  it('tells once who had an address, when it is free, however often the write is tried', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    await world.settle();
    const entry = world.journal.find('a');
    world.demands.delete('a');
    world.ports.delete('a');
    await world.scheduler.drainMicrotasks();
    world.journal.entries.delete('a'); // it was erased, and the answer is lost
    world.journal.pending.splice(0).forEach(({ fail }) => fail());
    await world.scheduler.drainMicrotasks();
    expect(world.released).toEqual([]);
    await world.settle();
    expect(world.released).toEqual([{ lease: expect.objectContaining({ v4: '10.0.0.2' }), podType: '', entry, demand: undefined }]);
  });

  it('what ends after its term is told; what another leader has given back is not', async () => {
    const world = new World();
    world.allocation.start([]);
    for (const name of ['a', 'b']) world.demand(name);
    await world.settle();
    for (const name of ['a', 'b']) world.demands.delete(name);
    world.journal.entries.delete('b');
    for (const name of ['a', 'b']) world.ports.delete(name);
    await world.scheduler.advance(100);
    world.allocation[Symbol.dispose]();
    world.journal.pending.splice(0).forEach(({ finish }) => finish());
    await world.scheduler.drainMicrotasks();
    expect(world.released.map(({ lease }) => lease.owner)).toEqual(['a']);
  });

  it('an address whose port may be on its way to OVN stays taken', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    world.journal.pending.splice(0).forEach(({ finish }) => finish());
    await world.scheduler.drainMicrotasks();
    world.isPortSettled = false; // a transaction with the port is in flight
    world.demands.delete('a');
    await world.scheduler.advance(5000);
    expect(world.allocator.lease('a')).toBeDefined();
    world.isPortSettled = true;
    await world.settle();
    expect(world.allocator.lease('a')).toBeUndefined();
  });

  it('an exhausted Subnet refuses with its numbers, and the next free address goes to who waits', async () => {
    const world = new World('10.0.0.0/30');
    world.allocation.start([]);
    world.demand('first');
    world.demand('waits');
    await world.settle();
    expect(world.refusals.peek('waits')).toMatchObject({ code: 'IPAM_EXHAUSTED' });
    expect(world.usage.peek('s')?.v4).toMatchObject({ using: 1n, available: 0n });
    world.demands.delete('first');
    await world.settle();
    expect(world.leases.peek('waits')?.v4).toBe('10.0.0.2');
    expect(world.refusals.size).toBe(0);
  });

  it('a later pod of the same name takes the lease over when it asks for nothing else, and another when it does', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    await world.settle();
    world.demand('a', { node: 'n2' }, 'later');
    await world.settle();
    expect(world.leases.peek('a')).toMatchObject({ v4: '10.0.0.2', node: 'n2', holder: { uid: 'later' } });
    expect(world.journal.find('a')?.spec.nodeName).toBe('n2');
    world.demand('a', { addresses: { v4: '10.0.0.6' } }, 'later still');
    await world.settle();
    expect(world.leases.peek('a')?.v4).toBe('10.0.0.6');
  });

  it('a living pod keeps its address whatever its annotations become', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    await world.settle();
    world.demand('a', { addresses: { v4: '10.0.0.6' }, subnets: ['other'] });
    await world.settle();
    expect(world.leases.peek('a')?.v4).toBe('10.0.0.2');
  });

  it('a retained lease stays without a demand', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    await world.settle();
    world.retained.set('a', true);
    world.demands.delete('a');
    await world.settle();
    expect(world.allocator.lease('a')?.v4).toBe('10.0.0.2');
    world.retained.delete('a');
    await world.settle();
    expect(world.allocator.lease('a')).toBeUndefined();
  });

  it('a Subnet that is being deleted gives nothing new and keeps what it gave', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    await world.settle();
    world.subnets.set('s', { config: { name: 's', cidr: '10.0.0.0/29' }, isOpen: false, isKept: true });
    world.demand('b');
    await world.settle();
    expect([world.leases.has('a'), world.leases.has('b')]).toEqual([true, false]);
    expect(world.refusals.peek('b')?.message).toContain('being deleted');
  });

  it('a Subnet that may go at any moment gives nothing: who asks waits without a word, and has an address once it is kept', async () => {
    const world = new World();
    world.allocation.start([]);
    const config = { name: 't', cidr: '10.9.0.0/29' };
    world.subnets.set('t', { config, isOpen: true, isKept: false });
    world.demand('a', { subnets: ['t'] });
    world.demand('b', { subnets: ['t', 's'] });
    await world.settle();
    expect(world.journal.pending).toEqual([]);
    expect([world.leases.has('a'), world.holds.has('a'), world.refusals.size]).toEqual([false, false, 0]);
    expect(world.leases.peek('b')?.subnet).toBe('s'); // whom another serves need not wait
    world.subnets.set('t', { config, isOpen: true, isKept: true });
    await world.scheduler.drainMicrotasks();
    expect(world.holds.peek('a')).toBe('t');
    await world.settle();
    expect(world.leases.peek('a')?.v4).toBe('10.9.0.2');
  });

  it('a Subnet that is deleted before it was kept refuses who waited for it', async () => {
    const world = new World();
    world.allocation.start([]);
    const config = { name: 't', cidr: '10.9.0.0/29' };
    world.subnets.set('t', { config, isOpen: true, isKept: false });
    world.demand('a', { subnets: ['t'] });
    await world.settle();
    world.subnets.set('t', { config, isOpen: false, isKept: false });
    await world.settle();
    expect(world.refusals.peek('a')?.message).toContain('being deleted');
    world.subnets.delete('t');
    await world.settle();
    expect(world.refusals.peek('a')?.code).toBe('IPAM_NO_SUBNET');
  });

  it('what a Subnet has given stays when it is not kept any more', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    await world.settle();
    world.subnets.set('s', { config: { name: 's', cidr: '10.0.0.0/29' }, isOpen: true, isKept: false });
    world.demand('a', { node: 'n2' });
    await world.settle();
    expect(world.leases.peek('a')).toMatchObject({ v4: '10.0.0.2', node: 'n2' });
  });

  it('a Subnet counts as used from before an address is written down until after it is erased', async () => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a');
    expect([world.holds.peek('a'), world.leases.has('a')]).toEqual(['s', false]);
    await world.settle();
    world.demands.delete('a');
    world.ports.delete('a');
    await world.scheduler.advance(50);
    expect([world.holds.peek('a'), world.leases.has('a')]).toEqual(['s', false]);
    await world.settle();
    expect(world.holds.size).toBe(0);
  });

  const told = async (uid = 'u'): Promise<World> => {
    const world = new World();
    world.allocation.start([]);
    world.demand('a', {}, uid);
    await world.settle();
    return world;
  };

  it('an IP object that is on its way out serves the pod that it was for, and no later one of that name', async () => {
    const world = await told('first');
    const entry = world.journal.find('a') as IP;
    world.journal.entries.set('a', { ...entry, metadata: { ...entry.metadata, deletionTimestamp: 'now' } });
    await world.settle();
    expect(world.leases.peek('a')?.holder.uid).toBe('first');
    world.demand('a', {}, 'later');
    expect(world.leases.has('a')).toBe(false);
    expect(world.allocator.lease('a')).toBeDefined(); // the port is still there
    await world.settle();
    expect(world.leases.peek('a')?.holder.uid).toBe('later');
    expect(world.journal.find('a')?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('an IP object that comes back without its pod is held, and given back', async () => {
    const world = await told();
    const entry = world.journal.find('a') as IP;
    world.demands.delete('a');
    await world.settle();
    world.ports.set('a', '10.0.0.2'); // OVN was set back too
    world.journal.entries.set('a', entry);
    await world.scheduler.advance(50);
    expect([world.allocator.holder('s', '10.0.0.2'), world.journal.pending]).toEqual(['a', []]);
    await world.settle();
    expect([world.allocator.lease('a'), world.journal.find('a'), world.holds.size]).toEqual([undefined, undefined, 0]);
  });

  it("one that comes back when its address is another pod's is erased, and the other pod keeps the address", async () => {
    const world = await told();
    const entry = world.journal.find('a') as IP;
    world.demands.delete('a');
    await world.settle();
    world.demand('b', { addresses: { v4: '10.0.0.2' } });
    await world.settle();
    world.journal.entries.set('a', entry);
    await world.settle();
    expect(world.journal.find('a')).toBeUndefined();
    expect([world.allocator.holder('s', '10.0.0.2'), world.leases.peek('b')?.v4]).toEqual(['b', '10.0.0.2']);
  });

  it.each<[string, (entry: IP) => IP]>([
    ['made by a user', (entry) => ({ ...entry, metadata: { ...entry.metadata, finalizers: [] } })],
    ['marked to stay', (entry) => ({ ...entry, metadata: { ...entry.metadata, labels: { 'ovn.kubernetes.io/ip_reserved': 'true' } } })],
  ])('an IP object without a pod that was %s stays', async (_name, change) => {
    const world = await told();
    const entry = change(world.journal.find('a') as IP);
    world.demands.delete('a');
    await world.settle();
    world.journal.entries.set('a', entry);
    await world.settle();
    expect([world.journal.find('a')?.spec.v4IpAddress, world.allocator.holder('s', '10.0.0.2')]).toEqual(['10.0.0.2', 'a']);
  });

  it('an IP object of a StatefulSet that will make its pod again stays', async () => {
    const world = await told();
    const entry = world.journal.find('a') as IP;
    world.demands.delete('a');
    await world.settle();
    world.retained.set('a', true);
    world.journal.entries.set('a', entry);
    await world.settle();
    expect(world.allocator.holder('s', '10.0.0.2')).toBe('a');
  });

  it('law: no address has two holders at any moment, none is lost, and in the end who can have one has one', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('demand' as const),
        name,
        uid: fc.constantFrom('1', '2'),
        address: fc.option(fc.constantFrom('10.0.0.2', '10.0.0.3'), { nil: undefined }),
      }),
      fc.record({ kind: fc.constant('withdraw' as const), name }),
      fc.record({ kind: fc.constantFrom('finish' as const, 'fail' as const), index: fc.nat(5) }),
      fc.record({ kind: fc.constantFrom('follow' as const, 'wait' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const world = new World();
        world.allocation.start([]);
        const check = (): void => {
          const held = [...world.leases.entries()].map(([, { v4 }]) => v4);
          expect(new Set(held).size).toBe(held.length);
          // whatever the journal or OVN knows is taken in memory
          for (const [owner, ip] of world.journal.entries.entries())
            expect(world.allocator.holder('s', ip.spec.v4IpAddress ?? '')).toBe(owner);
          for (const [owner, v4] of world.ports.entries()) expect(world.allocator.holder('s', v4)).toBe(owner);
          for (const [owner] of world.leases.entries()) expect(world.journal.find(owner)).toBeDefined();
        };
        for (const each of steps) {
          if (each.kind === 'demand')
            world.demand(each.name, each.address === undefined ? {} : { addresses: { v4: each.address } }, each.uid);
          else if (each.kind === 'withdraw') world.demands.delete(each.name);
          else if (each.kind === 'follow') world.follow();
          else if (each.kind === 'wait') await world.scheduler.advance(300);
          else if ('index' in each) {
            const [write] = world.journal.pending.splice(each.index % Math.max(1, world.journal.pending.length), 1);
            write?.[each.kind]();
          }
          await world.scheduler.drainMicrotasks();
          check();
        }
        await world.settle();
        check();
        for (const owner of world.demands.keys()) expect(world.leases.has(owner) || world.refusals.has(owner)).toBe(true);
        expect(new Set(world.allocator.snapshot().map(({ owner }) => owner))).toEqual(new Set(world.leases.keys()));
        expect([...world.leases.keys()].filter((owner) => !world.demands.has(owner))).toEqual([]);
        expect(world.scheduler.pendingTimers).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
