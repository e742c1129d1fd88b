/**
 * Namespaces and links of a lab.
 *
 * ```
 *   central ── mg0 ═ mgc ─┐                       ┌─ ul<i> ═ ul0 ── node i (br-phy)
 *   node i  ── mg0 ═ mg<i>┴─ br-mg (ul) br-ul ────┴─ ulo   ═ ul0 ── out: router and external host
 * ```
 * Both ends of every veth pair are born inside namespaces, so the root namespace never sees a link of the lab and
 * deleting the namespaces deletes them all.
 */
import type { Layout, NodeLayout } from './layout.ts';
import { UNDERLAY_MTU } from './layout.ts';
import { record } from './manifest.ts';
import { inNamespace, ipBatch, runTool } from './tool.ts';

/** Make a named network namespace with its loopback up; recorded first. */
export async function makeNamespace(layout: Layout, namespace: string): Promise<void> {
  record(layout.manifest, { kind: 'namespace', name: namespace });
  await runTool(['ip', 'netns', 'add', namespace]);
  await ipBatch(namespace, ['link set lo up']);
}

/** The two switches of the lab: `br-ul` (underlay) and `br-mg` (management). */
export async function makeSwitches(layout: Layout): Promise<void> {
  await ipBatch(layout.underlayNamespace, [
    'link add br-ul type bridge',
    `link set br-ul mtu ${UNDERLAY_MTU} up`,
    'link add br-mg type bridge',
    'link set br-mg up',
  ]);
}

interface Cable {
  readonly namespace: string;
  readonly name: string;
  readonly peer: string;
  readonly bridge: 'br-ul' | 'br-mg';
  readonly mtu: number;
}

async function plug(layout: Layout, cable: Cable): Promise<void> {
  const { namespace, name, peer, bridge, mtu } = cable;
  await ipBatch(undefined, [
    `link add ${name} netns ${namespace} mtu ${mtu} type veth peer name ${peer} netns ${layout.underlayNamespace}`,
  ]);
  await Promise.all([
    ipBatch(layout.underlayNamespace, [`link set ${peer} mtu ${mtu} master ${bridge} up`]),
    ipBatch(namespace, [`link set ${name} up`]),
  ]);
}

export async function connectCentral(layout: Layout): Promise<void> {
  const { namespace, addresses, apiAddress } = layout.central;
  await plug(layout, { namespace, name: 'mg0', peer: 'mgc', bridge: 'br-mg', mtu: 1500 });
  await ipBatch(
    namespace,
    [...new Set([apiAddress, ...addresses])].map((address) => `addr add ${address}/24 dev mg0`),
  );
}

/** Node i gets `mg0` with its management address and `ul0`, which `br-phy` will take. */
export async function connectNode(layout: Layout, node: NodeLayout): Promise<void> {
  const { namespace, index } = node;
  await Promise.all([
    plug(layout, { namespace, name: 'mg0', peer: `mg${index}`, bridge: 'br-mg', mtu: 1500 }),
    plug(layout, { namespace, name: 'ul0', peer: `ul${index}`, bridge: 'br-ul', mtu: UNDERLAY_MTU }),
  ]);
  await ipBatch(namespace, [`addr add ${node.managementAddress}/24 dev mg0`]);
  // As kubeadm demands of a node: it forwards. Everything else is the daemon's to set.
  await Promise.all(
    ['/proc/sys/net/ipv4/ip_forward', '/proc/sys/net/ipv6/conf/all/forwarding'].map((file) =>
      runTool(inNamespace(namespace, ['tee', file]), { input: '1' }),
    ),
  );
}

/** The outside: a router on the underlay with an external host behind it (its loopback). */
export async function connectOutside(layout: Layout): Promise<void> {
  const { namespace, underlayAddress, underlayAddress6, host, host6 } = layout.outside;
  await plug(layout, { namespace, name: 'ul0', peer: 'ulo', bridge: 'br-ul', mtu: 1500 });
  // The userspace datapath hands over packets whose checksum a sending kernel left to hardware that isn't there.
  await runTool(inNamespace(namespace, ['ethtool', '-K', 'ul0', 'tx', 'off']));
  await ipBatch(namespace, [
    `addr add ${underlayAddress}/24 dev ul0`,
    `addr add ${underlayAddress6}/64 dev ul0 nodad`,
    `addr add ${host}/32 dev lo`,
    `addr add ${host6}/128 dev lo nodad`,
    // What the host sends by itself bears the host's address: an answer by UDP must come from where the question went.
    `route replace 10.254.0.0/24 dev ul0 src ${host}`,
    `route replace fd00:10:254::/64 dev ul0 metric 256 src ${host6}`,
  ]);
}

/** Addresses and default routes of a node on its uplink bridge, once ovs-vswitchd has made the bridge's tap. */
export async function addressUplink(layout: Layout, node: NodeLayout, bridge: string): Promise<void> {
  const { outside } = layout;
  await ipBatch(node.namespace, [
    `link set ${bridge} up`,
    `addr replace ${node.underlayAddress}/24 dev ${bridge}`,
    `addr replace ${node.underlayAddress6}/64 dev ${bridge} nodad`,
    `route replace default via ${outside.underlayAddress} dev ${bridge}`,
    `route replace ::/0 via ${outside.underlayAddress6} dev ${bridge}`,
  ]);
}
