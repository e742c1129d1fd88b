/**
 * The physical network that a second interface of each node leads to: a switch outside that carries VLANs, and a host on each of them.
 *
 * ```
 *   node i ── eth1 ═ t<i> ─┐                 ┌─ h0  ═ eth0 ── v0: untagged
 *                          br-trunk (out) ───┼─ h10 ═ eth0 ── v10: VLAN 10
 *                                            └─ h20 ═ eth0 ── v20: VLAN 20
 * ```
 * Open vSwitch puts tags on and takes them off, since not every kernel has VLAN devices. Each host has a namespace of its own: one kernel
 * would answer for the addresses of all of them on every VLAN.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout, NodeLayout } from './layout.ts';
import { makeNamespace } from './network.ts';
import { ovsEnvironment, startOpenVswitch } from './open-vswitch.ts';
import type { Supervisor } from './supervisor.ts';
import { inNamespace, ipBatch, runTool } from './tool.ts';

/** Give the node its second interface, with addresses; its other end waits outside for the switch. */
export async function connectTrunk(layout: Layout, node: NodeLayout): Promise<void> {
  const { namespace, index, physicalNic: nic } = node;
  await ipBatch(undefined, [`link add ${nic} netns ${namespace} type veth peer name t${index} netns ${layout.outside.namespace}`]);
  await ipBatch(layout.outside.namespace, [`link set t${index} up`]);
  await ipBatch(namespace, [
    `link set ${nic} up`,
    `addr add ${node.physicalAddress}/24 dev ${nic}`,
    `addr add ${node.physicalAddress6}/64 dev ${nic} nodad`,
  ]);
}

/** Start the switch and connect everything to it, once nodes and outside have their namespaces. */
export async function startTrunk(layout: Layout, supervisor: Supervisor): Promise<void> {
  const { trunk, outside } = layout;
  mkdirSync(trunk.dir, { recursive: true, mode: 0o700 });
  const place = { name: 'trunk', namespace: outside.namespace, dir: trunk.dir, ovsSocket: trunk.ovsSocket };
  const hosts = trunk.hosts.map(async ({ vlan, namespace, address, address6 }) => {
    await makeNamespace(layout, namespace);
    await ipBatch(undefined, [`link add eth0 netns ${namespace} type veth peer name h${vlan} netns ${outside.namespace}`]);
    // The userspace datapath hands over packets whose checksum a sending kernel left to hardware that isn't there.
    await runTool(inNamespace(namespace, ['ethtool', '-K', 'eth0', 'tx', 'off']));
    await ipBatch(outside.namespace, [`link set h${vlan} up`]);
    await ipBatch(namespace, ['link set eth0 up', `addr add ${address}/24 dev eth0`, `addr add ${address6}/64 dev eth0 nodad`]);
  });
  await Promise.all([startOpenVswitch(place, supervisor), ...hosts]);
  const ports = [
    ...layout.nodeList.flatMap(({ index }) => ['--', 'add-port', 'br-trunk', `t${index}`]),
    ...trunk.hosts.flatMap(({ vlan }) => ['--', 'add-port', 'br-trunk', `h${vlan}`, `tag=${vlan}`]),
  ];
  const bridge = ['add-br', 'br-trunk', '--', 'set', 'bridge', 'br-trunk', 'datapath_type=netdev', 'fail_mode=standalone'];
  await runTool(['ovs-vsctl', `--db=unix:${trunk.ovsSocket}`, '--timeout=15', ...bridge, ...ports], { env: ovsEnvironment(place) });
  // A flow for each stream: where two hold for a packet, Open vSwitch before 3.1.2 may go by one that is stale, as no physical switch does.
  await runTool(['ovs-appctl', `--target=${join(trunk.dir, 'ovs-vswitchd.ctl')}`, 'upcall/disable-megaflows']);
}
