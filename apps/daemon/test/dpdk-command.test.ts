/** The command `dpdk` on a real Open_vSwitch database and a folder that looks like /sys: plan, apply, apply again, ports, undo. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabaseForTest } from './dpdk-switch.ts';
import { runDpdk } from '../src/dpdk/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'dpdk-command-'));
const root = join(folder, 'host');
const pages = join(root, 'sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages');
const wishFile = join(folder, 'wish.json');
const recordFile = join(folder, 'state', 'dpdk.json');

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${text}\n`);
};
const pagesNow = (): number => Number(readFileSync(pages, 'utf8'));

describe('dpdk plan, apply and undo', () => {
  let database: Awaited<ReturnType<typeof openDatabaseForTest>>;
  const run = async (action: 'plan' | 'apply' | 'undo') => {
    const said: string[] = [];
    const code = await runDpdk({ action, wishFile, recordFile, ovsSocket: database.remote, hostRoot: root }, (line) => said.push(line));
    return { code, said };
  };

  beforeAll(async () => {
    database = await openDatabaseForTest();
    for (const id of [0, 1]) put(`sys/devices/system/cpu/cpu${id}/topology/thread_siblings_list`, String(id));
    put('sys/devices/system/cpu/online', '0-1');
    put('sys/devices/system/cpu/isolated', '');
    put('sys/devices/system/node/online', '0');
    put('sys/devices/system/node/node0/cpulist', '0-1');
    put('sys/devices/system/node/node0/meminfo', 'Node 0 MemTotal: 16777216 kB\nNode 0 MemFree: 8388608 kB');
    put('sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages', '100');
    put('sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages', '0');
    put('proc/net/dev', 'Inter-|\n face |\n    lo: 0\n  eth7: 0');
    writeFileSync(
      wishFile,
      JSON.stringify({ socketMemoryMib: 512, ports: [{ kind: 'af_packet', name: 'uplink', bridge: 'br-phy', link: 'eth7' }] }),
    );
  });
  afterAll(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  test('plan says what would be done, and does nothing', async () => {
    const { code, said } = await run('plan');
    expect(code).toBe(0);
    expect(said).toContain('step: set 256 hugepages of 2048 KiB aside on NUMA node 0 (from 100)');
    expect(said).toContain('setting: other_config:dpdk-socket-mem=512 (was 64)');
    expect(said).toContainEqual(expect.stringMatching(/^port: uplink of br-phy: .*iface=eth7/));
    expect(said.at(-1)).toMatch(/^then: start ovs-vswitchd anew \(dpdk-init, /);
    expect([pagesNow(), await database.otherConfig()]).toEqual([100, { 'dpdk-socket-mem': '64', mine: 'x' }]);
  });

  test('apply does it, but for ports, which wait for DPDK; repeated, it changes nothing', async () => {
    expect((await run('apply')).code).toBe(0);
    const after = await database.otherConfig();
    expect(after).toMatchObject({ 'dpdk-init': 'try', 'dpdk-socket-mem': '512', 'dpdk-extra': '--no-pci', mine: 'x' });
    expect(pagesNow()).toBe(256);
    expect(await database.ports()).toEqual(['foreign']);
    const again = await run('apply');
    expect(again.said.filter((line) => /^(?:step|setting)/.test(line))).toEqual([]);
    expect([again.code, pagesNow(), await database.otherConfig()]).toEqual([0, 256, after]);
  });

  test('a port that Open vSwitch cannot open is taken away again, and its error told', async () => {
    await database.initialize();
    const answering = database.answerPort('uplink', { error: 'could not open network device uplink' });
    const { code, said } = await run('apply');
    await answering;
    expect(code).toBe(1);
    expect(said).toContain('failed: port uplink: could not open network device uplink; it was taken away again');
    expect(await database.ports()).toEqual(['foreign']);
  });

  test('one that it can open stays, beside those of others', async () => {
    const answering = database.answerPort('uplink', { ofport: 3 });
    expect(await run('apply')).toMatchObject({ code: 0 });
    await answering;
    expect(await database.ports()).toEqual(['foreign', 'uplink']);
  });

  test('undo takes all of it back: port, settings as they were before, and hugepages; repeated, it does nothing', async () => {
    const { code, said } = await run('undo');
    expect([code, said.at(-1)]).toEqual([0, 'then: start ovs-vswitchd anew']);
    expect([pagesNow(), await database.otherConfig(), await database.ports()]).toEqual([
      100,
      { 'dpdk-socket-mem': '64', mine: 'x' },
      ['foreign'],
    ]);
    expect((await run('undo')).said).toEqual([`nothing to take back: there is no ${recordFile}`]);
  });

  test('what cannot be is refused, with the way out, and nothing is done', async () => {
    writeFileSync(wishFile, JSON.stringify({ socketMemoryMib: 1_000_000 }));
    const { code, said } = await run('apply');
    expect(code).toBe(1);
    expect(said).toEqual([expect.stringMatching(/^refused: node: socketMemoryMib 1000000: /)]);
    expect(pagesNow()).toBe(100);
  });
});
