/**
 * Command-line flags as data: one entry is the flag's name, what it takes, its default and its line in `--help`.
 *
 * Names and defaults are Kube-OVN's, so that an existing Deployment starts this controller unchanged.
 */

/** What a flag takes. */
export type FlagKind = 'text' | 'integer' | 'duration' | 'boolean';

export interface Flag {
  readonly kind: FlagKind;
  readonly default: string;
  readonly doc: string;
}

export const flags = {
  kubeconfig: { kind: 'text', default: '', doc: 'path of a kubeconfig; empty: the service account of the pod this runs in' },
  'ovn-nb-addr': {
    kind: 'text',
    default: '',
    doc: 'OVN Northbound remotes, comma-separated (unix:/path, tcp:host:port, ssl:host:port); empty: tcp:<each of $OVN_DB_IPS>:6641',
  },
  'ovn-sb-addr': {
    kind: 'text',
    default: '',
    doc: 'OVN Southbound remotes, in the same form, for which node a gateway is on; empty: tcp:<each of $OVN_DB_IPS>:6642, or none',
  },
  'default-ls': { kind: 'text', default: 'ovn-default', doc: 'name of the Subnet that pods get when their namespace has none' },
  'default-cidr': { kind: 'text', default: '10.16.0.0/16', doc: 'cidrBlock of that Subnet: IPv4, IPv6 or both, comma-separated' },
  'default-gateway': { kind: 'text', default: '', doc: 'its gateway; empty: the first address of each family' },
  'default-exclude-ips': { kind: 'text', default: '', doc: 'its excludeIps, comma-separated; empty: the gateway' },
  'cluster-router': { kind: 'text', default: 'ovn-cluster', doc: 'name of the default Vpc and of its logical router' },
  'node-switch': { kind: 'text', default: 'join', doc: 'name of the Subnet that joins the nodes to the default Vpc' },
  'node-switch-cidr': { kind: 'text', default: '100.64.0.0/16', doc: 'cidrBlock of that Subnet' },
  'node-switch-gateway': { kind: 'text', default: '', doc: 'its gateway; empty: the first address of each family' },
  'external-gateway-switch': {
    kind: 'text',
    default: 'external',
    doc: 'name of the Subnet, on a vlan, that spec.enableExternal joins a Vpc to',
  },
  'external-gateway-net': {
    kind: 'text',
    default: 'external',
    doc: 'name of the ProviderNetwork that ConfigMap ovn-external-gw-config asks for',
  },
  'external-gateway-vlanid': { kind: 'integer', default: '0', doc: 'VLAN of that network; 0: untagged' },
  'external-gateway-config-ns': { kind: 'text', default: 'kube-system', doc: 'namespace of that ConfigMap' },
  'enable-eip-snat': {
    kind: 'boolean',
    default: 'true',
    doc: 'give pods of the default Vpc the external addresses that their annotations eip and snat name',
  },
  'service-cluster-ip-range': { kind: 'text', default: '10.96.0.0/12', doc: 'the ClusterIP range(s) of the cluster, comma-separated' },
  'pprof-port': { kind: 'integer', default: '10660', doc: 'TCP port of /livez, /readyz, /healthz and /metrics; 0 picks a free one' },
  'metrics-address': { kind: 'text', default: '', doc: 'address that this port listens on; empty: $POD_IP, else 127.0.0.1' },
  'leader-elect-lease-duration': {
    kind: 'duration',
    default: '30s',
    doc: 'how long the others wait after the last renewal before they take the lease',
  },
  'leader-elect-renew-deadline': { kind: 'duration', default: '20s', doc: 'a leader that could not renew for this long stops' },
  'leader-elect-retry-period': { kind: 'duration', default: '6s', doc: 'pause between attempts to acquire or renew' },
  'keep-vm-ip': {
    kind: 'boolean',
    default: 'true',
    doc: 'ports and addresses belong to a virtual machine of KubeVirt, not to its pod; change it only while no machine runs',
  },
  'max-journal-writes': { kind: 'integer', default: '32', doc: 'how many IP objects are written at the same time' },
  'safety-brake-share': {
    kind: 'text',
    default: '0.5',
    doc: 'delete nothing from OVN at start when more than this share of our rows (and at least 50) has no object in Kubernetes; 1 never brakes',
  },
  'dry-run': {
    kind: 'boolean',
    default: 'false',
    doc: 'print what the first sync would write to OVN and Kubernetes, write nothing, and end; needs no lease and no right to write',
  },
  'webhook-port': {
    kind: 'text',
    default: '',
    doc: 'TCP port of the validating webhook; 0 picks a free one; empty: there is none',
  },
  'webhook-address': {
    kind: 'text',
    default: '',
    doc: 'address that it listens on, and at which the API server reaches this replica; empty: $POD_IP, else 127.0.0.1',
  },
  'webhook-service': {
    kind: 'text',
    default: '',
    doc: 'namespace/name[:port] of a Service in front of the replicas, by which the API server shall reach it; empty: the leader by its address',
  },
  'webhook-failure-policy': {
    kind: 'text',
    default: 'Ignore',
    doc: 'what becomes of a write when it does not answer: Ignore lets it through, Fail refuses it',
  },
  'webhook-timeout': { kind: 'duration', default: '2s', doc: 'how long the API server waits for it' },
  'webhook-certificate-lifetime': {
    kind: 'duration',
    default: '720h',
    doc: 'how long its certificate is good; replaced when a third of that is left, its authority lives three times as long',
  },
  'web-address': {
    kind: 'text',
    default: '',
    doc: 'address and port of this machine, such as 127.0.0.1:10662, of a web page that shows the network to who may reach it there; empty: there is none',
  },
  'tls-secret': {
    kind: 'text',
    default: 'kube-ovn-tls',
    doc: 'name of the Secret that the keys in /var/run/tls are from, for what is told of them and for --tls-renew',
  },
  'tls-renew': {
    kind: 'boolean',
    default: 'false',
    doc: 'renew its certificate when a third of its life is left, if the key of its authority is in the Secret of that name with -authority behind it',
  },
  'log-level': {
    kind: 'text',
    default: 'info',
    doc: 'trace, debug, info, warn, error or silent; SIGUSR2 changes it to debug, trace and back',
  },
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagName = keyof typeof flags;

/**
 * Switches of Kube-OVN's controller for what this one always does, or never does. To be told so is no mistake; to be told the opposite
 * has no effect, and is named in a warning.
 */
export const alwaysSo: ReadonlyMap<string, 'true' | 'false'> = new Map([
  ['enable-anp', 'true'],
  ['enable-lb', 'true'],
  ['enable-live-migration-optimize', 'true'],
  ['enable-metrics', 'true'],
  ['enable-np', 'true'],
  ['enable-pprof', 'false'],
  ['secure-serving', 'false'],
]);

/** Flags of Kube-OVN's controller that are accepted, so that its manifests start, and have no effect here: each is named in a warning. */
export const acceptedWithoutEffect: ReadonlySet<string> = new Set([
  'ovn-timeout',
  'ovsdb-con-timeout',
  'ovsdb-con-maxretry',
  'ovsdb-inactivity-timeout',
  'cust-crd-retry-min-delay',
  'cust-crd-retry-max-delay',
  'default-gateway-check',
  'default-logical-gateway',
  'default-u2o-interconnection',
  'worker-num',
  'nodepg-probe-time',
  'network-type',
  'default-provider-name',
  'default-interface-name',
  'default-exchange-link-name',
  'default-vlan-name',
  'default-vlan-id',
  'ls-dnat-mod-dl-dst',
  'ls-ct-skip-dst-lport-ips',
  'pod-nic-type',
  'np-enforcement',
  'enable-external-vpc',
  'enable-ecmp',
  'enable-lb-svc',
  'enable-ovn-lb-prefer-local',
  'enable-dns-name-resolver',
  'enable-ovn-ipsec',
  'cert-manager-ipsec-cert',
  'node-local-dns-ip',
  'gc-interval',
  'inspect-interval',
  'bfd-min-tx',
  'bfd-min-rx',
  'detect-mult',
  'image',
  'frr-image',
  'log-perm',
  'tls-min-version',
  'tls-max-version',
  'tls-cipher-suites',
  'non-primary-cni-mode',
  'skip-conntrack-dst-cidrs',
  'cluster-tcp-loadbalancer',
  'cluster-udp-loadbalancer',
  'cluster-sctp-loadbalancer',
  'cluster-tcp-session-loadbalancer',
  'cluster-udp-session-loadbalancer',
  'cluster-sctp-session-loadbalancer',
  'logtostderr',
  'alsologtostderr',
  'log_file',
  'log_file_max_size',
  'stderrthreshold',
  'v',
]);

/** The text of `--help`. */
export function helpText(): string {
  const lines = Object.entries(flags).map(([name, flag]) => {
    const shown = flag.default === '' ? '' : ` (default ${flag.default})`;
    return `  --${name} <${flag.kind}>\n        ${flag.doc}${shown}`;
  });
  return [
    'kube-ovn-controller: writes what the cluster wants of its network into OVN Northbound.',
    '',
    'Flags:',
    ...lines,
    '  --help\n        print this text',
    '',
    `Accepted, and always so: ${[...alwaysSo].map(([name, value]) => `--${name}=${value}`).join(' ')}; another value has no effect.`,
    '',
    'Environment: OVN_DB_IPS, ENABLE_SSL (true: ssl: instead of tcp:, with the keys in /var/run/tls), POD_IP, POD_NAME (identity in the Lease; default: host name and process id), POD_NAMESPACE (of the Lease; default kube-system).',
    '',
  ].join('\n');
}
