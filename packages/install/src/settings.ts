/**
 * The settings of an installation: one table gives the values of the chart with their comments, the schema that they are held against,
 * and the table in docs/install.md. Names of groups are those that users of Kube-OVN's charts know.
 */
import type { Json } from './template.ts';

/** A JSON schema as plain data. */
type Schema = Readonly<Record<string, Json>>;

/** A setting. */
export interface Setting {
  readonly schema: Schema;
  readonly default: Json;
  /** One sentence for the file of values and the table of the documentation. */
  readonly doc: string;
}

const flag: Schema = { type: 'boolean' };
const words: Schema = { type: 'array', items: { type: 'string' } };
const labels: Schema = { type: 'object', additionalProperties: { type: 'string' } };
const name: Schema = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$', maxLength: 253 };
const folder: Schema = { type: 'string', pattern: '^/[A-Za-z0-9._/-]+$' };
const port: Schema = { type: 'integer', minimum: 1, maximum: 65_535 };
const ranges: Schema = { type: 'string', pattern: '^[0-9a-fA-F.:]+/[0-9]+(,[0-9a-fA-F.:]+/[0-9]+)?$' };
const addresses: Schema = { type: 'string', pattern: '^([0-9a-fA-F.:]+(,[0-9a-fA-F.:]+)?)?$' };
const quantities: Schema = { type: 'object', additionalProperties: { type: ['string', 'integer'] } };
const resources: Schema = {
  type: 'object',
  properties: { requests: quantities, limits: quantities },
  additionalProperties: false,
};
const requests = (cpu: string, memory: string): Json => ({ requests: { cpu, memory } });

export const settings = {
  namespace: { schema: name, default: 'kube-system', doc: 'namespace of everything that has one' },
  'image.registry': {
    schema: { type: 'string', pattern: '^[a-z0-9][A-Za-z0-9._:/-]*$' },
    default: 'localhost/kube-ovn',
    doc: 'where the images are: `<registry>/controller:<tag>` and so on',
  },
  'image.tag': { schema: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$' }, default: 'v0.1.0', doc: 'tag of all images' },
  'image.pullPolicy': { schema: { enum: ['Always', 'IfNotPresent', 'Never'] }, default: 'IfNotPresent', doc: 'when nodes pull them' },
  'image.pullSecrets': {
    schema: { type: 'array', items: { type: 'object', properties: { name }, required: ['name'], additionalProperties: false } },
    default: [],
    doc: 'Secrets for the registry, as in a pod: `[{name: ...}]`',
  },
  logLevel: { schema: { enum: ['debug', 'info', 'warn', 'error'] }, default: 'info', doc: 'of controller, daemon, speaker and pinger' },

  'networking.podCidr': { schema: ranges, default: '10.16.0.0/16', doc: 'of the Subnet `ovn-default`: IPv4, IPv6, or both with a comma' },
  'networking.podGateway': { schema: addresses, default: '', doc: 'its gateway; empty: the first address of each family' },
  'networking.joinCidr': { schema: ranges, default: '100.64.0.0/16', doc: 'of the Subnet `join`, by which nodes reach pods' },
  'networking.serviceCidr': { schema: ranges, default: '10.96.0.0/12', doc: "the cluster's range of service addresses" },
  'networking.tunnelType': { schema: { enum: ['geneve', 'vxlan', 'stt'] }, default: 'geneve', doc: 'between nodes' },
  'networking.iface': {
    schema: { type: 'string', pattern: '^[A-Za-z0-9._*,@^$|()-]*$' },
    default: '',
    doc: "link that carries the tunnels: names or patterns, with commas; empty: that of the node's InternalIP",
  },
  'networking.mtu': {
    schema: { type: 'integer', minimum: 0, maximum: 65_535 },
    default: 0,
    doc: 'of pods; 0: that of the link, less what the tunnel takes',
  },
  'networking.nodeServices': { schema: flag, default: true, doc: 'nodes answer services themselves; `false` leaves that to kube-proxy' },

  'tls.enabled': { schema: flag, default: true, doc: 'the databases of OVN speak TLS alone, and know their clients by certificates' },
  'tls.secretName': {
    schema: name,
    default: 'kube-ovn-tls',
    doc: 'Secret with `cacert`, `cert` and `key`, for the databases and all their clients',
  },
  'tls.renew': {
    schema: flag,
    default: true,
    doc: 'the controller may renew the certificate in it, once the key of its authority is entrusted to the cluster (deploy/tls.sh entrust)',
  },

  'central.addresses': {
    schema: { type: 'array', items: { type: 'string', pattern: '^[0-9a-fA-F.:]+$' }, minItems: 1, uniqueItems: true },
    default: [],
    doc: 'InternalIPs of the nodes that hold the databases of OVN: one, three or five. Must be given',
  },
  'central.nodeSelector': {
    schema: labels,
    default: { 'kubernetes.io/os': 'linux', 'kube-ovn/role': 'master' },
    doc: 'labels of these nodes; as many must bear them as there are addresses',
  },
  'central.dataDir': { schema: folder, default: '/etc/origin/ovn', doc: 'folder of the databases on these nodes' },
  'central.resources': { schema: resources, default: requests('300m', '200Mi'), doc: 'of a member' },

  'openvswitch.configDir': { schema: folder, default: '/etc/origin/openvswitch', doc: "folder of Open vSwitch's database on each node" },
  'openvswitch.updateStrategy': {
    schema: { enum: ['RollingUpdate', 'OnDelete'] },
    default: 'RollingUpdate',
    doc: '`OnDelete`: a node gets a new Open vSwitch when its pod is deleted, at a time of your choice',
  },
  'openvswitch.resources': { schema: resources, default: requests('200m', '200Mi'), doc: 'of Open vSwitch and ovn-controller on a node' },

  'dpdk.enabled': {
    schema: flag,
    default: false,
    doc: 'Open vSwitch with DPDK on nodes with the label `ovn.kubernetes.io/ovs_dp_type: userspace`',
  },
  'dpdk.resources': {
    schema: resources,
    default: { requests: { cpu: '1', memory: '1Gi', 'hugepages-2Mi': '1Gi' }, limits: { memory: '2Gi', 'hugepages-2Mi': '1Gi' } },
    doc: 'of that one',
  },

  'controller.replicas': { schema: { type: 'integer', minimum: 1, maximum: 9 }, default: 2, doc: 'one leads, the others stand by, warm' },
  'controller.nodeSelector': { schema: labels, default: { 'kubernetes.io/os': 'linux' }, doc: 'labels of the nodes that it may be on' },
  'controller.extraArgs': { schema: words, default: [], doc: 'further flags of the controller; its `--help` lists them' },
  'controller.resources': { schema: resources, default: requests('200m', '256Mi'), doc: 'of a replica' },
  'controller.webPort': {
    schema: { type: 'integer', minimum: 0, maximum: 65_535 },
    default: 0,
    doc: 'of the web page, on 127.0.0.1 of the nodes of its replicas (docs/web-page.md); 0: there is none',
  },

  'webhook.enabled': { schema: flag, default: false, doc: 'refuse mistakes when they are applied already (docs/features/admission.md)' },
  'webhook.port': { schema: port, default: 8443, doc: "on the nodes of the controller's replicas" },
  'webhook.failurePolicy': { schema: { enum: ['Ignore', 'Fail'] }, default: 'Ignore', doc: 'what becomes of a write when it is away' },

  'cni.confDir': { schema: folder, default: '/etc/cni/net.d', doc: 'where the container runtime looks for configurations' },
  'cni.binDir': { schema: folder, default: '/opt/cni/bin', doc: 'where it looks for plugins' },
  'cni.confName': {
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]+\\.conflist$' },
    default: '01-kube-ovn.conflist',
    doc: 'the first in the order of names is used',
  },
  'daemon.extraArgs': { schema: words, default: [], doc: 'further flags of the daemon; its `--help` lists them' },
  'daemon.resources': { schema: resources, default: requests('100m', '160Mi'), doc: 'of the daemon on a node' },

  'speaker.enabled': { schema: flag, default: false, doc: 'announce addresses by BGP (docs/features/bgp.md)' },
  'speaker.nodeSelector': {
    schema: labels,
    default: { 'kubernetes.io/os': 'linux', 'ovn.kubernetes.io/bgp': 'true' },
    doc: 'labels of the nodes that announce',
  },
  'speaker.extraArgs': {
    schema: words,
    default: [],
    doc: 'flags of the speaker, such as `--cluster-as=65000`; peers can be BgpPeers as well',
  },
  'speaker.resources': { schema: resources, default: requests('50m', '128Mi'), doc: 'of a speaker' },

  'pinger.enabled': { schema: flag, default: true, doc: 'measure without end who is reached from each node (docs/monitoring.md)' },
  'pinger.extraArgs': {
    schema: words,
    default: [],
    doc: 'flags of the pinger, such as `--external-address=192.0.2.1`; its `--help` lists them',
  },
  'pinger.resources': { schema: resources, default: requests('20m', '96Mi'), doc: 'of the pinger on a node' },

  'monitoring.serviceMonitor': { schema: flag, default: false, doc: "ServiceMonitors for Prometheus' operator" },
  'monitoring.alerts': { schema: flag, default: false, doc: 'alerts as a PrometheusRule for the same' },
  'monitoring.dashboard': {
    schema: flag,
    default: false,
    doc: 'the dashboard as a ConfigMap with the label `grafana_dashboard`, for which Grafana looks in its chart',
  },
  'crds.install': { schema: flag, default: true, doc: 'install and upgrade the definitions of the kinds; Helm keeps them on removal' },
  'crds.networkPolicyApi': {
    schema: flag,
    default: false,
    doc: 'and those of AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy, unless the cluster has them already',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** A setting's name: the way to it in the values. */
export type SettingPath = keyof typeof settings;

/** A value for every setting. */
export type Values = Readonly<Record<SettingPath, Json>>;

export const paths: readonly SettingPath[] = Object.keys(settings) as SettingPath[];

/** The defaults with some settings changed. Maps are merged, as Helm does it. */
export function valuesWith(given: Partial<Values>): Values {
  const merged = paths.map((path) => {
    const [usual, own]: readonly [Json, Json | undefined] = [settings[path].default, given[path]];
    return [path, own === undefined ? usual : merge(usual, own)];
  });
  return Object.fromEntries(merged) as Record<SettingPath, Json>;
}

function merge(usual: Json, own: Json): Json {
  if (!isMap(usual) || !isMap(own)) return own;
  const fields = Object.entries(own).map(([field, setting]): readonly [string, Json] => {
    const before = usual[field];
    return [field, before === undefined ? setting : merge(before, setting)];
  });
  return { ...usual, ...Object.fromEntries(fields) };
}

function isMap(setting: Json): setting is { readonly [field: string]: Json } {
  return typeof setting === 'object' && setting !== null && !Array.isArray(setting);
}

export function settingAt(values: Values, path: SettingPath): Json {
  return values[path];
}

/** As Helm takes it in a condition. */
export function isNonEmpty(setting: Json): boolean {
  if (typeof setting === 'object' && setting !== null) return Object.keys(setting).length > 0;
  return Boolean(setting);
}

/** Settings in groups, as a chart has them. */
export function nested(values: Partial<Values>): { readonly [group: string]: Json } {
  const groups: Record<string, Json> = {};
  for (const [path, setting] of Object.entries(values)) {
    const [group = '', ...rest] = path.split('.');
    groups[group] =
      rest.length === 0 ? setting : { ...(groups[group] as Readonly<Record<string, Json>> | undefined), [rest.join('.')]: setting };
  }
  return groups;
}
