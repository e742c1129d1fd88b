/** Bridges of physical networks in a real Open vSwitch, next to a real ovn-controller. */
import { join } from 'node:path';
import { sourceTable } from '@kube-ovn/dataflow';
import { rtnl, type Netns } from '@kube-ovn/host';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nicGuard } from '../src/features/provider-network/guard.ts';
import { networkKeeper } from '../src/features/provider-network/keep.ts';
import type { NetworkState } from '../src/features/provider-network/labels.formula.ts';
import type { NetworkPlan, NodeNetwork } from '../src/features/provider-network/provider-network.formula.ts';
import { providerBridges } from '../src/sources/provider-bridges.ts';
import { vswitchdControl } from '../src/sources/vswitchd-control.ts';
import { openNodeDatabase, type NodeDatabase } from '../src/sources/vswitch.ts';
import { startOvnNode, type OvnNode } from './ovn-node.ts';

let node: OvnNode;
let outside: Netns;
let database: NodeDatabase;
beforeAll(async () => {
  node = await startOvnNode();
  outside = node.podNetns('out');
  using host = rtnl(node.ns);
  using there = rtnl(outside);
  await host.addVeth({ name: 'eth1', up: true, mtuBytes: 1600, peer: { name: 'p1', mtuBytes: 1600, ns: outside } });
  await there.changeLink('p1', { up: true });
  await host.addAddress('eth1', '172.31.9.9/24');
  await host.replaceRoute({ dst: '198.51.100.0/24', via: '172.31.9.1', link: 'eth1' });
  await there.addAddress('p1', '172.31.9.1/24');
  database = await open();
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  outside[Symbol.dispose]();
  await node[Symbol.asyncDispose]();
}, 30_000);

async function open(): Promise<NodeDatabase> {
  const opened = openNodeDatabase(node.ovsSocket);
  await opened.loaded();
  opened.synchronizer.setReady(true);
  return opened;
}

const network: NodeNetwork = { name: 'net1', bridge: 'br-net1', nic: 'eth1', vlans: [0, 10] };
const plan = (...wanted: readonly NodeNetwork[]): NetworkPlan => ({ wanted, refused: new Map(), excluded: [] });

function keeper(of: NodeDatabase) {
  const states = sourceTable<NetworkState>('states');
  const guard = nicGuard(node.ns);
  const bridges = providerBridges(of.client, 'node1');
  const keep = networkKeeper({
    states,
    bridges,
    open: () => rtnl(node.ns),
    guard: () => guard,
    prepare: () => undefined,
    isDeleted: async () => true,
    now: () => 0,
  });
  return { keep, states };
}

const ids = async (key: string): Promise<string> =>
  (await node.vsctl('--if-exists', 'get', 'Open_vSwitch', '.', `external_ids:${key}`)).trim().replaceAll('"', '');
const addresses = async (link: string): Promise<readonly string[]> => {
  using host = rtnl(node.ns);
  return (await host.addresses(link)).filter(({ scope }) => scope === 0).map(({ prefix }) => prefix);
};

test('bridge, ports and mappings are there, those of an administrator too; a second pass writes nothing', async () => {
  await node.vsctl('set', 'Open_vSwitch', '.', 'external_ids:ovn-bridge-mappings=ext:br-ex');
  const { keep, states } = keeper(database);
  expect(await keep(plan(network))).toBe(true);
  expect(states.peek('net1')).toEqual({ nic: 'eth1', mtuBytes: 1600, reason: undefined });
  expect(await ids('ovn-bridge-mappings')).toBe('ext:br-ex,net1:br-net1');
  expect(await ids('ovn-chassis-mac-mappings')).toMatch(/^net1:0e:/);
  expect((await node.vsctl('list-ports', 'br-net1')).trim()).toBe('eth1');
  expect((await node.vsctl('get', 'Port', 'eth1', 'trunks')).trim()).toBe('[0, 10]');
  using host = rtnl(node.ns);
  const [nic, bridge] = [await host.link('eth1'), await host.link('br-net1')];
  expect([bridge?.mac, bridge?.mtuBytes, bridge?.up]).toEqual([nic?.mac, 1600, true]);
  expect([await addresses('eth1'), await addresses('br-net1')]).toEqual([[], ['172.31.9.9/24']]);
  let changes = 0;
  const stop = database.client.replica.onChange(() => (changes += 1));
  await keep(plan(network));
  stop();
  expect(changes).toBe(0);
});

test('ovs-vswitchd carries a VLAN that is added, and one that is taken away no more', async () => {
  const { keep } = keeper(database);
  const control = vswitchdControl(async () => join(node.directory, 'vswitchd.ctl'));
  const carries = async (vlan: number): Promise<boolean> =>
    !(await control('ofproto/trace', 'br-net1', `in_port=eth1,dl_vlan=${vlan}`)).includes('not configured for trunking');
  expect([await carries(10), await carries(30)]).toEqual([true, false]);
  await keep(plan({ ...network, vlans: [0, 30] }));
  await expect.poll(async () => [await carries(10), await carries(30)], { timeout: 5000 }).toEqual([false, true]);
  await keep(plan(network));
  await expect.poll(async () => [await carries(10), await carries(30)], { timeout: 5000 }).toEqual([true, false]);
});

test('the planner of the same database takes none of it away; VLANs and MTU follow', async () => {
  const { keep } = keeper(database);
  database.synchronizer.want('test', {
    rows: [],
    members: [{ table: 'Open_vSwitch', key: '.', column: 'external_ids', map: { hostname: 'x' } }],
  });
  await expect.poll(() => ids('hostname')).toBe('x');
  using host = rtnl(node.ns);
  await host.changeLink('eth1', { mtuBytes: 1550 });
  await keep(plan({ ...network, vlans: [0, 10, 20] }));
  expect((await node.vsctl('get', 'Port', 'eth1', 'trunks')).trim()).toBe('[0, 10, 20]');
  await expect.poll(async () => (await host.link('br-net1'))?.mtuBytes).toBe(1550);
});

test('another daemon on the same database, and another ovs-vswitchd: the network of the node stays on the bridge', async () => {
  const again = await open();
  const { keep, states } = keeper(again);
  expect(await keep(plan(network))).toBe(true);
  await node.restartVswitchd();
  await expect.poll(() => keep(plan(network)), { timeout: 10_000 }).toBe(true);
  expect([states.peek('net1')?.reason, await addresses('br-net1')]).toEqual([undefined, ['172.31.9.9/24']]);
  expect(await ids('ovn-bridge-mappings')).toBe('ext:br-ex,net1:br-net1');
  await again[Symbol.asyncDispose]();
}, 30_000);

test.for([
  ['a bridge that is not ours', { name: 'ext', bridge: 'br-ex' }, 'bridge br-ex is there already, and is not ours'],
  ['an interface of another bridge', { name: 'net2', bridge: 'br-net2', nic: 'eth1' }, 'interface eth1 is a port of bridge br-net1'],
  ['the bridge of OVN as an interface', { name: 'net2', bridge: 'br-net2', nic: 'br-int' }, 'interface br-int is a port of bridge br-int'],
  ['a mapping of an administrator', { name: 'mine', bridge: 'br-mine' }, 'ovn-bridge-mappings says already that mine is bridge br-other'],
] as const)('refused: %s', async ([, change, expected]) => {
  await node.vsctl('--may-exist', 'add-br', 'br-ex', '--', 'set', 'bridge', 'br-ex', 'datapath_type=netdev');
  const before = await ids('ovn-bridge-mappings');
  await node.vsctl('set', 'Open_vSwitch', '.', `external_ids:ovn-bridge-mappings="${before},mine:br-other"`);
  using host = rtnl(node.ns);
  if ((await host.link('eth8')) === undefined) await host.addLink({ name: 'eth8', kind: 'ifb' });
  await database.client.replica.waitFor(() => [...database.client.replica.rows('Bridge')].some((row) => row['name'] === 'br-ex'));
  const { keep, states } = keeper(database);
  await expect
    .poll(async () => {
      await keep(plan(network, { ...network, nic: 'eth8', ...change }));
      return states.peek(change.name)?.reason;
    })
    .toBe(expected);
  expect(states.peek('net1')?.reason).toBeUndefined();
  await node.vsctl('set', 'Open_vSwitch', '.', `external_ids:ovn-bridge-mappings="${before}"`);
});

test('a link that Open vSwitch does not take stays the node’s', async () => {
  using host = rtnl(node.ns);
  const { keep, states } = keeper(database);
  // a name that Open vSwitch keeps for itself
  await host.addLink({ name: 'genev_sys_1', kind: 'ifb', up: true });
  await host.addAddress('genev_sys_1', '203.0.113.9/24');
  await keep(plan(network, { name: 'net3', bridge: 'br-net3', nic: 'genev_sys_1', vlans: [0] }));
  expect(states.peek('net3')?.reason).toBe('ovs-vswitchd has not taken up genev_sys_1; does it run?');
  expect(await addresses('genev_sys_1')).toEqual(['203.0.113.9/24']);
  expect(await ids('ovn-bridge-mappings')).toBe('ext:br-ex,net1:br-net1');
  expect(await keep(plan(network))).toBe(true);
  expect(await addresses('genev_sys_1')).toEqual(['203.0.113.9/24']);
  expect((await node.vsctl('list-br')).split('\n')).not.toContain('br-net3');
}, 20_000);

test('given back: addresses, routes, mappings of others', async () => {
  const { keep, states } = keeper(database);
  expect(await keep(plan())).toBe(true);
  using host = rtnl(node.ns);
  expect([await addresses('eth1'), await host.link('br-net1'), [...states.keys()]]).toEqual([['172.31.9.9/24'], undefined, []]);
  expect((await host.routes()).find(({ dst }) => dst === '198.51.100.0/24')).toMatchObject({ via: '172.31.9.1' });
  expect([await ids('ovn-bridge-mappings'), await ids('ovn-chassis-mac-mappings')]).toEqual(['ext:br-ex', '']);
}, 20_000);

test('the bridge of an earlier Kube-OVN stays whole over the start of a daemon, and its network is taken over or left alone', async () => {
  using host = rtnl(node.ns);
  const marked = (table: string, name: string): readonly string[] => ['--', 'set', table, name, 'external_ids:vendor=kube-ovn'];
  await host.addLink({ name: 'eth7', kind: 'ifb', up: true });
  await node.vsctl('add-br', 'br-net1', '--', 'set', 'bridge', 'br-net1', 'datapath_type=netdev', ...marked('bridge', 'br-net1'));
  await node.vsctl('add-port', 'br-net1', 'eth1', ...marked('port', 'eth1'), ...marked('interface', 'eth1'));
  await node.vsctl('add-br', 'br-old', '--', 'set', 'bridge', 'br-old', 'datapath_type=netdev', ...marked('bridge', 'br-old'));
  await node.vsctl('add-port', 'br-old', 'eth7', ...marked('port', 'eth7'));
  const ofport = async (name: string): Promise<string> => node.vsctl('get', 'Interface', name, '_uuid', 'ofport');
  const before = [await ofport('eth1'), await ofport('eth7')];
  await using again = await open();
  again.synchronizer.want('test', {
    rows: [],
    members: [{ table: 'Open_vSwitch', key: '.', column: 'external_ids', map: { hostname: 'y' } }],
  });
  await expect.poll(() => ids('hostname')).toBe('y');
  expect([await ofport('eth1'), await ofport('eth7')]).toEqual(before);
  expect((await node.vsctl('list-ports', 'br-int')).split('\n')).not.toEqual(expect.arrayContaining(['eth1']));
  const { keep, states } = keeper(again);
  expect(await keep(plan(network))).toBe(true);
  expect([states.peek('net1')?.reason, await ids('ovn-bridge-mappings')]).toEqual([undefined, 'ext:br-ex,net1:br-net1']);
  expect([await ofport('eth1'), await ofport('eth7')]).toEqual(before);
  expect(await addresses('br-net1')).toEqual(['172.31.9.9/24']);
}, 30_000);
