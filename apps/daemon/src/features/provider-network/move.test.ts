import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNetns, deleteNetns, type Netns, rtnl } from '@kube-ovn/host';
import { MoveFailure, moveNetwork, type MovingRtnl } from './move.ts';

let ns: Netns;
beforeEach(async () => {
  ns = createNetns(`/run/netns/ko-d-move-${randomBytes(3).toString('hex')}`);
  using node = rtnl(ns);
  for (const name of ['nic', 'bridge']) await node.addLink({ name, kind: 'ifb', up: true });
  for (const prefix of ['192.0.2.9/24', '192.0.2.10/24']) await node.addAddress('nic', prefix);
  await node.addAddress('nic', 'fd00:2::9/64', { noDad: true });
  await node.replaceRoute({ dst: '0.0.0.0/0', via: '192.0.2.1', link: 'nic' });
  await node.replaceRoute({ dst: '10.9.0.0/16', via: '192.0.2.2', link: 'nic', src: '192.0.2.10', metric: 50 });
  await node.replaceRoute({ dst: '::/0', via: 'fd00:2::1', link: 'nic', metric: 1024 });
});
afterEach(() => {
  ns[Symbol.dispose]();
  deleteNetns(ns.path);
});

/** All that matters of one link, as text. */
const network = async (link: string): Promise<readonly string[]> => {
  using node = rtnl(ns);
  const index = (await node.link(link))?.index;
  const addresses = (await node.addresses(link)).filter(({ scope }) => scope === 0).map(({ prefix }) => prefix);
  const routes = (await node.routes()).filter((route) => route.index === index && route.protocol === 4);
  return [...addresses, ...routes.map(({ dst, via, src, metric }) => [dst, via, src ?? '', metric].join(' '))].toSorted();
};

test('addresses and routes of both families go over, and come back as they were', async () => {
  using node = rtnl(ns);
  const before = await network('nic');
  expect(before).toHaveLength(6);
  expect(await moveNetwork(node, { from: 'nic', to: 'bridge' })).toBe(6);
  expect([await network('nic'), await network('bridge')]).toEqual([[], before]);
  expect(await moveNetwork(node, { from: 'nic', to: 'bridge' }), 'nothing is left to move').toBe(0);
  await moveNetwork(node, { from: 'bridge', to: 'nic' });
  expect([await network('nic'), await network('bridge')]).toEqual([before, []]);
});

/** Fails at those calls that change something and that `fails` names, counted from 1. */
function failing(node: MovingRtnl, fails: (call: number) => boolean): MovingRtnl {
  let calls = 0;
  const counted = <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) => {
    return async (...args) => {
      calls += 1;
      if (fails(calls)) throw new Error(`call ${calls}`);
      return work(...args);
    };
  };
  return { ...node, addBelonging: counted(node.addBelonging), deleteBelonging: counted(node.deleteBelonging) };
}

// 6 are added, 6 deleted, 6 made sure of
test.for(Array.from({ length: 18 }, (_, index) => index + 1))('when call %i fails, everything is where it was', async (call) => {
  using node = rtnl(ns);
  const before = await network('nic');
  const fails = failing(node, (each) => each === call);
  await expect(moveNetwork(fails, { from: 'nic', to: 'bridge' })).rejects.toThrow(`call ${call}`);
  expect([await network('nic'), await network('bridge')]).toEqual([before, []]);
});

test('what an earlier run has moved goes back too', async () => {
  using node = rtnl(ns);
  const before = await network('nic');
  const { items } = await node.belongings('nic');
  for (const item of items) await node.addBelonging('bridge', item);
  for (const item of items.slice(-2)) await node.deleteBelonging('nic', item);
  const fails = failing(node, (each) => each === 7);
  await expect(moveNetwork(fails, { from: 'nic', to: 'bridge' })).rejects.toThrow('call 7');
  expect([await network('nic'), await network('bridge')]).toEqual([before, []]);
});

test('when the way back fails too, both reasons are told, and nothing is lost', async () => {
  using node = rtnl(ns);
  const before = await network('nic');
  const fails = failing(node, (each) => each === 8 || each === 10);
  const failure: unknown = await moveNetwork(fails, { from: 'nic', to: 'bridge' }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(MoveFailure);
  expect(failure).toMatchObject({ message: 'call 8; and the way back to nic failed: call 10' });
  expect([...new Set([...(await network('nic')), ...(await network('bridge'))])].toSorted()).toEqual(before);
  await moveNetwork(node, { from: 'bridge', to: 'nic' });
  expect([await network('nic'), await network('bridge')]).toEqual([before, []]);
});

test('a move that was broken off without undoing is brought to its end', async () => {
  using node = rtnl(ns);
  const before = await network('nic');
  const { items } = await node.belongings('nic');
  for (const item of items) await node.addBelonging('bridge', item);
  for (const item of items.slice(-2)) await node.deleteBelonging('nic', item);
  await moveNetwork(node, { from: 'nic', to: 'bridge' });
  expect([await network('nic'), await network('bridge')]).toEqual([[], before]);
});
