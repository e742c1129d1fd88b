import { randomBytes } from 'node:crypto';
import { createNetns, deleteNetns, type Netns, readNftTable, rtnl } from '@kube-ovn/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nicGuard } from './guard.ts';

let ns: Netns;
beforeEach(async () => {
  ns = createNetns(`/run/netns/ko-d-guard-${randomBytes(3).toString('hex')}`);
  using node = rtnl(ns);
  for (const name of ['eth1', 'eth1.5', 'eth2']) await node.addLink({ name, kind: 'ifb', up: true });
});
afterEach(() => {
  ns[Symbol.dispose]();
  deleteNetns(ns.path);
});

const guarded = async (): Promise<readonly string[] | undefined> => {
  const listing = await readNftTable({ family: 'netdev', name: 'kube-ovn-provider' }, ns);
  return listing === undefined ? undefined : [...listing.matchAll(/device "?([^" ]+)"?/g)].map(([, device = '']) => device);
};

test('guards these interfaces and no others; without any there is no table', async () => {
  const guard = nicGuard(ns);
  await guard.set([]);
  expect(await guarded()).toBeUndefined();
  await guard.set(['eth2', 'eth1.5', 'eth1']);
  expect(await guarded()).toEqual(['eth1', 'eth1.5', 'eth2']);
  await guard.free('eth1');
  expect(await guarded()).toEqual(['eth1.5', 'eth2']);
  await guard.free('eth1');
  await guard.set(['eth2']);
  expect(await guarded()).toEqual(['eth2']);
  await guard.set([]);
  expect(await guarded()).toBeUndefined();
});

test('a guard of an earlier daemon is known, and what somebody else changes is put right', async () => {
  await nicGuard(ns).set(['eth1', 'eth2']);
  const guard = nicGuard(ns);
  await guard.free('eth2');
  expect(await guarded()).toEqual(['eth1']);
  await nicGuard(ns).set(['eth2']);
  await guard.set(['eth1']);
  expect(await guarded()).toEqual(['eth1']);
});
