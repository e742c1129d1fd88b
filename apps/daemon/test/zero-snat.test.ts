/** Connections of a real ovs-vswitchd that were committed with NAT of nothing, and without. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withdrawZeroSnat } from '../src/features/zero-snat/withdraw.ts';
import { openNodeDatabase, type NodeDatabase } from '../src/sources/vswitch.ts';
import { isBefore } from '../src/sources/vswitchd-version.ts';
import { connectionsForgotten, denyZeroSnat } from '../src/sources/zero-snat.ts';
import { retry } from './ovn-node.ts';
import { startVswitchd, type Vswitchd } from './vswitchd.ts';

let ovs: Vswitchd;
let database: NodeDatabase;
beforeAll(async () => {
  ovs = await startVswitchd();
  await ovs.vsctl('add-zone-tp', 'dummy', 'zone=1', 'udp_first=1', 'udp_single=1');
  database = openNodeDatabase(ovs.remote);
  await database.loaded();
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await ovs[Symbol.asyncDispose]();
});

/** ovn-controller's way to commit a connection, with NAT of nothing where the datapath offers it. */
function commit(nat: '' | ',nat(src)'): Promise<void> {
  return ovs.rules(
    'table=0,priority=10,ip,actions=ct(table=1,zone=1,nat)',
    `table=1,priority=10,ip,ct_state=+new+trk,actions=ct(commit,zone=1${nat}),2`,
    'table=1,priority=5,ip,actions=2',
  );
}

/** Two packets of a connection, the second when the first one is forgotten, or is about to be. */
async function twoPackets(sourcePort: number): Promise<void> {
  const ip = 'ipv4(src=10.0.0.1,dst=10.1.2.2,proto=17,tos=0,ttl=64,frag=no)';
  const key = `in_port(1),eth(src=00:00:00:00:00:01,dst=00:00:00:00:00:02),eth_type(0x0800),${ip},udp(src=${sourcePort},dst=2000)`;
  await ovs.packet('p1', key);
  await pause(1_100);
  await ovs.packet('p1', key);
}

/** Ten of them, unless ovs-vswitchd ends. */
async function tenConnections(): Promise<void> {
  try {
    for (let port = 1000; port < 1010; port += 1) await twoPackets(port);
  } catch {
    await pause(500);
  }
}

const withdraw = (): Promise<boolean> =>
  withdrawZeroSnat({
    mode: 'auto',
    state: () => database.zeroSnat.peek(),
    withdraw: () => denyZeroSnat(database.client),
    forgotten: () => connectionsForgotten(database.client),
    control: ovs.control,
    sleep: pause,
  });

test('a version that ends over expired connections is known as one', async () => {
  const isOld = isBefore(await ovs.control('version'), [3, 3, 0]);
  await commit(',nat(src)');
  await tenConnections();
  expect(ovs.endedBy()).toBe(isOld ? 'SIGABRT' : undefined);
  await ovs.restart();
}, 60_000);

test('there it is withdrawn, also from one that has started again, and connections are forgotten', async () => {
  const isOld = isBefore(await ovs.control('version'), [3, 3, 0]);
  for (let starts = 0; starts < 2; starts += 1) {
    await retry(() => expect(database.zeroSnat.peek()).toBe('offered'));
    await commit('');
    await ovs.packet('p1', 'in_port(1),eth(),eth_type(0x0800),ipv4(src=10.0.0.9,dst=10.1.2.2,proto=1,frag=no),icmp(type=8,code=0)');
    expect(await ovs.control('dpctl/dump-conntrack')).toContain('10.0.0.9');
    expect(await withdraw()).toBe(isOld);
    await retry(() => expect(database.zeroSnat.peek()).toBe(isOld ? 'gone' : 'offered'));
    expect((await ovs.control('dpctl/dump-conntrack')).includes('10.0.0.9')).toBe(!isOld);
    expect(await withdraw()).toBe(false);
    await ovs.restart();
  }
}, 60_000);

test('without it expired connections do no harm', async () => {
  await commit('');
  await tenConnections();
  expect(ovs.endedBy()).toBeUndefined();
}, 60_000);
