/** One node: its Open vSwitch (userspace datapath), its uplink bridge and its ovn-controller. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { southboundRemote, UNDERLAY_MTU, UPLINK_BRIDGE, type Layout, type NodeLayout } from './layout.ts';
import { addressUplink } from './network.ts';
import { SCHEMAS } from './preconditions.ts';
import type { Supervisor } from './supervisor.ts';
import { runTool } from './tool.ts';
import { accepts } from './wait.ts';

/** Environment that keeps an OVS or OVN program inside the node's folder; `br-int.mgmt` lives in OVS_RUNDIR. */
function ovsEnvironment(node: NodeLayout): Readonly<Record<string, string>> {
  const { dir } = node;
  return { OVS_RUNDIR: dir, OVN_RUNDIR: dir, OVS_LOGDIR: dir, OVS_DBDIR: dir, OVS_SYSCONFDIR: dir };
}

/** Arguments of the first `ovs-vsctl`: what belongs to this machine and not to the network that is laid over it. */
function machineSettings(node: NodeLayout): readonly string[] {
  return [
    '--',
    'set',
    'Open_vSwitch',
    '.',
    `external_ids:hostname=${node.name}`,
    `external_ids:system-id=${node.name}`,
    'other_config:n-handler-threads=1',
    'other_config:n-revalidator-threads=1',
  ];
}

/** Arguments that put the node's link to the underlay into a bridge, whose own port then holds the address. */
function uplinkSettings(node: NodeLayout): readonly string[] {
  return [
    '--',
    'add-br',
    UPLINK_BRIDGE,
    '--',
    'set',
    'bridge',
    UPLINK_BRIDGE,
    'datapath_type=netdev',
    'fail_mode=standalone',
    `other_config:hwaddr=${node.uplinkMac}`,
    '--',
    'add-port',
    UPLINK_BRIDGE,
    'ul0',
    '--',
    'set',
    'interface',
    UPLINK_BRIDGE,
    `mtu_request=${UNDERLAY_MTU}`,
  ];
}

/** Arguments that make the node a chassis; the daemon's work, done here when a lab runs without daemons. */
function chassisSettings(layout: Layout, node: NodeLayout): readonly string[] {
  return [
    '--',
    'set',
    'Open_vSwitch',
    '.',
    `external_ids:ovn-remote="${southboundRemote(layout)}"`,
    'external_ids:ovn-encap-type=geneve',
    `external_ids:ovn-encap-ip=${node.underlayAddress}`,
    'external_ids:ovn-bridge-datapath-type=netdev',
    'external_ids:ovn-monitor-all=true',
    'external_ids:ovn-openflow-probe-interval=0',
    '--',
    '--may-exist',
    'add-br',
    'br-int',
    '--',
    'set',
    'bridge',
    'br-int',
    'datapath_type=netdev',
    'fail_mode=secure',
    'other_config:disable-in-band=true',
  ];
}

/**
 * Start the daemons of a node.
 *
 * @param central settles when the central databases answer: ovn-controller 23.03 ends by a segmentation fault when it
 *   meets a member of a RAFT cluster that has not joined yet
 */
export async function startNode(
  layout: Layout,
  node: NodeLayout,
  ports: { supervisor: Supervisor; central: Promise<void> },
): Promise<void> {
  const { supervisor } = ports;
  const { dir, namespace, name, ovsSocket } = node;
  const env = ovsEnvironment(node);
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
  await runTool(['ovs-vsctl', `--db=unix:${ovsSocket}`, '--no-wait', '--', 'init', ...machineSettings(node)], { env });
  const control = join(dir, 'ovs-vswitchd.ctl');
  await supervisor.start({
    id: `${name}-vswitchd`,
    namespace,
    env,
    argv: ['ovs-vswitchd', '-vconsole:warn', `--pidfile=${join(dir, 'ovs-vswitchd.pid')}`, `--unixctl=${control}`, `unix:${ovsSocket}`],
    ready: () => accepts(control),
  });
  // Without --no-wait this returns once ovs-vswitchd has applied the change, the bridge's tap included.
  await runTool(['ovs-vsctl', `--db=unix:${ovsSocket}`, '--timeout=15', ...uplinkSettings(node)], { env });
  await addressUplink(layout, node, UPLINK_BRIDGE);
  await ports.central;
  await supervisor.start({
    id: `${name}-ovn-controller`,
    namespace,
    env,
    // What policies log is to be seen too.
    argv: [
      'ovn-controller',
      '-vconsole:warn',
      '-vacl_log:console:info',
      `--pidfile=${join(dir, 'ovn-controller.pid')}`,
      `unix:${ovsSocket}`,
    ],
  });
}

/** Make the node a chassis without a daemon. */
export async function configureChassis(layout: Layout, node: NodeLayout): Promise<void> {
  await runTool(['ovs-vsctl', `--db=unix:${node.ovsSocket}`, '--timeout=15', ...chassisSettings(layout, node)], {
    env: ovsEnvironment(node),
  });
}

/** The folders that a node's programs write to. */
export function makeNodeFolders(node: NodeLayout): void {
  mkdirSync(node.dir, { recursive: true, mode: 0o700 });
  mkdirSync(node.cniConfDir, { recursive: true, mode: 0o700 });
}
