/** The scripts of the image of OVN's databases, with real servers: three members on loopback addresses, with TLS. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const scripts = fileURLToPath(new URL('../../../deploy/images/openvswitch', import.meta.url));
const prefix = `127.${1 + (process.pid % 250)}.${1 + ((process.pid >> 8) % 250)}`;
const members = [1, 2, 3].map((last) => `${prefix}.${last}`);

let home: string;
const running = new Map<string, { readonly child: ChildProcess; readonly log: string[] }>();

const folder = (member: string, what: string): string => join(home, member, what);
const environment = (member: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  OVN_DB_IPS: members.join(','),
  POD_IP: member,
  ENABLE_SSL: 'true',
  OVN_DBDIR: folder(member, 'data'),
  OVN_RUNDIR: folder(member, 'run'),
  KUBE_OVN_TLS_DIR: join(home, 'tls'),
  KUBE_OVN_LOOK_SECONDS: '3',
  ...more,
});

function start(member: string, more?: Readonly<Record<string, string>>): void {
  const child = spawn(join(scripts, 'start-central.sh'), {
    env: environment(member, more),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => log.push(String(chunk)));
  running.set(member, { child, log });
}

/** As a node that loses power: the whole group at once. */
async function kill(member: string, signal: NodeJS.Signals): Promise<number | null> {
  const entry = running.get(member);
  running.delete(member);
  if (entry?.child.pid === undefined || entry.child.exitCode !== null) return entry?.child.exitCode ?? null;
  const ended = new Promise<number | null>((resolve) => entry.child.once('exit', resolve));
  process.kill(signal === 'SIGKILL' ? -entry.child.pid : entry.child.pid, signal);
  return ended;
}

async function run(program: string, args: readonly string[], member = members[0] ?? ''): Promise<string> {
  try {
    return (await promisify(execFile)(program, [...args], { env: environment(member), timeout: 60_000 })).stdout;
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const ready = (member: string): Promise<string> => run(join(scripts, 'central-ready.sh'), [], member);
const allReady = (): Promise<readonly string[]> => Promise.all(members.map(ready));
async function untilReady(): Promise<void> {
  await expect.poll(allReady, { timeout: 60_000, interval: 500 }).toEqual(members.map(() => ''));
}

const remotes = (port: number): string => members.map((member) => `ssl:[${member}]:${port}`).join(',');
function withKeys(tls: string, ...args: readonly string[]): readonly string[] {
  return [`--private-key=${join(tls, 'key')}`, `--certificate=${join(tls, 'cert')}`, `--ca-cert=${join(tls, 'cacert')}`, ...args];
}
const nbctl = (...args: readonly string[]): Promise<string> =>
  run('ovn-nbctl', withKeys(join(home, 'tls'), `--db=${remotes(6641)}`, '--timeout=20', ...args));

/** What an administrator does with the Secret's files. */
const tls = (word: string): Promise<string> => run(join(scripts, '..', '..', 'tls.sh'), [word, join(home, 'tls')]);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'kube-ovn-central-'));
  const refused = await tls('make');
  if (refused !== '') throw new Error(refused);
  for (const member of members) for (const what of ['data', 'run']) mkdirSync(folder(member, what), { recursive: true });
});
afterAll(async () => {
  await Promise.all([...running.keys()].map((member) => kill(member, 'SIGKILL')));
  rmSync(home, { recursive: true, force: true });
});

describe('the databases of OVN', () => {
  it('become one cluster of three, with TLS, and northd works', async () => {
    for (const member of members) start(member);
    await untilReady();
    expect(await nbctl('ls-add', 'one')).toBe('');
    const found = () =>
      run(
        'ovn-sbctl',
        withKeys(join(home, 'tls'), `--db=${remotes(6642)}`, '--bare', '--columns=external_ids', 'find', 'Datapath_Binding'),
      );
    await expect.poll(found, { timeout: 30_000 }).toContain('name=one');
    expect(await Promise.all(members.map((member) => run(join(scripts, 'central-alive.sh'), [], member)))).toEqual(['', '', '']);
    const status = await run('ovs-appctl', ['-t', folder(members[0] ?? '', 'run/ovnnb_db.ctl'), 'cluster/status', 'OVN_Northbound']);
    for (const member of members) expect(status).toContain(`ssl:[${member}]:6643`);
  });

  it('take other certificates, and another authority, while they run', async () => {
    cpSync(join(home, 'tls'), join(home, 'old'), { recursive: true });
    const names = ['--bare', '--columns=name', 'list', 'Logical_Switch'];
    // trusted first, used then, alone last: at no step is anybody refused
    for (const word of ['renew', 'next', 'switch', 'finish']) {
      expect(await tls(word)).toBe('');
      await expect.poll(() => nbctl(...names), { timeout: 20_000 }).toBe('one\n');
      await untilReady();
    }
    // and what the former authority signed is good for nothing any more
    cpSync(join(home, 'tls', 'cacert'), join(home, 'old', 'cacert'));
    const asBefore = (): Promise<string> => run('ovn-nbctl', withKeys(join(home, 'old'), `--db=${remotes(6641)}`, '--timeout=5', ...names));
    await expect.poll(asBefore, { timeout: 20_000 }).toContain('failed');
  });

  it('lose nothing when a member is killed, and take it back with its files and without', async () => {
    const [, second = '', third = ''] = members;
    await kill(third, 'SIGKILL');
    expect(await nbctl('ls-add', 'two')).toBe('');
    start(third);
    await untilReady();

    expect(await kill(second, 'SIGTERM')).toBe(0);
    expect(await nbctl('ls-add', 'three')).toBe('');
    start(second);
    await untilReady();
    expect((await nbctl('--bare', '--columns=name', 'list', 'Logical_Switch')).split(/\s+/).filter(Boolean).toSorted()).toEqual([
      'one',
      'three',
      'two',
    ]);

    // a node that was set up anew: its former self is put out of the cluster, and it joins as another
    await kill(third, 'SIGKILL');
    rmSync(folder(third, 'data'), { recursive: true });
    for (const [name, database] of [
      ['nb', 'OVN_Northbound'],
      ['sb', 'OVN_Southbound'],
    ] as const) {
      const control = folder(second, `run/ovn${name}_db.ctl`);
      const port = name === 'nb' ? 6643 : 6644;
      const kick = () => run('ovs-appctl', ['-t', control, 'cluster/kick', database, `ssl:[${third}]:${port}`]);
      expect(await kick()).not.toContain('failed');
    }
    start(third);
    await untilReady();
  });

  it('the first, set up anew, joins the others and makes no second cluster', async () => {
    const [first = '', second = ''] = members;
    await kill(first, 'SIGKILL');
    rmSync(folder(first, 'data'), { recursive: true });
    for (const [name, database, port] of [
      ['nb', 'OVN_Northbound', 6643],
      ['sb', 'OVN_Southbound', 6644],
    ] as const)
      await run('ovs-appctl', ['-t', folder(second, `run/ovn${name}_db.ctl`), 'cluster/kick', database, `ssl:[${first}]:${port}`]);
    start(first);
    await untilReady();
    expect(running.get(first)?.log.join('')).toContain('OVN_Northbound: joining');
    expect(
      await run('ovn-nbctl', [
        `--db=unix:${folder(first, 'run/ovnnb_db.sock')}`,
        '--no-leader-only',
        '--bare',
        '--columns=name',
        'list',
        'Logical_Switch',
      ]),
    ).toContain('one');
  });
});

describe('a member that can not be one', () => {
  const alone = `${prefix}.9`;
  const refusal = async (more: Readonly<Record<string, string>>): Promise<string> => {
    start(alone, more);
    const entry = running.get(alone);
    const code = await new Promise<number | null>((resolve) => entry?.child.once('close', resolve));
    running.delete(alone);
    return `${code} ${entry?.log.join('') ?? ''}`;
  };

  it('says why, and the way out', async () => {
    expect(await refusal({})).toMatch(
      /^1 start-central: this node's address .*\.9 is not among central\.addresses .*take the label off the node/,
    );
    expect(await refusal({ OVN_DB_IPS: alone, KUBE_OVN_TLS_DIR: '/nowhere' })).toMatch(/^1 start-central: \/nowhere\/key can not be read/);
  });

  it('makes a cluster of the file of a single server', async () => {
    mkdirSync(folder(alone, 'data'), { recursive: true });
    const file = folder(alone, 'data/ovnnb_db.db');
    await run('ovsdb-tool', ['create', file, '/usr/share/ovn/ovn-nb.ovsschema']);
    await run('ovsdb-tool', ['transact', file, '["OVN_Northbound",{"op":"insert","table":"Logical_Switch","row":{"name":"old"}}]']);
    start(alone, { OVN_DB_IPS: alone });
    await expect.poll(() => ready(alone), { timeout: 30_000 }).toBe('');
    expect(
      await run('ovn-nbctl', [`--db=unix:${folder(alone, 'run/ovnnb_db.sock')}`, '--bare', '--columns=name', 'list', 'Logical_Switch']),
    ).toBe('old\n');
    expect(existsSync(`${file}.standalone`)).toBe(true);
    expect(await kill(alone, 'SIGTERM')).toBe(0);
    expect(await refusal({ OVN_DB_IPS: alone, ENABLE_SSL: 'false' })).toMatch(
      /1 start-central: .*belongs to the member ssl:.* keep tls\.enabled as it was/,
    );
  });
});
