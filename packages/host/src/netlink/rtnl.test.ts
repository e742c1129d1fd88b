import { describe, expect, test } from 'vitest';
import { inNetns } from '../netns/netns.ts';
import { readTxChecksumOffload, writeTxChecksumOffload } from '../ethtool.ts';
import { readSysctl, writeSysctl } from '../sysctl.ts';
import { scratch } from '../testing/scratch.ts';
import { rtnl } from './rtnl.ts';

describe('rtnetlink', () => {
  test('addVeth: the peer is born in its own namespace with name, MAC and MTU', async () => {
    using made = scratch();
    const [node, pod] = [made.netns('node'), made.netns('pod')];
    using host = rtnl(node);
    using inside = rtnl(pod);
    await host.addVeth({ name: 'v0', mtuBytes: 1400, peer: { name: 'eth0', mac: '0a:00:00:00:00:02', mtuBytes: 1400, ns: pod } });
    expect(await inside.link('eth0')).toMatchObject({ name: 'eth0', mac: '0a:00:00:00:00:02', mtuBytes: 1400, kind: 'veth', up: false });
    expect(await host.link('eth0')).toBeUndefined();
    expect((await host.link('v0'))?.peerIndex).toBe((await inside.link('eth0'))?.index);
  });

  test('a pod interface: addresses, routes and a change of the link', async () => {
    using made = scratch();
    const [node, pod] = [made.netns('node'), made.netns('pod')];
    using host = rtnl(node);
    using inside = rtnl(pod);
    await host.addVeth({ name: 'v0', up: true, peer: { name: 'eth0', ns: pod } });
    await inside.changeLink('eth0', { mac: '0a:00:00:00:00:03', mtuBytes: 1342, up: true });
    expect(await inside.addAddress('eth0', '10.16.0.5/16')).toBe(true);
    expect(await inside.addAddress('eth0', '10.16.0.5/16')).toBe(false);
    expect(await inside.addAddress('eth0', 'fd00:10:16::5/64', { noDad: true })).toBe(true);
    const addresses = await inside.addresses('eth0');
    expect(addresses.map((address) => address.prefix)).toEqual(expect.arrayContaining(['10.16.0.5/16', 'fd00:10:16::5/64']));
    expect(addresses.find((address) => address.prefix === 'fd00:10:16::5/64')).toMatchObject({ tentative: false, dadFailed: false });

    await inside.replaceRoute({ dst: '0.0.0.0/0', via: '10.16.0.1', link: 'eth0' });
    await inside.replaceRoute({ dst: '::/0', via: 'fd00:10:16::1', link: 'eth0' });
    await inside.replaceRoute({ dst: '0.0.0.0/0', via: '10.16.0.254', link: 'eth0' });
    const defaults = (await inside.routes()).filter((route) => route.dst === '0.0.0.0/0' || route.dst === '::/0');
    expect(new Set(defaults.map((route) => route.via))).toEqual(new Set(['10.16.0.254', 'fd00:10:16::1']));
    expect(await inside.deleteRoute({ dst: '0.0.0.0/0', via: '10.16.0.254', link: 'eth0' })).toBe(true);
    expect(await inside.deleteRoute({ dst: '0.0.0.0/0', via: '10.16.0.254', link: 'eth0' })).toBe(false);

    expect(await inside.deleteAddress('eth0', '10.16.0.5/16')).toBe(true);
    expect(await inside.deleteAddress('eth0', '10.16.0.5/16')).toBe(false);
    expect(await inside.link('eth0')).toMatchObject({ mac: '0a:00:00:00:00:03', mtuBytes: 1342, up: true });
  });

  test('a table of its own: a next hop without a link, what it does not answer for, and what it refuses', async () => {
    using made = scratch();
    using host = rtnl(made.netns('node'));
    await host.addLink({ name: 'd0', kind: 'ifb', up: true });
    await host.addAddress('d0', '10.9.0.1/24');
    await host.addAddress('d0', 'fd00:9::1/64', { noDad: true });
    const ours = { table: 5000, protocol: 75 };
    const wanted = [
      { dst: '0.0.0.0/0', via: '10.9.0.254', ...ours },
      { dst: '::/0', via: 'fd00:9::254', ...ours },
      { dst: '0.0.0.0/0', type: 'unreachable', metric: 4000, ...ours },
      { dst: '::/0', type: 'unreachable', metric: 4000, ...ours },
      { dst: '10.16.0.0/16', type: 'throw', ...ours },
      { dst: 'fd00:10:16::/64', type: 'throw', ...ours },
    ] as const;
    for (const route of wanted) await host.replaceRoute(route);
    const shown = (routes: readonly { type?: string; dst: string; via?: string | undefined }[]): readonly string[] =>
      routes.map(({ type = 'unicast', dst, via }) => [type, dst, via].join(' ')).toSorted((a, b) => (a < b ? -1 : 1));
    expect(shown(await host.routes(5000))).toEqual(shown(wanted));
    const all = await host.routes('all');
    expect(all.filter(({ protocol }) => protocol === 75)).toHaveLength(wanted.length);
    expect(all.some(({ table }) => table !== 5000)).toBe(true);
    for (const route of wanted) expect(await host.deleteRoute(route)).toBe(true);
    expect(await host.routes(5000)).toEqual([]);
  });

  test('deletions are idempotent, failures name the object', async () => {
    using made = scratch();
    using host = rtnl(made.netns('node'));
    expect(await host.deleteLink('nope')).toBe(false);
    await host.addLink({ name: 'd0', kind: 'ifb', up: true });
    await expect(host.addLink({ name: 'd0', kind: 'ifb' })).rejects.toMatchObject({ code: 'HOST_EXISTS', object: 'link d0' });
    await expect(host.replaceRoute({ dst: '10.1.0.0/16', via: '10.9.9.9', link: 'd0' })).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      object: 'route 10.1.0.0/16 via 10.9.9.9 dev d0',
    });
    await expect(host.addAddress('absent', '10.1.0.1/16')).rejects.toMatchObject({ code: 'HOST_NOT_FOUND', object: 'link absent' });
    await expect(host.addLink({ name: 'a-name-that-is-too-long', kind: 'ifb' })).rejects.toMatchObject({ code: 'HOST_INVALID' });
    expect(await host.deleteLink('d0')).toBe(true);
  });

  test('bridge membership, neighbours and rules', async () => {
    using made = scratch();
    using host = rtnl(made.netns('node'));
    await host.addLink({ name: 'br', kind: 'bridge', up: true });
    await host.addLink({ name: 'd0', kind: 'ifb', up: true });
    await host.changeLink('d0', { master: 'br' });
    expect((await host.link('d0'))?.master).toBe((await host.link('br'))?.index);
    await host.changeLink('d0', { master: null });
    expect((await host.link('d0'))?.master).toBeUndefined();

    await host.setNeighbour('d0', { address: '10.1.0.9', mac: '0a:00:00:00:00:09' });
    expect(await host.neighbours('d0')).toContainEqual(
      expect.objectContaining({ address: '10.1.0.9', mac: '0a:00:00:00:00:09', permanent: true }),
    );
    expect(await host.deleteNeighbour('d0', '10.1.0.9')).toBe(true);

    const rule = { family: 4, priority: 1000, table: 5000, from: '10.1.0.0/16' } as const;
    expect(await host.addRule(rule)).toBe(true);
    expect(await host.addRule(rule)).toBe(false);
    expect(await host.rules()).toContainEqual(rule);
    expect(await host.deleteRule(rule)).toBe(true);
    expect(await host.deleteRule(rule)).toBe(false);
  });

  test('many concurrent calls on one socket are served one by one', async () => {
    using made = scratch();
    using host = rtnl(made.netns('node'));
    await host.addLink({ name: 'd0', kind: 'ifb', up: true });
    const prefixes = Array.from({ length: 200 }, (_, i) => `10.7.${i}.1/24`);
    await Promise.all([
      ...prefixes.map((prefix) => host.addAddress('d0', prefix)),
      ...prefixes.slice(0, 20).map(() => host.addresses('d0')),
    ]);
    expect((await host.addresses('d0')).filter((address) => address.prefix.startsWith('10.7.'))).toHaveLength(prefixes.length);
  });

  test('a disposed socket refuses further calls', async () => {
    using made = scratch();
    const host = rtnl(made.netns('node'));
    host[Symbol.dispose]();
    host[Symbol.dispose]();
    await expect(host.links()).rejects.toMatchObject({ code: 'HOST_INVALID' });
  });
});

describe('sysctl and offload', () => {
  test('writeSysctl: acts on the given namespace alone, and says whether it wrote', () => {
    using made = scratch();
    const [a, b] = [made.netns('a'), made.netns('b')];
    writeSysctl(a, 'net.ipv4.ip_forward', 0);
    writeSysctl(b, 'net.ipv4.ip_forward', 0);
    expect(writeSysctl(a, 'net.ipv4.ip_forward', 1)).toBe(true);
    expect(writeSysctl(a, 'net.ipv4.ip_forward', 1)).toBe(false);
    expect([readSysctl(a, 'net.ipv4.ip_forward'), readSysctl(b, 'net.ipv4.ip_forward')]).toEqual(['1', '0']);
  });

  test('sysctl keys cannot leave /proc/sys', () => {
    for (const key of ['net/../../etc/passwd', 'net', '..', 'net..ipv4', ''])
      expect(() => readSysctl(undefined, key)).toThrow(expect.objectContaining({ code: 'HOST_INVALID' }));
    expect(() => readSysctl(undefined, 'net.ipv4.no_such_key')).toThrow(expect.objectContaining({ code: 'HOST_NOT_FOUND' }));
  });

  test('writeTxChecksumOffload: off and on again, inside the namespace', async () => {
    using made = scratch();
    const ns = made.netns('a');
    using links = rtnl(ns);
    await links.addVeth({ name: 'v0', peer: { name: 'v1' } });
    expect(readTxChecksumOffload('v0', ns)).toBe(true);
    writeTxChecksumOffload('v0', false, ns);
    expect([readTxChecksumOffload('v0', ns), readTxChecksumOffload('v1', ns)]).toEqual([false, true]);
    writeTxChecksumOffload('v0', true, ns);
    expect(readTxChecksumOffload('v0', ns)).toBe(true);
    expect(() => inNetns(ns, () => readTxChecksumOffload('absent'))).toThrow(expect.objectContaining({ code: 'HOST_NOT_FOUND' }));
  });
});
