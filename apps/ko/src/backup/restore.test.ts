/** `ko nb restore`, `status` and `kick` on real servers, one alone and a cluster of three, that have nothing but sockets in a folder. */
import { execFileSync, type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runKo } from '../cli/program.ts';

const SCHEMA = '/usr/share/ovn/ovn-nb.ovsschema';

let folder: string;
let servers: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ko-restore-'));
  servers = [];
});

afterEach(async () => {
  await Promise.all(
    servers.map(async (server) => {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }),
  );
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, OVS_RUNDIR: folder, OVN_RUNDIR: folder } }).trim();

async function serve(name: string): Promise<void> {
  const remote = `punix:${at(`${name}.sock`)}`;
  const argv = [at(`${name}.db`), `--remote=${remote}`, `--unixctl=${at(`${name}.ctl`)}`, '-vconsole:off', '-vsyslog:off'];
  servers.push(spawn('ovsdb-server', argv, { stdio: 'ignore', env: { ...process.env, OVS_RUNDIR: folder } }));
  while (!existsSync(at(`${name}.sock`))) await sleep(10);
  run('ovsdb-client', '--timeout=20', 'wait', `unix:${at(`${name}.sock`)}`, 'OVN_Northbound', 'connected');
}

/** @returns names of the servers */
async function alone(): Promise<readonly string[]> {
  run('ovsdb-tool', 'create', at('nb.db'), SCHEMA);
  await serve('nb');
  return ['nb'];
}

async function cluster(): Promise<readonly string[]> {
  const names = ['nb1', 'nb2', 'nb3'];
  const raft = (name: string): string => `unix:${at(`${name}.raft`)}`;
  run('ovsdb-tool', 'create-cluster', at('nb1.db'), SCHEMA, raft('nb1'));
  await serve('nb1');
  for (const name of names.slice(1)) {
    run('ovsdb-tool', 'join-cluster', at(`${name}.db`), 'OVN_Northbound', raft(name), raft('nb1'));
    await serve(name);
  }
  return names;
}

/** A site file of those servers, with an API server that is never asked. */
function site(names: readonly string[]): string {
  const kubeconfig = at('kubeconfig');
  writeFileSync(
    kubeconfig,
    `apiVersion: v1
kind: Config
current-context: here
contexts: [{ name: here, context: { cluster: here, user: me } }]
clusters: [{ name: here, cluster: { server: 'https://127.0.0.1:1' } }]
users: [{ name: me, user: { token: none } }]
`,
  );
  const nb = names.map((name) => ({ socket: at(`${name}.sock`), control: at(`${name}.ctl`) }));
  writeFileSync(at('site.json'), JSON.stringify({ kubeconfig, members: { nb, sb: nb }, nodes: { none: {} } }));
  return at('site.json');
}

async function ko(names: readonly string[], ...args: readonly string[]) {
  const said = { out: '', err: '' };
  const into = (name: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[name] += chunk.toString();
        done();
      },
    });
  const stdin = new PassThrough().end();
  const signal = new AbortController().signal;
  const terminal = { stdin, stdout: into('out'), stderr: into('err'), signal };
  return { code: await runKo(['--site', site(names), ...args], {}, terminal), ...said };
}

function switches(names: readonly string[]): readonly string[] {
  const remotes = names.map((name) => `unix:${at(`${name}.sock`)}`).join(',');
  return run('ovn-nbctl', `--db=${remotes}`, '--timeout=20', '--bare', '--columns=name', 'list', 'Logical_Switch').split(/\s+/).toSorted();
}

function nbctl(names: readonly string[], ...args: readonly string[]): void {
  run('ovn-nbctl', `--db=${names.map((name) => `unix:${at(`${name}.sock`)}`).join(',')}`, '--timeout=20', ...args);
}

describe('a backup is put back', () => {
  it.each([
    ['one server', alone],
    ['a cluster of three', cluster],
  ])('into %s, which is kept before', { timeout: 60_000 }, async (_name, start) => {
    const names = await start();
    const [good, before] = [at('good.backup'), at('before.backup')];
    nbctl(names, 'ls-add', 'first', '--', 'lsp-add', 'first', 'port');
    expect(await ko(names, 'nb', 'backup', good)).toMatchObject({ code: 0 });
    nbctl(names, 'ls-del', 'first', '--', 'ls-add', 'second');

    const asked = await ko(names, 'nb', 'restore', good, '--before', before);
    expect(asked).toMatchObject({ code: 1, out: expect.stringMatching(/would put 3 rows [^]*nothing is done without --yes/) });
    expect({ switches: switches(names), kept: existsSync(before) }).toEqual({ switches: ['second'], kept: false });

    const done = await ko(names, 'nb', 'restore', good, '--before', before, '--yes', '-o', 'json');
    expect({ code: done.code, answer: JSON.parse(done.out) as unknown }).toMatchObject({
      code: 0,
      answer: { database: 'OVN_Northbound', rows: 3, restored: true, before },
    });
    expect(switches(names)).toEqual(['first']);

    expect(await ko(names, 'nb', 'restore', before, '--before', at('again.backup'), '--yes')).toMatchObject({ code: 0 });
    expect(switches(names)).toEqual(['second']);
  });

  it('only when it is whole, of this database and of its schema', { timeout: 60_000 }, async () => {
    const names = await alone();
    const [good, torn, other, older] = [at('good.backup'), at('torn.backup'), at('other.backup'), at('older.backup')];
    nbctl(names, 'ls-add', 'kept');
    await ko(names, 'nb', 'backup', good);
    writeFileSync(torn, readFileSync(good).subarray(0, -10));
    run('ovsdb-tool', 'create', other, '/usr/share/ovn/ovn-sb.ovsschema');
    const schema = readFileSync(SCHEMA, 'utf8').replace(/"version": "[^"]*"/, '"version": "5.0.0"');
    writeFileSync(at('older.ovsschema'), schema);
    run('ovsdb-tool', 'create', older, at('older.ovsschema'));
    const refusals = [
      [torn, 'it is not whole'],
      [other, 'it is a backup of OVN_Southbound, and not of OVN_Northbound'],
      [older, 'its schema is 5.0.0'],
      [at('nb.sock.none'), 'ENOENT'],
    ] as const;
    for (const [file, message] of refusals) {
      expect(await ko(names, 'nb', 'restore', file, '--yes')).toMatchObject({ code: 2, err: expect.stringContaining(message) });
    }
    expect(switches(names)).toEqual(['kept']);
  });
});

describe('members of a cluster', () => {
  it('one server alone has no other to take out', { timeout: 60_000 }, async () => {
    expect(await ko(await alone(), 'nb', 'kick', '1234')).toMatchObject({
      code: 2,
      err: expect.stringContaining('one server, no cluster'),
    });
  });

  it('one that is kicked is a member no more; what names none is refused, and the cluster goes on', { timeout: 60_000 }, async () => {
    const names = await cluster();
    const status = async (): Promise<readonly { readonly id: string; readonly isLeader: boolean; readonly members: number }[]> => {
      const { out } = await ko(names, 'nb', 'status');
      return out
        .split(/^(?=.*nb\d\.sock)/m)
        .filter((part) => part.includes('Server ID'))
        .map((part) => ({
          id: /Server ID: ([0-9a-f]{4})/.exec(part)?.[1] ?? '',
          isLeader: /^Role: leader/m.test(part),
          members: [...part.matchAll(/^ +nb\d \([0-9a-f]{4} at /gm)].length,
        }));
    };
    const before = await status();
    expect(before.map(({ members }) => members)).toEqual([3, 3, 3]);
    const follower = before.find(({ isLeader }) => !isLeader);

    expect(await ko(names, 'nb', 'kick', 'nb2')).toMatchObject({
      code: 3,
      err: expect.stringMatching(/no server of OVN_Northbound has the id "nb2"; there are nb\d \([0-9a-f]{4}\), nb/),
    });
    expect(await ko(names, 'nb', 'kick', follower?.id ?? '')).toMatchObject({ code: 0 });
    await expect.poll(async () => (await status()).find(({ isLeader }) => isLeader)?.members, { timeout: 20_000 }).toBe(2);
    nbctl(names, 'ls-add', 'after');
    expect(switches(names)).toEqual(['after']);
  });
});
