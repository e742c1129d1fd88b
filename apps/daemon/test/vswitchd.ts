/** A real ovs-vswitchd and its database, with a userspace datapath on ports that exist in the process alone. */
import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { controlSocket, vswitchdControl, type VswitchdControl } from '../src/sources/vswitchd-control.ts';
import { retry } from './ovn-node.ts';
import { end, start } from './processes.ts';

const run = promisify(execFile);
const ENDED_BY_TEST = 'SIGKILL';

/** A running one. */
export interface Vswitchd extends AsyncDisposable {
  /** Remote of its database. */
  readonly remote: string;
  readonly control: VswitchdControl;
  file(name: string): string;
  vsctl(...args: readonly string[]): Promise<string>;
  /** Put these rules in the place of all that are there. */
  rules(...rules: readonly string[]): Promise<void>;
  /** A packet arrives at a port, by the form of ovs-dpctl. */
  packet(port: string, key: string): Promise<string>;
  /** What it was ended by; undefined: it runs. */
  endedBy(): string | undefined;
  /** Start it again, once it has ended. */
  restart(): Promise<void>;
}

/** Start one with bridge br0 and ports p1 and p2, numbered so. */
export async function startVswitchd(): Promise<Vswitchd> {
  const directory = await mkdtemp(join(tmpdir(), 'ko-vswitchd-'));
  const file = (name: string): string => join(directory, name);
  const remote = `unix:${file('db.sock')}`;
  const control = vswitchdControl(() => controlSocket(undefined, remote));
  const env = { OVS_RUNDIR: directory, OVS_LOGDIR: directory };
  const launch = (command: string, ...args: readonly string[]): ChildProcess => start({ command, args, env, log: file(`${command}.out`) });
  const switchArgs = ['--enable-dummy', '--disable-system', `--pidfile=${file('ovs-vswitchd.pid')}`, remote, '-vconsole:off'];
  const vsctl = async (...args: readonly string[]): Promise<string> =>
    (await run('ovs-vsctl', [`--db=${remote}`, '-t', '20', ...args])).stdout.trim();

  await run('ovsdb-tool', ['create', file('conf.db'), '/usr/share/openvswitch/vswitch.ovsschema']);
  const server = launch(
    'ovsdb-server',
    file('conf.db'),
    `--remote=punix:${file('db.sock')}`,
    `--unixctl=${file('db.ctl')}`,
    '-vconsole:off',
  );
  await retry(() => vsctl('--no-wait', 'init'));
  let child = launch('ovs-vswitchd', ...switchArgs);
  await vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=dummy', 'fail-mode=secure', 'protocols=OpenFlow15');
  // As ovn-controller does, to be told what the datapath can do.
  await vsctl('--', '--id=@dummy', 'create', 'Datapath', 'datapath_version=0', '--', 'set', 'Open_vSwitch', '.', 'datapaths:dummy=@dummy');
  for (const [index, port] of ['p1', 'p2'].entries())
    await vsctl('add-port', 'br0', port, '--', 'set', 'interface', port, 'type=dummy', `ofport_request=${index + 1}`);
  return {
    remote,
    control,
    file,
    vsctl,
    rules: async (...rules) => {
      await writeFile(file('rules'), rules.map((rule) => `${rule}\n`).join(''));
      await run('ovs-ofctl', ['-O', 'OpenFlow15', '--bundle', 'replace-flows', `unix:${file('br0.mgmt')}`, file('rules')]);
    },
    packet: (port, key) => control('netdev-dummy/receive', port, key),
    endedBy: () => child.signalCode ?? undefined,
    restart: async () => {
      await end(child, ENDED_BY_TEST);
      child = launch('ovs-vswitchd', ...switchArgs);
      await retry(() => run('ovs-ofctl', ['-O', 'OpenFlow15', 'show', `unix:${file('br0.mgmt')}`]));
    },
    [Symbol.asyncDispose]: async () => {
      await end(child);
      await end(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
