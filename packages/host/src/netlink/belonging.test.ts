import { describe, expect, test } from 'vitest';
import type { Netns } from '../netns/netns.ts';
import { runProgram } from '../program.ts';
import { scratch } from '../testing/scratch.ts';
import { rtnl } from './rtnl.ts';

/** What iproute2 says, so that nothing is held against our own reading of it. */
async function ip(ns: Netns, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram({ program: 'ip', debianPackage: 'iproute2', args, input: '', ns });
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** Addresses and routes of a link as `ip` shows them, with the link's name taken out. */
async function shown(ns: Netns, link: string): Promise<readonly string[]> {
  const addresses = (await ip(ns, '-o', 'address', 'show', 'dev', link, 'scope', 'global')).split('\n');
  const routes = (await Promise.all(['-4', '-6'].map((family) => ip(ns, family, 'route', 'show', 'table', 'all', 'dev', link)))).flatMap(
    (text) => text.split('\n'),
  );
  return [...addresses, ...routes]
    .filter((line) => line !== '' && !/fe80:|ff00:|^(local|broadcast|anycast|multicast) /.test(line))
    .map((line) =>
      line
        .replace(/^\d+: /, '')
        .replaceAll(link, 'LINK')
        .replaceAll(' nodad', '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .map((line) => line.replaceAll(/(valid|preferred)_lft \d+sec/g, '$1_lft N').replaceAll(/expires \d+sec/g, 'expires N'))
    .toSorted();
}

async function twoLinks(made: ReturnType<typeof scratch>): Promise<Netns> {
  const ns = made.netns('node');
  using node = rtnl(ns);
  for (const name of ['nic', 'br']) await node.addLink({ name, kind: 'ifb', up: true });
  return ns;
}

/** Everything that an administrator or a DHCP client may have set. */
const SETUP = [
  'address add 192.0.2.9/24 dev nic metric 300 valid_lft 4000 preferred_lft 3000',
  'address add 192.0.2.10/24 dev nic label nic:1',
  'address add 198.51.100.1 peer 198.51.100.2/32 dev nic',
  'address add 203.0.113.9/24 dev nic noprefixroute',
  'address add fd00:2::9/64 dev nic metric 77 nodad',
  'address add fd00:3::9/64 dev nic valid_lft 5000 preferred_lft 0 nodad',
  'route add default via 192.0.2.1 dev nic proto dhcp src 192.0.2.9 metric 100 mtu 1400 advmss 1300',
  'route add 10.9.0.0/16 via 192.0.2.2 dev nic src 192.0.2.10 metric 50',
  'route add 10.8.0.0/16 via 10.250.0.1 dev nic onlink',
  'route add 10.7.0.0/16 dev nic proto static scope link',
  'route add 10.6.0.0/16 via 192.0.2.3 dev nic table 100',
  '-6 route add default via fd00:2::1 dev nic metric 1024 pref high',
  '-6 route add fd00:9::/64 dev nic metric 5 table 100',
  '-6 route add fd00:7::/64 nexthop via fd00:2::1 dev nic nexthop via fd00:2::2 dev nic',
  '-6 route add fd00:8::/64 via fd00:2::1 dev nic expires 600',
];

async function carry(ns: Netns, from: string, to: string): Promise<void> {
  using node = rtnl(ns);
  const { items } = await node.belongings(from);
  for (const item of items) await node.addBelonging(to, item);
  for (const item of items) expect(await node.addBelonging(to, item)).toBe(false);
  for (const item of items.toReversed()) expect(await node.deleteBelonging(from, item)).toBe(true);
  for (const item of items) expect(await node.deleteBelonging(from, item)).toBe(false);
}

describe('what belongs to a link', () => {
  test('goes to another link with all its attributes, and comes back', async () => {
    using made = scratch();
    const ns = await twoLinks(made);
    for (const command of SETUP) await ip(ns, ...command.split(' '));
    const before = await shown(ns, 'nic');
    expect(before.length).toBeGreaterThan(16);
    await carry(ns, 'nic', 'br');
    expect([await shown(ns, 'nic'), await shown(ns, 'br')]).toEqual([[], before]);
    await carry(ns, 'br', 'nic');
    expect([await shown(ns, 'nic'), await shown(ns, 'br')]).toEqual([before, []]);
  });

  test('a route of another link to the same destination stays', async () => {
    using made = scratch();
    const ns = await twoLinks(made);
    using node = rtnl(ns);
    await node.addLink({ name: 'other', kind: 'ifb', up: true });
    for (const link of ['other', 'nic']) {
      await ip(ns, 'address', 'add', `10.${link.length}.0.1/24`, 'dev', link);
      await ip(ns, 'route', 'append', 'default', 'via', `10.${link.length}.0.254`, 'dev', link);
    }
    await carry(ns, 'nic', 'br');
    expect((await shown(ns, 'other')).join('\n')).toContain('default via 10.5.0.254');
    expect((await shown(ns, 'br')).join('\n')).toContain('default via 10.3.0.254');
  });

  test.for([
    [
      'a route with several next hops',
      ['route add 10.9.0.0/16 nexthop via 192.0.2.1 dev nic nexthop via 192.0.2.2 dev nic'],
      'route 10.9.0.0/16',
    ],
    [
      'one of IPv6 whose next hops weigh differently',
      ['-6 route add fd00:9::/64 nexthop via fd00:2::1 dev nic weight 2 nexthop via fd00:2::2 dev nic'],
      'route fd00:9::/64 metric 1024',
    ],
    ['a next hop object', ['nexthop add id 7 via 192.0.2.1 dev nic', 'route add 10.9.0.0/16 nhid 7'], 'route 10.9.0.0/16 via 192.0.2.1'],
  ] as const)('%s is named as what can not go', async ([, commands, expected]) => {
    using made = scratch();
    const ns = await twoLinks(made);
    for (const command of ['address add 192.0.2.9/24 dev nic', 'address add fd00:2::9/64 dev nic nodad', ...commands])
      await ip(ns, ...command.split(' '));
    using node = rtnl(ns);
    expect((await node.belongings('nic')).fixed).toEqual([expected]);
    expect((await node.belongings('br')).fixed).toEqual([]);
  });
});
