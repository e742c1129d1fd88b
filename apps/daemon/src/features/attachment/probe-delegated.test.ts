/** On the real kernel: a pod's interface that another plugin has made, and another machine on the same link. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNetns, deleteNetns, rtnl, type Netns } from '@kube-ovn/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PodInterface } from '../../inputs/pod-interface.ts';
import { probeDelegated } from './probe-delegated.ts';

const id = randomBytes(3).toString('hex');
const MAC = { pod: '0a:00:00:00:00:0a', other: '0a:00:00:00:00:0b' };
let ns: Netns;
let otherNs: Netns;

beforeEach(async () => {
  ns = createNetns(`/run/netns/ko-d-lent-${id}`);
  otherNs = createNetns(`/run/netns/ko-d-other-${id}`);
  using others = rtnl(otherNs);
  await others.addVeth({ name: 'lan', mac: MAC.other, up: true, peer: { name: 'net1', mac: MAC.pod, ns } });
});
afterEach(() => {
  for (const each of [ns, otherNs]) {
    each[Symbol.dispose]();
    deleteNetns(each.path);
  }
});

const pod = (change: Partial<PodInterface> = {}): PodInterface => ({
  provider: 'lan.shop',
  port: 'web.shop.lan.shop',
  subnet: 'lan',
  mac: '0a:00:00:00:00:99', // the interface has its own: it is the other plugin's
  addresses: [
    { family: 4, address: '10.5.0.2', cidr: '10.5.0.0/24', gateway: '10.5.0.1' },
    { family: 6, address: 'fd05::2', cidr: 'fd05::/64', gateway: 'fd05::1' },
  ],
  isDefaultRoute: undefined,
  routes: [],
  isActivatedLater: false,
  ...change,
});
const request = (ifName = 'net1') => ({ net_ns: ns.path, if_name: ifName });
const wait = (ms: number): Promise<void> => sleep(ms);
const isUp = async (): Promise<boolean | undefined> => {
  using inside = rtnl(ns);
  return (await inside.link('net1'))?.up;
};
const give = async (prefix: string): Promise<void> => {
  using others = rtnl(otherNs);
  await others.addAddress('lan', prefix, { noDad: true });
};

describe('probeDelegated', () => {
  test.for([
    ['10.5.0.2', '10.5.0.2/24'],
    ['fd05::2', 'fd05::2/64'],
  ] as const)('%s of another machine is refused by name, and the interface is down as it was', async ([address, prefix]) => {
    await give(prefix);
    await expect(probeDelegated({ request: request(), pod: pod() }, wait)).rejects.toMatchObject({
      code: 11,
      message: `address ${address} is in use by ${MAC.other}`,
      details: expect.stringContaining(MAC.pod),
    });
    expect(await isUp()).toBe(false);
  });

  test('addresses that nobody else has are free; an interface that is up stays up', async () => {
    await give('10.5.0.3/24');
    await probeDelegated({ request: request(), pod: pod() }, wait);
    expect(await isUp()).toBe(false);
    using inside = rtnl(ns);
    await inside.changeLink('net1', { up: true });
    await inside.addAddress('net1', '10.5.0.2/24'); // asked again: its own kernel is no other machine
    await probeDelegated({ request: request(), pod: pod() }, wait);
    expect(await isUp()).toBe(true);
  });

  test('nothing is asked for a machine on its way here, or without an interface', async () => {
    await give('10.5.0.2/24');
    const waits: number[] = [];
    const listen = (ms: number): Promise<void> => Promise.resolve(void waits.push(ms));
    await probeDelegated({ request: request(), pod: pod({ isActivatedLater: true }) }, listen);
    await probeDelegated({ request: request('net9'), pod: pod() }, listen);
    expect(waits).toEqual([]);
  });

  test('a namespace that is not there is told', async () => {
    await expect(probeDelegated({ request: { ...request(), net_ns: '/run/netns/none' }, pod: pod() }, wait)).rejects.toMatchObject({
      code: 4,
    });
  });
});
