/** The scripts that run on every node, with real programs, in a network namespace of their own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const images = fileURLToPath(new URL('../../../deploy/images', import.meta.url));
const tlsScript = fileURLToPath(new URL('../../../deploy/tls.sh', import.meta.url));

let home: string;
let child: ChildProcess | undefined;
let log = '';

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  ENABLE_SSL: 'true',
  OVS_DBDIR: join(home, 'etc'),
  OVS_RUNDIR: join(home, 'run'),
  OVN_RUNDIR: join(home, 'ovn'),
  KUBE_OVN_TLS_DIR: join(home, 'tls'),
});

async function run(program: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, [...args], { env: environment(), timeout: 30_000 })).stdout;
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function start(): void {
  log = '';
  child = spawn('unshare', ['--net', join(images, 'openvswitch', 'start-ovs.sh')], { env: environment(), detached: true });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (log += String(chunk)));
}

const ended = (of: ChildProcess): Promise<number | null> => new Promise((resolve) => of.once('close', resolve));
async function stop(): Promise<void> {
  const before = child;
  if (before?.pid === undefined) return;
  const end = ended(before);
  process.kill(before.pid, 'SIGTERM');
  expect(await end).toBe(0);
}

const alive = (): Promise<string> => run(join(images, 'openvswitch', 'ovs-alive.sh'));
const vsctl = (...args: readonly string[]): Promise<string> =>
  run('ovs-vsctl', `--db=unix:${join(home, 'run', 'db.sock')}`, '--timeout=5', '--no-wait', ...args);

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'kube-ovn-node-'));
});
afterAll(async () => {
  if (child?.pid !== undefined && child.exitCode === null) {
    const end = ended(child);
    process.kill(-child.pid, 'SIGKILL');
    await end;
  }
  rmSync(home, { recursive: true, force: true });
});

describe('Open vSwitch and ovn-controller', () => {
  it('start; ovn-controller waits for the Secret', async () => {
    start();
    await expect.poll(() => log, { timeout: 20_000 }).toContain('waiting for the Secret');
    await expect.poll(alive, { timeout: 20_000 }).toBe('');
    expect(await vsctl('set', 'Open_vSwitch', '.', 'external_ids:kept=yes')).toBe('');
    expect(await run('sh', tlsScript, 'make', join(home, 'tls'))).toBe('');
    await expect.poll(() => log, { timeout: 20_000 }).toMatch(/ovn.controller|OVN internal version/);
    await expect.poll(alive, { timeout: 20_000 }).toBe('');
  });

  it('end when they are told to, and know everything when they are started again', async () => {
    const before = child;
    if (before?.pid === undefined) throw new Error('not started');
    const end = ended(before);
    process.kill(before.pid, 'SIGTERM');
    expect(await end).toBe(0);
    start();
    await expect.poll(alive, { timeout: 20_000 }).toBe('');
    expect(await vsctl('get', 'Open_vSwitch', '.', 'external_ids:kept')).toBe('yes\n');
  });

  it('end together when one of them does, so that the kubelet starts them anew', async () => {
    const before = child;
    if (before === undefined) throw new Error('not started');
    const end = ended(before);
    process.kill(Number(readFileSync(join(home, 'run', 'ovs-vswitchd.pid'), 'utf8')), 'SIGKILL');
    expect(await end).toBe(1);
    expect(log).toContain('a program ended; stopping the others');
  });

  it('are taken from the node, with all that Kube-OVN put there', async () => {
    const host = join(home, 'host');
    for (const folder of ['cni-bin', 'cni-conf', 'ovn']) mkdirSync(join(host, folder), { recursive: true });
    for (const file of ['cni-bin/kube-ovn', 'cni-bin/other', 'cni-conf/01-kube-ovn.conflist', 'ovn/ovnnb_db.db'])
      writeFileSync(join(host, file), '');
    const clean = ['env', `KUBE_OVN_HOST=${host}`, 'CONFLIST=01-kube-ovn.conflist', join(images, 'openvswitch', 'clean-node.sh')].join(' ');
    const inNode = (script: string): Promise<string> => run('unshare', '--net', 'bash', '-c', script);

    // not beside a switch that runs
    start();
    await expect.poll(alive, { timeout: 20_000 }).toBe('');
    expect(await vsctl('--may-exist', 'add-br', 'br-int', '--', 'set', 'bridge', 'br-int', 'datapath_type=netdev')).toBe('');
    expect(await vsctl('add-br', 'br-nets', '--', 'set', 'bridge', 'br-nets', 'datapath_type=netdev', 'external_ids:vendor=kube-ovn')).toBe(
      '',
    );
    expect(await inNode(clean)).toContain('delete the DaemonSet ovs-ovn first');
    await stop();

    // a physical network is not torn from the node, and its database stays
    expect(await inNode(clean)).toContain('bridge br-nets is of a ProviderNetwork');
    start();
    await expect.poll(alive, { timeout: 20_000 }).toBe('');
    expect(await vsctl('--if-exists', 'del-br', 'br-nets')).toBe('');
    await stop();

    const made = "nft 'add table inet kube-ovn; add table inet kube-ovn-services; add table inet other'; ip link add ovn0 type dummy";
    const left = await inNode(`${made}; ${clean} >&2 && nft list tables && ip -br link show type dummy`);
    expect(left).toBe('table inet other\n');
    const files = globSync('**/*', { cwd: home, withFileTypes: true }).filter(
      (entry) => !entry.isDirectory() && !entry.parentPath.endsWith('tls'),
    );
    expect(files.map(({ name }) => name)).toEqual(['other']);
    // once more, when there is nothing
    expect(await inNode(clean)).toBe('');
  });
});

describe('the CNI plugin', () => {
  it('is put on the node whole, with its configuration, and again over an older one', async () => {
    const [host, from] = [join(home, 'host'), join(home, 'kube-ovn')];
    for (const folder of ['cni-bin', 'cni-conf']) mkdirSync(join(host, folder), { recursive: true });
    mkdirSync(from);
    cpSync(join(images, 'daemon', 'kube-ovn.conflist'), join(from, 'kube-ovn.conflist'));
    const install = async (plugin: string): Promise<string> => {
      writeFileSync(join(from, 'kube-ovn'), plugin);
      const { stderr } = await promisify(execFile)(join(images, 'daemon', 'install-cni.sh'), [], {
        env: { PATH: process.env['PATH'], KUBE_OVN_HOME: from, KUBE_OVN_HOST: host, CONFLIST: '01-kube-ovn.conflist' },
      });
      return stderr;
    };
    expect(await install('one')).toBe('');
    expect(await install('two')).toBe('');
    expect(readFileSync(join(host, 'cni-bin', 'kube-ovn'), 'utf8')).toBe('two');
    expect(statSync(join(host, 'cni-bin', 'kube-ovn')).mode & 0o777).toBe(0o755);
    expect(JSON.parse(readFileSync(join(host, 'cni-conf', '01-kube-ovn.conflist'), 'utf8'))).toMatchObject({
      name: 'kube-ovn',
      plugins: [{ type: 'kube-ovn', server_socket: '/run/openvswitch/kube-ovn-daemon.sock' }],
    });
  });
});
