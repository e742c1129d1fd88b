import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { rtnl, type Rtnl } from '../netlink/rtnl.ts';
import type { Netns } from '../netns/netns.ts';
import { writeSysctl } from '../sysctl.ts';
import { scratch, type Scratch } from '../testing/scratch.ts';
import { openProbe } from './probe.ts';

const patience = { intervalMs: 20, timeoutMs: 200, sleep: (ms: number) => sleep(ms) };
const macA = '0a:00:00:00:00:0a';
const macB = '0a:00:00:00:00:0b';

describe('probes', () => {
  test.for([
    ['10.5.0.1', '10.5.0.2', '/24'],
    ['fd05::1', 'fd05::2', '/64'],
  ] as const)('%s and %s: owner, neighbour, announcement', async ([a, b, length]) => {
    using made = scratch();
    const { nsA, nsB, rtnlB } = await pair(made);
    using b2 = rtnlB;
    await b2.addAddress('b', `${b}${length}`, { noDad: true });
    using probe = await openProbe({ ns: nsA, link: 'a', mac: macA });
    using peer = await openProbe({ ns: nsB, link: 'b', mac: macB });

    expect(await probe.findOtherOwner(b, patience), 'an address of the peer is taken').toBe(macB);
    expect(await probe.findOtherOwner(a, { ...patience, timeoutMs: 40 }), 'a free address is not').toBeUndefined();
    using rtnlA = rtnl(nsA);
    await rtnlA.addAddress('a', `${a}${length}`, { noDad: true });
    expect(await probe.resolveNeighbour({ own: a, target: b }, patience)).toBe(macB);
    expect(await probe.resolveNeighbour({ own: a, target: `${a.slice(0, -1)}9` }, { ...patience, timeoutMs: 40 })).toBeUndefined();

    // an address that nobody has: what the peer hears can only be our announcement
    const free = `${a.slice(0, -1)}7`;
    const heard = peer.findOtherOwner(free, patience);
    await expect
      .poll(
        () => {
          probe.announceAddress(free);
          return Promise.race([heard, Promise.resolve('nothing yet')]);
        },
        { interval: 10 },
      )
      .toBe(macA);
  });

  test('a link that is gone is an error, not silence', async () => {
    using made = scratch();
    await expect(openProbe({ ns: made.netns('x'), link: 'gone', mac: macA })).rejects.toMatchObject({
      code: 'HOST_NOT_FOUND',
    });
  });

  test('questions overlap: each gets its own answer from the one socket', async () => {
    using made = scratch();
    const { nsA, rtnlB } = await pair(made);
    using b2 = rtnlB;
    const addresses = ['10.5.0.2', '10.5.0.3', 'fd05::2', 'fd05::3'];
    for (const address of addresses) await b2.addAddress('b', `${address}/${address.includes(':') ? 64 : 24}`, { noDad: true });
    using probe = await openProbe({ ns: nsA, link: 'a', mac: macA });
    const answers = await Promise.all([...addresses, '10.5.0.9'].map((address) => probe.findOtherOwner(address, patience)));
    expect(answers).toEqual([macB, macB, macB, macB, undefined]);
  });

  test('disposing ends the questions that wait, and a second time does nothing', async () => {
    using made = scratch();
    const { nsA, rtnlB } = await pair(made);
    rtnlB[Symbol.dispose]();
    const probe = await openProbe({ ns: nsA, link: 'a', mac: macA });
    const asked = probe.findOtherOwner('10.5.0.1', { ...patience, timeoutMs: 60_000 });
    probe[Symbol.dispose]();
    probe[Symbol.dispose]();
    expect(await asked).toBeUndefined();
    expect(await probe.findOtherOwner('10.5.0.1', patience)).toBeUndefined();
  });

  test('cancelled: asking stops', async () => {
    using made = scratch();
    const { nsA, rtnlB } = await pair(made);
    rtnlB[Symbol.dispose]();
    let asked = 0;
    const sleeps = { ...patience, timeoutMs: 60_000, cancelled: () => ++asked > 3 };
    using probe = await openProbe({ ns: nsA, link: 'a', mac: macA });
    expect(await probe.findOtherOwner('10.5.0.1', sleeps)).toBeUndefined();
    expect(asked).toBe(4);
  });
});

/** Two namespaces joined by a veth pair, both ends up. */
async function pair(made: Scratch): Promise<{ nsA: Netns; nsB: Netns; rtnlB: Rtnl }> {
  const [nsA, nsB] = [made.netns('a'), made.netns('b')];
  using rtnlA = rtnl(nsA);
  const rtnlB = rtnl(nsB);
  await rtnlA.addVeth({ name: 'a', mac: macA, peer: { name: 'b', mac: macB, ns: nsB } });
  writeSysctl(nsB, 'net.ipv6.conf.b.accept_dad', 0);
  writeSysctl(nsA, 'net.ipv6.conf.a.accept_dad', 0);
  await rtnlB.changeLink('b', { up: true });
  await rtnlA.changeLink('a', { up: true });
  return { nsA, nsB, rtnlB };
}
