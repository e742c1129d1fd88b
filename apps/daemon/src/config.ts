/**
 * Command line → configuration, read once. Flags are Kube-OVN's where it has one for the same thing.
 */
import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { DEFAULT_CNI_SOCKET, DEFAULT_VPC } from '@kube-ovn/api';
import { VHOST_SOCKET_DIRECTORY } from '@kube-ovn/datapath-dpdk';
import { LOG_LEVELS, type LogLevel } from '@kube-ovn/telemetry';
import type { TunnelType } from './features/chassis/chassis.formula.ts';
import type { Remedy } from './features/remedy.ts';

/** What the daemon is told. */
export interface Config {
  readonly nodeName: string;
  readonly kubeconfig: string | undefined;
  /** Remote of the node's Open_vSwitch database: `unix:/run/openvswitch/db.sock` */
  readonly ovsSocket: string;
  /** Control socket of ovs-vswitchd; undefined: found by its pid file. */
  readonly vswitchdControl: string | undefined;
  readonly flowRefresh: Remedy;
  /** Keep ovn-controller from committing connections with NAT of nothing. */
  readonly withdrawZeroSnat: Remedy;
  /** Where the CNI plugin finds the daemon. */
  readonly bindSocket: string;
  /** Southbound database for ovn-controller; undefined keeps what the installation set. */
  readonly southbound: string | undefined;
  readonly tunnelType: TunnelType;
  readonly encapAddress: string | undefined;
  readonly encapChecksum: boolean;
  /** Names or patterns of the link that carries the tunnels. */
  readonly interfaces: readonly string[];
  /** 0: derived from the link that carries the tunnels. */
  readonly mtuBytes: number;
  readonly datapathType: 'system' | 'netdev' | undefined;
  /** Folder of kubelet, with the volumes of pods. */
  readonly kubeletDirectory: string;
  /** Where sockets of pods are for Open vSwitch. */
  readonly vhostSocketDirectory: string;
  readonly clusterRouter: string;
  /** Answer services and host ports on the node itself. */
  readonly nodeServices: boolean;
  /** Copy all traffic of br-int, not only that of pods that ask for it. */
  readonly mirrorsAll: boolean;
  /** Interface of the node that gets the copies. */
  readonly mirrorInterface: string;
  readonly metricsAddress: string;
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
}

/** A command line that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const TUNNEL_TYPES: readonly TunnelType[] = ['geneve', 'vxlan', 'stt'];
const REMEDY: readonly Remedy[] = ['auto', 'true', 'false'];
const DATAPATH_TYPES = ['system', 'netdev'] as const;
/** A packet of IPv6 must fit. @source RFC 8200 §5 */
const MIN_MTU_BYTES = 1280;
const MAX_MTU_BYTES = 65_535;

/** Shown by `--help`. */
export const HELP: string = `kube-ovn daemon: gives pods of this node their interface. Runs in the node's network namespace, as root.

  --node-name NAME            name of the Node object (default: NODE_NAME, then KUBE_NODE_NAME, then the host name)
  --kubeconfig FILE           default: the pod's service account
  --ovs-socket REMOTE         Open_vSwitch database (default: unix:/run/openvswitch/db.sock)
  --vswitchd-ctl FILE         control socket of ovs-vswitchd (default: by ovs-vswitchd.pid beside the database's socket)
  --refresh-flow-cache WHEN   have the userspace datapath make its cached flows anew after changes: ${REMEDY.join(', ')}
                              (default: auto, which is for Open vSwitch before 3.1.2: it goes by stale ones)
  --withdraw-zero-snat WHEN   keep connections free of NAT that changes nothing: ${REMEDY.join(', ')}
                              (default: auto, which is for the userspace datapath of Open vSwitch before 3.3.0: it ends over it)
  --bind-socket FILE          unix socket for the CNI plugin (default: ${DEFAULT_CNI_SOCKET})
  --ovn-sb-addr REMOTES       Southbound database for ovn-controller (default: port 6642 of each of OVN_DB_IPS, with TLS if ENABLE_SSL is
                              true; without OVN_DB_IPS: what external_ids:ovn-remote says)
  --network-type TYPE         ${TUNNEL_TYPES.join(', ')} (default: geneve)
  --encap-ip ADDRESS          end of the tunnels (default: by --iface, then the node's InternalIP)
  --encap-checksum BOOL       checksums in tunnel packets (default: true)
  --iface NAMES               link that carries the tunnels: names or patterns, separated by commas
  --mtu BYTES                 MTU of pods (default 0: that of the tunnels' link, minus the tunnel's overhead)
  --datapath-type TYPE        ${DATAPATH_TYPES.join(', ')} (default: what external_ids:ovn-bridge-datapath-type says)
  --kubelet-dir DIR           folder of kubelet, with the volumes of pods (default: /var/lib/kubelet)
  --vhost-socket-dir DIR      where Open vSwitch finds sockets of pods (default: ${VHOST_SOCKET_DIRECTORY})
  --cluster-router NAME       the Vpc whose traffic passes through nodes (default: ${DEFAULT_VPC})
  --node-services BOOL        answer services and host ports on the node itself; false leaves that to kube-proxy (default: true)
  --service-cluster-ip-range CIDRS  accepted, and not needed: services are OVN load balancers
  --enable-mirror BOOL        copy all traffic of br-int to the node's mirror interface (default: false, only that of pods with
                              the annotation ovn.kubernetes.io/mirror)
  --mirror-iface NAME         the mirror interface, made while there is something to copy (default: mirror0)
  --metrics-address ADDRESS   where /metrics, /livez and /readyz are served (default: 127.0.0.1)
  --pprof-port PORT           port of these (default: 10665; 0 chooses one)
  --log-level LEVEL           ${LOG_LEVELS.join(', ')} (default: info); SIGUSR2 changes it to debug, trace and back
`;

const options = {
  'node-name': { type: 'string' },
  kubeconfig: { type: 'string' },
  'ovs-socket': { type: 'string', default: 'unix:/run/openvswitch/db.sock' },
  'vswitchd-ctl': { type: 'string' },
  'refresh-flow-cache': { type: 'string', default: 'auto' },
  'withdraw-zero-snat': { type: 'string', default: 'auto' },
  'bind-socket': { type: 'string', default: DEFAULT_CNI_SOCKET },
  'ovn-sb-addr': { type: 'string' },
  'network-type': { type: 'string', default: 'geneve' },
  'encap-ip': { type: 'string' },
  'encap-checksum': { type: 'string', default: 'true' },
  iface: { type: 'string', default: '' },
  mtu: { type: 'string', default: '0' },
  'datapath-type': { type: 'string' },
  'kubelet-dir': { type: 'string', default: '/var/lib/kubelet' },
  'vhost-socket-dir': { type: 'string', default: VHOST_SOCKET_DIRECTORY },
  'cluster-router': { type: 'string', default: DEFAULT_VPC },
  'node-services': { type: 'string', default: 'true' },
  'service-cluster-ip-range': { type: 'string' },
  'enable-mirror': { type: 'string', default: 'false' },
  'mirror-iface': { type: 'string', default: 'mirror0' },
  'metrics-address': { type: 'string', default: '127.0.0.1' },
  'pprof-port': { type: 'string', default: '10665' },
  'log-level': { type: 'string', default: 'info' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Read the command line.
 * @returns 'help' when it asks for the help text
 * @throws {ConfigError} naming the flag, its value and what it takes
 */
export function parseConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config | 'help' {
  const values = parseFlags(args);
  if (values.help) return 'help';
  return {
    nodeName: present('node-name', values['node-name'] ?? env['NODE_NAME'] ?? env['KUBE_NODE_NAME'] ?? hostname()),
    kubeconfig: values.kubeconfig,
    ovsSocket: remote('ovs-socket', values['ovs-socket']),
    vswitchdControl: values['vswitchd-ctl'] === undefined ? undefined : path('vswitchd-ctl', values['vswitchd-ctl']),
    flowRefresh: oneOf('refresh-flow-cache', values['refresh-flow-cache'], REMEDY),
    withdrawZeroSnat: oneOf('withdraw-zero-snat', values['withdraw-zero-snat'], REMEDY),
    bindSocket: path('bind-socket', values['bind-socket']),
    southbound: values['ovn-sb-addr'] ?? ofCentral(env),
    tunnelType: oneOf('network-type', values['network-type'], TUNNEL_TYPES),
    encapAddress: values['encap-ip'] === undefined ? undefined : address('encap-ip', values['encap-ip']),
    encapChecksum: oneOf('encap-checksum', values['encap-checksum'], ['true', 'false'] as const) === 'true',
    interfaces: values.iface
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    mtuBytes: mtu(values.mtu),
    datapathType: values['datapath-type'] === undefined ? undefined : oneOf('datapath-type', values['datapath-type'], DATAPATH_TYPES),
    kubeletDirectory: path('kubelet-dir', values['kubelet-dir']),
    vhostSocketDirectory: path('vhost-socket-dir', values['vhost-socket-dir']),
    clusterRouter: present('cluster-router', values['cluster-router']),
    mirrorsAll: oneOf('enable-mirror', values['enable-mirror'], ['true', 'false'] as const) === 'true',
    mirrorInterface: link('mirror-iface', values['mirror-iface']),
    nodeServices: oneOf('node-services', values['node-services'], ['true', 'false'] as const) === 'true',
    metricsAddress: address('metrics-address', values['metrics-address']),
    metricsPort: integer('pprof-port', values['pprof-port'], { min: 0, max: 65_535 }),
    logLevel: oneOf('log-level', values['log-level'], LOG_LEVELS),
  };
}

function parseFlags(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}; --help lists all flags`);
  }
}

/** @source Kube-OVN's manifests: both variables are set for every program that speaks to OVN's databases */
function ofCentral(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const transport = env['ENABLE_SSL'] === 'true' ? 'ssl' : 'tcp';
  const remotes = (env['OVN_DB_IPS'] ?? '')
    .split(',')
    .map((ip) => ip.trim())
    .filter((ip) => ip !== '')
    .map((ip) => `${transport}:${ip.includes(':') ? `[${ip}]` : ip}:6642`);
  return remotes.length === 0 ? undefined : remotes.join(',');
}

function bad(flag: string, value: string, takes: string): ConfigError {
  return new ConfigError(`--${flag} ${JSON.stringify(value.slice(0, 200))}: must be ${takes}`);
}

function present(flag: string, value: string): string {
  if (value === '') throw bad(flag, value, 'a name');
  return value;
}

function oneOf<const T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw bad(flag, value, `one of ${allowed.join(', ')}`);
  return found;
}

function address(flag: string, value: string): string {
  if (isIP(value) === 0) throw bad(flag, value, 'an IP address');
  return value;
}

function remote(flag: string, value: string): string {
  if (!/^(unix|tcp|ssl):./.test(value)) throw bad(flag, value, 'a remote such as unix:/run/openvswitch/db.sock');
  return value;
}

function path(flag: string, value: string): string {
  if (!value.startsWith('/') || Buffer.byteLength(value) > 107) throw bad(flag, value, 'an absolute path of at most 107 bytes');
  return value;
}

/** @source linux/if.h IFNAMSIZ */
function link(flag: string, value: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(value))
    throw bad(flag, value, 'the name of an interface, at most 15 letters, digits and . _ -');
  return value;
}

function mtu(value: string): number {
  return value === '0' ? 0 : integer('mtu', value, { min: MIN_MTU_BYTES, max: MAX_MTU_BYTES });
}

function integer(flag: string, value: string, bounds: { readonly min: number; readonly max: number }): number {
  const number = Number(value);
  if (!/^\d{1,5}$/.test(value) || number < bounds.min || number > bounds.max)
    throw bad(flag, value, `a number from ${bounds.min} to ${bounds.max}`);
  return number;
}
