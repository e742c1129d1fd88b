/** An Open vSwitch with a database and files of its own, in one network namespace. */
import { join } from 'node:path';
import { SCHEMAS } from './preconditions.ts';
import type { Supervisor } from './supervisor.ts';
import { runTool } from './tool.ts';
import { accepts } from './wait.ts';

export interface SwitchPlace {
  /** Begins the names of its processes. */
  readonly name: string;
  readonly namespace: string;
  readonly dir: string;
  readonly ovsSocket: string;
}

/** Environment that keeps an OVS or OVN program inside its folder; `br-int.mgmt` lives in OVS_RUNDIR. */
export function ovsEnvironment({ dir }: Pick<SwitchPlace, 'dir'>): Readonly<Record<string, string>> {
  return { OVS_RUNDIR: dir, OVN_RUNDIR: dir, OVS_LOGDIR: dir, OVS_DBDIR: dir, OVS_SYSCONFDIR: dir };
}

/** Its ovs-vswitchd is that of Debian's openvswitch-switch-dpdk. */
export const DPDK_VSWITCHD = '/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk';

/** One thread of each kind: a machine holds many of these switches. */
const FEW_THREADS = ['other_config:n-handler-threads=1', 'other_config:n-revalidator-threads=1'];

/**
 * Start ovsdb-server and ovs-vswitchd; both answer on return.
 * @param options.settings columns of its Open_vSwitch row, as ovs-vsctl writes them
 * @param options.program of ovs-vswitchd
 */
export async function startOpenVswitch(
  place: SwitchPlace,
  supervisor: Supervisor,
  { settings = [], program = 'ovs-vswitchd' }: { readonly settings?: readonly string[]; readonly program?: string } = {},
): Promise<void> {
  const { dir, namespace, name, ovsSocket } = place;
  const env = ovsEnvironment(place);
  const database = join(dir, 'conf.db');
  await runTool(['ovsdb-tool', 'create', database, SCHEMAS.ovs]);
  await supervisor.start({
    id: `${name}-ovsdb`,
    namespace,
    env,
    argv: [
      'ovsdb-server',
      '-vconsole:warn',
      `--remote=punix:${ovsSocket}`,
      `--pidfile=${join(dir, 'ovsdb-server.pid')}`,
      `--unixctl=${join(dir, 'ovsdb-server.ctl')}`,
      database,
    ],
    ready: () => accepts(ovsSocket),
  });
  const first = ['--no-wait', '--', 'init', '--', 'set', 'Open_vSwitch', '.', ...FEW_THREADS, ...settings];
  await runTool(['ovs-vsctl', `--db=unix:${ovsSocket}`, ...first], { env });
  const control = join(dir, 'ovs-vswitchd.ctl');
  await supervisor.start({
    id: `${name}-vswitchd`,
    namespace,
    env,
    argv: [program, '-vconsole:warn', `--pidfile=${join(dir, 'ovs-vswitchd.pid')}`, `--unixctl=${control}`, `unix:${ovsSocket}`],
    ready: () => accepts(control),
  });
}
