/** One node with real OVN: databases, northd, ovs-vswitchd (userspace datapath) and ovn-controller, in a network namespace of its own. */
import { execFile, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createNetns, deleteNetns, rtnl, type Netns } from '@kube-ovn/host';
import { end, start } from './processes.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 20_000;

/** A running node. */
export interface OvnNode extends AsyncDisposable {
  readonly ns: Netns;
  readonly directory: string;
  /** Remote of the node's Open_vSwitch database. */
  readonly ovsSocket: string;
  nbctl(...args: readonly string[]): Promise<string>;
  vsctl(...args: readonly string[]): Promise<string>;
  /** What br-int has of OpenFlow rules. */
  flows(): Promise<readonly string[]>;
  /** A namespace for a pod; removed with the node. */
  podNetns(name: string): Netns;
  /** Kill ovs-vswitchd and start it again. */
  restartVswitchd(): Promise<void>;
  /** Kill the node's ovsdb-server and start it again on the same file. */
  restartDatabase(): Promise<void>;
}

/** Address of the node's end of the tunnels; seen inside its namespace alone. */
export const NODE_ADDRESS = '10.254.0.1';

/** Start everything; ready when br-int is there. */
export async function startOvnNode(): Promise<OvnNode> {
  const id = randomBytes(3).toString('hex');
  const directory = await mkdtemp(join(tmpdir(), 'ko-daemon-'));
  const made: Netns[] = [];
  const children = new Map<string, ChildProcess>();
  const netns = (label: string): Netns => {
    const ns = createNetns(`/run/netns/ko-d-${id}-${label}`);
    made.push(ns);
    return ns;
  };
  const ns = netns('node');
  const file = (name: string): string => join(directory, name);
  const env = {
    OVS_RUNDIR: directory,
    OVN_RUNDIR: directory,
    OVS_LOGDIR: directory,
    OVN_LOGDIR: directory,
    OVS_DBDIR: directory,
    OVS_SYSCONFDIR: directory,
  };
  const launch = (name: string, command: string, ...args: readonly string[]): void => {
    children.set(name, start({ command, args, ns, env, log: file(`${name}.out`) }));
  };
  const serve = (name: string): void =>
    launch(
      name,
      'ovsdb-server',
      file(`${name}.db`),
      `--remote=punix:${file(`${name}.sock`)}`,
      `--unixctl=${file(`${name}.ctl`)}`,
      '-vconsole:off',
    );
  const database = async (name: string, schema: string): Promise<void> => {
    await run('ovsdb-tool', ['create', file(`${name}.db`), schema]);
    serve(name);
  };
  const vswitchd = (): void =>
    launch(
      'vswitchd',
      'ovs-vswitchd',
      `unix:${file('conf.sock')}`,
      `--unixctl=${file('vswitchd.ctl')}`,
      '-vconsole:off',
      `--log-file=${file('vswitchd.log')}`,
    );
  const nbctl = (...args: readonly string[]): Promise<string> => tool('ovn-nbctl', `--db=unix:${file('nb.sock')}`, ...args);
  const vsctl = (...args: readonly string[]): Promise<string> => tool('ovs-vsctl', `--db=unix:${file('conf.sock')}`, ...args);
  const tool = async (...[command = '', ...args]: readonly string[]): Promise<string> =>
    (await run(command, ['-t', '15', ...args], { timeout: TIMEOUT_MS })).stdout.trim();
  const dispose = async (): Promise<void> => {
    for (const child of [...children.values()].toReversed()) await end(child, 'SIGKILL');
    for (const each of made) {
      each[Symbol.dispose]();
      deleteNetns(each.path);
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await mkdir(directory, { recursive: true });
    await makeUnderlay(ns);
    await Promise.all([
      database('nb', '/usr/share/ovn/ovn-nb.ovsschema'),
      database('sb', '/usr/share/ovn/ovn-sb.ovsschema'),
      database('conf', '/usr/share/openvswitch/vswitch.ovsschema'),
    ]);
    await Promise.all([retry(() => nbctl('init')), retry(() => vsctl('--no-wait', 'init'))]);
    launch(
      'northd',
      'ovn-northd',
      `--ovnnb-db=unix:${file('nb.sock')}`,
      `--ovnsb-db=unix:${file('sb.sock')}`,
      `--unixctl=${file('northd.ctl')}`,
      '-vconsole:off',
    );
    const settings = [
      'ovn-bridge-datapath-type=netdev',
      `ovn-remote=unix:${file('sb.sock')}`,
      'ovn-encap-type=geneve',
      `ovn-encap-ip=${NODE_ADDRESS}`,
      'system-id=node1',
    ];
    await vsctl('--no-wait', 'set', 'Open_vSwitch', '.', ...settings.map((setting) => `external_ids:${setting}`));
    vswitchd();
    launch('controller', 'ovn-controller', `unix:${file('conf.sock')}`, '-vconsole:off', `--log-file=${file('controller.log')}`);
    await retry(() => vsctl('br-exists', 'br-int'));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    ns,
    directory,
    ovsSocket: `unix:${file('conf.sock')}`,
    nbctl,
    vsctl,
    flows: async () => (await tool('ovs-ofctl', '-O', 'OpenFlow15', 'dump-flows', `unix:${file('br-int.mgmt')}`)).split('\n'),
    podNetns: netns,
    restartVswitchd: async () => {
      const old = children.get('vswitchd');
      if (old !== undefined) await end(old, 'SIGKILL');
      vswitchd();
    },
    restartDatabase: async () => {
      const old = children.get('conf');
      if (old !== undefined) await end(old, 'SIGKILL');
      await rm(file('conf.sock'), { force: true });
      serve('conf');
      await retry(() => vsctl('--no-wait', 'list', 'Open_vSwitch'));
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** A link with the node's address; nothing is behind it. */
async function makeUnderlay(ns: Netns): Promise<void> {
  using links = rtnl(ns);
  await links.changeLink('lo', { up: true });
  await links.addVeth({ name: 'ul0', mtuBytes: 1500, up: true, peer: { name: 'ul1', mtuBytes: 1500 } });
  await links.changeLink('ul1', { up: true });
  await links.addAddress('ul0', `${NODE_ADDRESS}/24`);
}

/** Try until it works, for at most `TIMEOUT_MS`. */
export async function retry<T>(work: () => Promise<T> | T): Promise<T> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
