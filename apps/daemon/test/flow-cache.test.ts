/** Cached flows of a real ovs-vswitchd, with its userspace datapath on ports that exist in the process alone. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowCache, readFlowNumbers } from '../src/features/flow-cache/refresh.ts';
import { controlSocket, vswitchdControl, type VswitchdControl } from '../src/sources/vswitchd-control.ts';
import { isBefore } from '../src/sources/vswitchd-version.ts';
import { startVswitchd, type Vswitchd } from './vswitchd.ts';

let ovs: Vswitchd;
beforeAll(async () => {
  ovs = await startVswitchd();
}, 60_000);
afterAll(() => ovs[Symbol.asyncDispose]());

const control: VswitchdControl = (command, ...args) => ovs.control(command, ...args);

/** Put another rule in the place of the only one, and let the passes over the cached flows end. */
async function rule(text: string): Promise<void> {
  await ovs.rules(text);
  for (let passes = 0; passes < 2; passes += 1) await control('revalidator/wait');
}

/** A packet to an address arrives at port p1. */
function packet(to: string): Promise<string> {
  const key = `in_port(1),eth(src=00:00:00:00:00:01,dst=00:00:00:00:00:02),eth_type(0x0800),ipv4(src=10.0.0.1,dst=${to},proto=1,tos=0,ttl=64,frag=no),icmp(type=8,code=0)`;
  return ovs.packet('p1', key);
}

/** Cached flows: destination → actions. */
async function cached(): Promise<Readonly<Record<string, string>>> {
  const flows = (await control('dpctl/dump-flows')).matchAll(/dst=([\d./]+),frag.* actions:(\S+)/g);
  return Object.fromEntries([...flows].map(([, to = '', actions = '']) => [to, actions]));
}

describe('cached flows', () => {
  const cache = flowCache({ control, mode: 'auto', isUserspaceDatapath: () => true, now: () => performance.now() });

  test('they are taken out after a change of the tables, a stale one among them', async () => {
    const keepsStaleFlows = isBefore(await control('version'), [3, 1, 2]);
    // Two flows hold for a packet to 10.1.2.2: the narrow one was made under the first rule and kept under the second.
    await rule('ip,nw_dst=192.0.0.0/9,actions=2');
    await packet('192.1.2.2');
    await rule('ip,nw_dst=10.1.2.0/24,actions=2');
    await packet('10.1.2.2');
    await rule('ip,nw_dst=10.0.0.0/9,actions=LOCAL');
    await packet('10.1.0.2');
    await rule('ip,nw_dst=10.0.0.0/9,actions=2,LOCAL');
    // Whether the fault shows is what the version says of it.
    expect((await cached())['10.1.2.2/255.255.255.0'] === '100').toBe(keepsStaleFlows);

    await cache.refresh();
    expect(cache.refreshes).toBe(Number(keepsStaleFlows));
    await packet('10.1.2.2');
    expect(Object.values(await cached())).toContain('2,100');
    expect(Object.values(await cached())).not.toContain('100');
  }, 30_000);

  test('new flows are cached as before', async () => {
    await packet('10.1.2.2');
    const { '10.1.2.2/255.128.0.0': actions } = await cached();
    expect(actions).toBe('2,100');
    expect(await control('upcall/show')).not.toContain('(limit 0)');
  });

  test('of many flows not one stays: a single pass misses some', async () => {
    const addresses = Array.from({ length: 600 }, (_, index) => `10.${index % 3}.${Math.floor(index / 3)}.7`);
    await ovs.rules(...addresses.map((address) => `ip,nw_dst=${address},actions=2`));
    for (const address of addresses) await packet(address);
    const known = async (): Promise<number> => readFlowNumbers(await control('upcall/show'))?.flows ?? 0;
    expect(await known()).toBeGreaterThanOrEqual(addresses.length);
    await flowCache({ control, mode: 'true', isUserspaceDatapath: () => true, now: () => performance.now() }).refresh();
    expect(await known()).toBe(0);
  }, 60_000);
});

describe('the control socket', () => {
  test('a command that is refused is told with its name', async () => {
    await expect(control('no/such-command')).rejects.toThrow(
      'ovs-vswitchd refuses no/such-command: "no/such-command" is not a valid command',
    );
  });

  test('a pid file that holds something else', async () => {
    const elsewhere = await mkdtemp(ovs.file('other-'));
    await writeFile(join(elsewhere, 'ovs-vswitchd.pid'), 'x; reboot');
    await expect(controlSocket(undefined, `unix:${elsewhere}/db.sock`)).rejects.toThrow('holds no process number');
  });

  test.for([
    ['nobody listens', undefined, 'ENOENT'],
    ['the peer closes', '', 'the connection was closed'],
    ['an answer without end', `"${'x'.repeat(70_000)}`, 'more than 65536 bytes'],
    ['an answer of another kind', '17', 'answers version by 17'],
  ] as const)('%s', async ([, answer, expected]) => {
    const path = ovs.file('peer.ctl');
    await using _server = answer === undefined ? undefined : createServer((socket) => socket.resume().end(answer)).listen(path);
    await expect(vswitchdControl(async () => path)('version')).rejects.toThrow(expected);
  });
});
