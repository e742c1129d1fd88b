/**
 * Open vSwitch with DPDK in a network namespace and folders of its own, and DPDK programs that play pods.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createNetns, deleteNetns, inNetns, type Netns } from '@kube-ovn/host';
import { ovsIdentities, vswitchTables } from '@kube-ovn/ovn-model';
import {
  named,
  rowsOf,
  selectionOf,
  singletonIdentity,
  synchronize,
  type DatabaseClient,
  type RowOf,
  type Synchronizer,
} from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { schemaFiles, startTestServer } from '@kube-ovn/ovsdb/testing';
import { dpdkSettings, type PlannedPod } from '@kube-ovn/datapath-dpdk';

/** Where Debian's openvswitch-switch-dpdk has it. */
const VSWITCHD = '/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk';
const TESTPMD = 'dpdk-testpmd';
/** DPDK clears all hugepages that it takes. */
const START_MS = 60_000;

/** The tables that the tests read. */
const tables = [vswitchTables.openVswitch, vswitchTables.bridge, vswitchTables.port, vswitchTables.networkInterface];

/** A switch. */
export interface TestSwitch extends AsyncDisposable {
  readonly directory: string;
  readonly ns: Netns;
  readonly synchronizer: Synchronizer;
  /** Start ovs-vswitchd; what it reports afterwards is its own and not its predecessor's. */
  start(): Promise<void>;
  /** End it by a signal. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  root(): RowOf<typeof vswitchTables.openVswitch>;
  interfaceOf(name: string): RowOf<typeof vswitchTables.networkInterface> | undefined;
  /** Until `isTrue`, which is asked whenever the database changes; `what` is for the message when it never is. */
  until(what: string, isTrue: () => boolean): Promise<void>;
}

/** Make one, with an empty bridge `br0`; ovs-vswitchd does not run yet. */
export async function testSwitch(): Promise<TestSwitch> {
  // Short, since sockets of pods are below it.
  const directory = await mkdtemp(join(tmpdir(), 'dpdk-'));
  const ns = createNetns(`/run/netns/${basename(directory)}`);
  const server = await startTestServer({ schemas: [schemaFiles.openVswitch] });
  const client = openDatabase({ remotes: [server.remote], database: 'Open_vSwitch', tables: selectionOf(tables) });
  await client.replica.waitFor(({ state }) => state.name === 'live');
  await client.transact([
    { op: 'insert', table: 'Interface', row: { name: 'br0', type: 'internal' }, uuidName: 'i' },
    { op: 'insert', table: 'Port', row: { name: 'br0', interfaces: named('i') }, uuidName: 'p' },
    { op: 'insert', table: 'Bridge', row: { name: 'br0', datapath_type: 'netdev', ports: named('p') }, uuidName: 'b' },
    { op: 'insert', table: 'Open_vSwitch', row: { bridges: named('b') } },
  ]);
  const identities = { ...ovsIdentities, Open_vSwitch: singletonIdentity({ declaredKeys: { other_config: dpdkSettings } }) };
  const synchronizer = synchronize({ client, identities, clock: systemClock });
  synchronizer.setReady(true);
  return new Switch({ directory, ns, client, synchronizer, remote: server.remote, stopServer: () => server.stop() });
}

interface Parts {
  readonly directory: string;
  readonly ns: Netns;
  readonly client: DatabaseClient;
  readonly synchronizer: Synchronizer;
  readonly remote: string;
  readonly stopServer: () => Promise<void>;
}

class Switch implements TestSwitch {
  readonly directory: string;
  readonly ns: Netns;
  readonly synchronizer: Synchronizer;
  readonly #parts: Parts;
  #vswitchd: ChildProcess | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    ({ directory: this.directory, ns: this.ns, synchronizer: this.synchronizer } = parts);
  }

  async start(): Promise<void> {
    await this.#forget();
    const { directory, ns, remote } = this.#parts;
    const args = [
      remote,
      '-vconsole:emer',
      `--log-file=${join(directory, 'vswitchd.log')}`,
      `--pidfile=${join(directory, 'vswitchd.pid')}`,
    ];
    const env = { ...process.env, OVS_RUNDIR: directory, OVS_LOGDIR: directory, OVS_DBDIR: directory, OVS_SYSCONFDIR: directory };
    this.#vswitchd = inNetns(ns, () =>
      spawn(VSWITCHD, [...args, `--unixctl=${join(directory, 'vswitchd.ctl')}`], { stdio: 'ignore', env }),
    );
    await this.until('DPDK is initialized', () => this.root().dpdk_initialized);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await ended(this.#vswitchd, (child) => child.kill(signal));
    this.#vswitchd = undefined;
  }

  root(): RowOf<typeof vswitchTables.openVswitch> {
    const [root] = rowsOf(this.#parts.client.replica, vswitchTables.openVswitch);
    if (root === undefined) throw new Error('the database has no Open_vSwitch row');
    return root;
  }

  interfaceOf(name: string): RowOf<typeof vswitchTables.networkInterface> | undefined {
    return [...rowsOf(this.#parts.client.replica, vswitchTables.networkInterface)].find((row) => row.name === name);
  }

  async until(what: string, isTrue: () => boolean): Promise<void> {
    try {
      await this.#parts.client.replica.waitFor(() => {
        if (this.#vswitchd !== undefined && this.#vswitchd.exitCode !== null) throw new Error('ovs-vswitchd has ended');
        return isTrue();
      }, START_MS);
    } catch (cause) {
      throw new Error(`never came true: ${what}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
    await this.synchronizer[Symbol.asyncDispose]();
    await this.#parts.client.close();
    await this.#parts.stopServer();
    this.ns[Symbol.dispose]();
    deleteNetns(this.ns.path);
    await rm(this.directory, { recursive: true, force: true });
  }

  /** What an ovs-vswitchd that is gone has reported stays in the database. */
  async #forget(): Promise<void> {
    await this.#parts.client.transact([
      { op: 'update', table: 'Open_vSwitch', where: [], row: { dpdk_initialized: false } },
      { op: 'update', table: 'Interface', where: [], row: { status: new Map(), statistics: new Map() } },
    ]);
  }
}

/** A pod. */
export interface Guest extends AsyncDisposable {
  /** End it; packets that it got and sent. */
  leave(): Promise<{ readonly received: number; readonly sent: number }>;
}

/**
 * A program that generates packets and counts what comes back (`flowgen`), or sends back what it gets (`macswap`).
 * @param pod its arguments are the plan's
 */
export async function startGuest(ns: Netns, pod: PlannedPod, mode: 'flowgen' | 'macswap'): Promise<Guest> {
  await mkdir(pod.socket.directory, { recursive: true });
  const own = ['--auto-start', `--forward-mode=${mode}`, '--total-num-mbufs=4096'];
  const child = inNetns(ns, () => spawn(TESTPMD, [...pod.ealArguments, '--', ...own], { stdio: 'pipe' }));
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (words = (words + bytes.toString()).slice(-20_000)));
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  // It reads a line to know that it shall end.
  const leave = () => ended(child, () => child.stdin.end('\n'));
  return {
    leave: async () => {
      await leave();
      const counts = /RX-packets: (?<received>\d+).*?TX-packets: (?<sent>\d+)/s.exec(words)?.groups;
      if (counts === undefined) throw new Error(`${TESTPMD} has counted nothing: ${words}`);
      return { received: Number(counts['received']), sent: Number(counts['sent']) };
    },
    [Symbol.asyncDispose]: leave,
  };
}

/** Resolves when a child is gone. */
function ended(child: ChildProcess | undefined, end: (child: ChildProcess) => void): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    end(child);
  });
}
