/** The programs of a lab beside OVN's, as process specifications: pure. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { daemonCapabilities, speakerCapabilities } from '@kube-ovn/install';
import { centralRemotes, nodeAddresses, southboundRemote, UPLINK_BRIDGE, type Layout, type NodeLayout } from '../infra/layout.ts';
import type { ProcessSpec } from '../infra/supervisor.ts';

const APPS = fileURLToPath(new URL('../../..', import.meta.url));

/** The CNI plugin, which `npm run build:cni` makes. */
export const PLUGIN: string = join(APPS, 'cni', 'dist', 'kube-ovn');

/** Where the lab's own cluster settings are; each family has its own ranges. */
export const CLUSTER = {
  ipv4: { pods: '10.16.0.0/16', join: '100.64.0.0/16', services: '10.96.0.0/12', dns: '10.96.0.10' },
  ipv6: { pods: 'fd00:10:16::/112', join: 'fd00:100:64::/112', services: 'fd00:10:96::/112', dns: 'fd00:10:96::a' },
} as const;

/** A range of the cluster in the families that the lab uses: `v4`, `v6` or `v4,v6`. */
export function clusterRange(layout: Layout, range: keyof (typeof CLUSTER)['ipv4']): string {
  const { families } = layout;
  return [...(families === 'ipv6' ? [] : [CLUSTER.ipv4[range]]), ...(families === 'ipv4' ? [] : [CLUSTER.ipv6[range]])].join(',');
}

/** Command line of one of our programs, run from its source. */
function fromSource(program: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning', join(APPS, program), ...args];
}

/** The same with no more capabilities than its container has in a cluster. */
function confined(capabilities: readonly string[], program: string, ...args: readonly string[]): readonly string[] {
  const kept = capabilities.map((name) => `+${name.toLowerCase()}`).join(',');
  return ['setpriv', '--bounding-set', `-all,${kept}`, '--no-new-privs', ...fromSource(program, ...args)];
}

/** Folder of the embedded API server's kubeconfig, certificates and tokens. */
export function apiDir(layout: Layout): string {
  return join(layout.dir, 'api');
}

export function apiServer(layout: Layout, port: number): ProcessSpec {
  return {
    id: 'apiserver',
    argv: fromSource(
      'lab/src/apiserver/main.ts',
      '--dir',
      apiDir(layout),
      '--port',
      String(port),
      '--service-cluster-ip-range',
      clusterRange(layout, 'services'),
      // A server that ends is started again, and then knows what it knew.
      '--data',
      join(apiDir(layout), 'objects.jsonl'),
    ),
  };
}

export function workloads(kubeconfig: string): ProcessSpec {
  return { id: 'workloads', argv: fromSource('lab/src/workloads/main.ts', '--kubeconfig', kubeconfig) };
}

/** Folder of a node's kubelet. */
export function kubeletRoot(node: NodeLayout): string {
  return join(node.dir, 'kubelet');
}

/** @param options.binDirs folders that are searched for CNI plugins before the usual ones */
export function kubelet(
  layout: Layout,
  node: NodeLayout,
  options: { readonly kubeconfig: string; readonly binDirs: readonly string[] },
): ProcessSpec {
  return {
    id: `${node.name}-kubelet`,
    namespace: node.namespace,
    argv: fromSource(
      'lab/src/kubelet/main.ts',
      '--node',
      node.name,
      '--kubeconfig',
      options.kubeconfig,
      '--node-ip',
      nodeAddresses(layout, node).join(','),
      '--management-ip',
      node.managementAddress,
      '--listen-unix',
      node.kubeletSocket,
      '--cni-conf-dir',
      node.cniConfDir,
      '--cni-bin-dir',
      [...options.binDirs, join(APPS, 'cni', 'dist'), '/usr/lib/cni', '/opt/cni/bin'].join(','),
      '--root',
      kubeletRoot(node),
      '--netns-prefix',
      `${layout.name}-p-`,
      '--cluster-dns',
      clusterRange(layout, 'dns'),
    ),
  };
}

/** One of the controller's replicas; its metrics and health are on a loopback port, its web page on another. */
export function controller(
  layout: Layout,
  replica: { readonly index: number; readonly port: number; readonly webPort: number; readonly flags: readonly string[] },
  kubeconfig: string,
): ProcessSpec {
  return {
    id: `controller-${replica.index}`,
    env: { POD_NAME: `kube-ovn-controller-${replica.index}`, POD_NAMESPACE: 'kube-system' },
    argv: fromSource(
      'controller/src/main.ts',
      '--kubeconfig',
      kubeconfig,
      '--ovn-nb-addr',
      centralRemotes(layout, 'nb').join(','),
      '--ovn-sb-addr',
      centralRemotes(layout, 'sb').join(','),
      '--default-cidr',
      clusterRange(layout, 'pods'),
      '--node-switch-cidr',
      clusterRange(layout, 'join'),
      '--service-cluster-ip-range',
      clusterRange(layout, 'services'),
      '--metrics-address',
      '127.0.0.1',
      '--pprof-port',
      String(replica.port),
      '--web-address',
      `127.0.0.1:${replica.webPort}`,
      '--leader-elect-lease-duration',
      '5s',
      '--leader-elect-renew-deadline',
      '3s',
      '--leader-elect-retry-period',
      '1s',
      ...replica.flags,
    ),
  };
}

/** The BGP speaker of a node, which a test starts where it needs one. */
export function speaker(node: NodeLayout, options: { readonly kubeconfig: string; readonly flags: readonly string[] }): ProcessSpec {
  return {
    id: `${node.name}-speaker`,
    namespace: node.namespace,
    argv: confined(
      speakerCapabilities,
      'speaker/src/main.ts',
      '--node-name',
      node.name,
      '--kubeconfig',
      options.kubeconfig,
      '--run-dir',
      join(node.dir, 'speaker'),
      ...options.flags,
    ),
  };
}

export function daemon(layout: Layout, node: NodeLayout, kubeconfig: string): ProcessSpec {
  return {
    id: `${node.name}-daemon`,
    namespace: node.namespace,
    argv: confined(
      daemonCapabilities,
      'daemon/src/main.ts',
      '--node-name',
      node.name,
      '--kubeconfig',
      kubeconfig,
      '--ovs-socket',
      `unix:${node.ovsSocket}`,
      '--vswitchd-ctl',
      join(node.dir, 'ovs-vswitchd.ctl'),
      '--bind-socket',
      node.daemonSocket,
      '--service-cluster-ip-range',
      clusterRange(layout, 'services'),
      '--mtu',
      '0',
      '--kubelet-dir',
      kubeletRoot(node),
      '--vhost-socket-dir',
      join(node.dir, 'vhost'),
      '--network-type',
      'geneve',
      '--iface',
      UPLINK_BRIDGE,
      '--encap-ip',
      node.underlayAddress,
      '--ovn-sb-addr',
      southboundRemote(layout),
      '--datapath-type',
      'netdev',
      '--pprof-port',
      '10665',
      '--metrics-address',
      node.managementAddress,
    ),
  };
}

export function outsideServer(layout: Layout): ProcessSpec {
  return netexecIn(layout.outside.namespace, 'outside-netexec');
}

/** A host that tells who asks it. */
export function netexecIn(namespace: string, id: string): ProcessSpec {
  return {
    id,
    namespace,
    argv: fromSource('lab/src/netexec/main.ts', 'netexec', '--http-port=8080', '--udp-port=8081'),
  };
}

/** The CNI configuration of a node. @source CNI SPEC section 1 */
export function conflist(node: NodeLayout): string {
  return `${JSON.stringify({ cniVersion: '1.1.0', name: 'kube-ovn', plugins: [{ type: 'kube-ovn', server_socket: node.daemonSocket }] }, undefined, 2)}\n`;
}
