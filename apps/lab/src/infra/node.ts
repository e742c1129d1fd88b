/** One node: its Open vSwitch (userspace datapath), its uplink bridge and its ovn-controller. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { southboundRemote, UNDERLAY_MTU, UPLINK_BRIDGE, type Layout, type NodeLayout } from './layout.ts';
import { addressUplink } from './network.ts';
import { DPDK_VSWITCHD, ovsEnvironment, startOpenVswitch } from './open-vswitch.ts';
import type { Supervisor } from './supervisor.ts';
import { runTool } from './tool.ts';

/** `Open_vSwitch.other_config` of a node with DPDK. */
export type DpdkSettings = Readonly<Record<string, string>>;

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
  ports: { supervisor: Supervisor; central: Promise<void>; dpdk?: DpdkSettings | undefined },
): Promise<void> {
  const { supervisor, dpdk } = ports;
  const { dir, namespace, name, ovsSocket } = node;
  const env = ovsEnvironment(node);
  // What belongs to this machine and not to the network that is laid over it.
  const settings = Object.entries(dpdk ?? {}).map(([key, value]) => `other_config:${key}="${value}"`);
  await startOpenVswitch(node, supervisor, {
    settings: [`external_ids:hostname=${name}`, `external_ids:system-id=${name}`, ...settings],
    ...(dpdk === undefined ? {} : { program: DPDK_VSWITCHD }),
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
