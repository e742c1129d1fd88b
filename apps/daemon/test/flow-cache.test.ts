/** Cached flows of a real ovs-vswitchd, with its userspace datapath on ports that exist in the process alone. */
import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowCache, keepsStaleFlows } from '../src/features/flow-cache/refresh.ts';
import { controlSocket, vswitchdControl } from '../src/sources/vswitchd-control.ts';
import { end, start } from './processes.ts';

const run = promisify(execFile);
const children: ChildProcess[] = [];
let directory = '';
const file = (name: string): string => join(directory, name);
const control = vswitchdControl(() => controlSocket(undefined, `unix:${file('db.sock')}`));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ko-flows-'));
  const env = { OVS_RUNDIR: directory, OVS_LOGDIR: directory };
  await run('ovsdb-tool', ['create', file('conf.db'), '/usr/share/openvswitch/vswitch.ovsschema']);
  const launch = (command: string, ...args: readonly string[]): void =>
    void children.push(start({ command, args, env, log: file(`${command}.out`) }));
  launch('ovsdb-server', file('conf.db'), `--remote=punix:${file('db.sock')}`, `--unixctl=${file('db.ctl')}`, '-vconsole:off');
  const vsctl = (...args: readonly string[]): Promise<unknown> => run('ovs-vsctl', [`--db=unix:${file('db.sock')}`, '-t', '20', ...args]);
  await retried(() => vsctl('--no-wait', 'init'));
  launch(
    'ovs-vswitchd',
    '--enable-dummy',
    '--disable-system',
    `--pidfile=${file('ovs-vswitchd.pid')}`,
    `unix:${file('db.sock')}`,
    '-vconsole:off',
  );
  await vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=dummy', 'fail-mode=secure', 'protocols=OpenFlow15');
  for (const [index, port] of ['p1', 'p2'].entries())
    await vsctl('add-port', 'br0', port, '--', 'set', 'interface', port, 'type=dummy', `ofport_request=${index + 1}`);
}, 60_000);

afterAll(async () => {
  for (const child of children.toReversed()) await end(child);
  await rm(directory, { recursive: true, force: true });
});

async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let left = 50; ; left -= 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await pause(100);
    }
  }
}

/** Put another rule in the place of the only one, and let the passes over the cached flows end. */
async function rule(text: string): Promise<void> {
  await writeFile(file('rule'), `${text}\n`);
  await run('ovs-ofctl', ['-O', 'OpenFlow15', '--bundle', 'replace-flows', `unix:${file('br0.mgmt')}`, file('rule')]);
  for (let passes = 0; passes < 2; passes += 1) await control('revalidator/wait');
}

/** A packet to an address arrives at port p1. */
function packet(to: string): Promise<string> {
  const key = `in_port(1),eth(src=00:00:00:00:00:01,dst=00:00:00:00:00:02),eth_type(0x0800),ipv4(src=10.0.0.1,dst=${to},proto=1,tos=0,ttl=64,frag=no),icmp(type=8,code=0)`;
  return control('netdev-dummy/receive', 'p1', key);
}

/** Cached flows: destination → actions. */
async function cached(): Promise<Readonly<Record<string, string>>> {
  const flows = (await control('dpctl/dump-flows')).matchAll(/dst=([\d./]+),frag.* actions:(\S+)/g);
  return Object.fromEntries([...flows].map(([, to = '', actions = '']) => [to, actions]));
}

describe('cached flows', () => {
  const cache = flowCache({ control, mode: 'auto', isUserspaceDatapath: () => true, now: () => performance.now() });

  test('they are taken out after a change of the tables, a stale one among them', async () => {
    const version = await control('version');
    // Two flows hold for a packet to 10.1.2.2: the narrow one was made under the first rule and kept under the second.
    await rule('ip,nw_dst=192.0.0.0/9,actions=2');
    await packet('192.1.2.2');
    await rule('ip,nw_dst=10.1.2.0/24,actions=2');
    await packet('10.1.2.2');
    await rule('ip,nw_dst=10.0.0.0/9,actions=LOCAL');
    await packet('10.1.0.2');
    await rule('ip,nw_dst=10.0.0.0/9,actions=2,LOCAL');
    // Whether the fault shows is what the version says of it.
    expect((await cached())['10.1.2.2/255.255.255.0'] === '100').toBe(keepsStaleFlows(version));

    await cache.refresh();
    expect(cache.refreshes).toBe(Number(keepsStaleFlows(version)));
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
});

describe('the control socket', () => {
  test('a command that is refused is told with its name', async () => {
    await expect(control('no/such-command')).rejects.toThrow(
      'ovs-vswitchd refuses no/such-command: "no/such-command" is not a valid command',
    );
  });

  test('a pid file that holds something else', async () => {
    const elsewhere = await mkdtemp(join(directory, 'other-'));
    await writeFile(join(elsewhere, 'ovs-vswitchd.pid'), 'x; reboot');
    await expect(controlSocket(undefined, `unix:${elsewhere}/db.sock`)).rejects.toThrow('holds no process number');
  });

  test.for([
    ['nobody listens', undefined, 'ENOENT'],
    ['the peer closes', '', 'the connection was closed'],
    ['an answer without end', `"${'x'.repeat(70_000)}`, 'more than 65536 bytes'],
    ['an answer of another kind', '17', 'answers version by 17'],
  ] as const)('%s', async ([, answer, expected]) => {
    const path = file('peer.ctl');
    await using _server = answer === undefined ? undefined : createServer((socket) => socket.resume().end(answer)).listen(path);
    await expect(vswitchdControl(async () => path)('version')).rejects.toThrow(expected);
  });
});
