/** The dashboard for Grafana: rows of panels, of which the JSON is made. */
import type { Json } from '../template.ts';

/** A panel, and what it shows. */
export interface Panel {
  readonly title: string;
  /** One sentence that helps who does not know the metric. */
  readonly about: string;
  readonly unit: 'short' | 's' | 'ms' | 'percentunit' | 'ops' | 'bytes';
  readonly queries: readonly string[];
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const RATE = '[$__rate_interval]';
const quantile = (metric: string, by: string): string =>
  `histogram_quantile(0.99, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${metric}_bucket${RATE})))`;
const lostShare = (kind: string, by: string): string =>
  `sum by (${by}) (rate(pinger_${kind}_ping_lost_total${RATE})) / sum by (${by}) (rate(pinger_${kind}_ping_count_total${RATE}))`;

/** All of the dashboard. */
export const rows: readonly Row[] = [
  {
    title: 'Controller',
    panels: [
      { title: 'Replicas that lead', about: 'One, always.', unit: 'short', queries: ['sum(kube_ovn_controller_leader)'] },
      {
        title: 'Age of the oldest change',
        about: 'How long a change waits to be written to OVN or Kubernetes.',
        unit: 's',
        queries: ['max(queue_age_seconds)'],
      },
      {
        title: 'Databases of OVN',
        about: '1 while a controller has an up-to-date view.',
        unit: 'short',
        queries: ['max by (db_name) (kube_ovn_db_status)'],
      },
      {
        title: 'Pods that wait for an address',
        about: 'Refused ones; events on them say why.',
        unit: 'short',
        queries: ['max(ipam_refusals)'],
      },
      {
        title: 'Addresses in use',
        about: 'Share of the addresses of each Subnet.',
        unit: 'percentunit',
        queries: [
          'max by (subnet_name, protocol) (subnet_used_ip_count) / (max by (subnet_name, protocol) (subnet_used_ip_count) + max by (subnet_name, protocol) (subnet_available_ip_count))',
        ],
      },
      {
        title: 'Time until a pod has its address',
        about: '99 of 100 pods are faster.',
        unit: 's',
        queries: [quantile('pod_allocated_seconds', '')],
      },
      {
        title: 'Operations sent to OVN',
        about: 'Written, and refused: these are told on their objects.',
        unit: 'ops',
        queries: [`sum(rate(ovn_operations_total${RATE}))`, `sum(rate(ovn_transactions_refused_total${RATE}))`],
      },
      {
        title: 'Rows of policies',
        about: 'What policies of each kind want in OVN.',
        unit: 'short',
        queries: ['max by (kind, table) (policy_rows)'],
      },
      {
        title: 'Time until a changed policy is in OVN',
        about: '99 of 100 changes are faster.',
        unit: 's',
        queries: [quantile('policy_enforced_seconds', '')],
      },
    ],
  },
  {
    title: 'Nodes',
    panels: [
      {
        title: 'Nodes that cannot give pods an interface',
        about: '/readyz of their daemon says why.',
        unit: 'short',
        queries: ['sum by (node_name) (kube_ovn_ready == 0)'],
      },
      {
        title: 'Programs of Open vSwitch without an answer',
        about: 'By node.',
        unit: 'short',
        queries: ['sum by (node_name, component) (ovs_status == 0)'],
      },
      {
        title: 'Calls of the CNI plugin',
        about: 'By verb and error code; 0 is success.',
        unit: 'ops',
        queries: [`sum by (method, code) (rate(cni_op_latency_seconds_count${RATE}))`],
      },
      {
        title: 'Phases of CNI ADD',
        about: '99 of 100 are faster.',
        unit: 's',
        queries: [quantile('cni_add_phase_seconds', 'phase')],
      },
      {
        title: 'Tunnels without an answer',
        about: 'Of those that OVN watches.',
        unit: 'short',
        queries: ['sum by (node_name, remote_ip) (kube_ovn_tunnel_up == 0)'],
      },
      {
        title: 'Physical networks that are not as wanted',
        about: 'The status of the ProviderNetwork says why.',
        unit: 'short',
        queries: ['sum by (node_name, provider_network) (kube_ovn_provider_network_ready == 0)'],
      },
      {
        title: 'Memory of daemons',
        about: 'Resident.',
        unit: 'bytes',
        queries: ['max by (node_name) (process_resident_memory_bytes{node_name!=""})'],
      },
    ],
  },
  {
    title: 'Reachability',
    panels: [
      {
        title: 'Lost between pods of two nodes',
        about: 'Share of echo requests from a pod on one node to a pod on another.',
        unit: 'percentunit',
        queries: [lostShare('pod', 'src_node_name, target_node_name')],
      },
      {
        title: 'Round trip between pods of two nodes',
        about: '99 of 100 rounds are faster.',
        unit: 'ms',
        queries: [quantile('pinger_pod_ping_latency_ms', 'src_node_name, target_node_name')],
      },
      {
        title: 'Lost from pods to nodes',
        about: 'Share of echo requests.',
        unit: 'percentunit',
        queries: [lostShare('node', 'src_node_name, target_node_name')],
      },
      {
        title: 'Lost to addresses outside',
        about: 'Share of echo requests.',
        unit: 'percentunit',
        queries: [lostShare('external', 'src_node_name, target_address')],
      },
      {
        title: 'Answers within time, by node',
        about: '1: API server, DNS inside, DNS outside.',
        unit: 'short',
        queries: [
          'min by (nodeName) (pinger_apiserver_healthy)',
          'min by (nodeName) (pinger_internal_dns_healthy)',
          'min by (nodeName) (pinger_external_dns_healthy)',
        ],
      },
      {
        title: 'Time until the API server and DNS answer',
        about: '99 of 100 questions are faster.',
        unit: 'ms',
        queries: [quantile('pinger_apiserver_latency_ms', ''), quantile('pinger_internal_dns_latency_ms', '')],
      },
    ],
  },
  {
    title: 'BGP',
    panels: [
      {
        title: 'Sessions',
        about: '1 while established.',
        unit: 'short',
        queries: ['min by (node_name, neighbor) (kube_ovn_speaker_bgp_peer_up)'],
      },
      {
        title: 'Prefixes announced',
        about: 'By node and family.',
        unit: 'short',
        queries: ['max by (node_name, family) (kube_ovn_speaker_prefixes)'],
      },
    ],
  },
];

const WIDTH = 24;
const PER_LINE = 3;
const HEIGHT = 8;
const SOURCE: Json = { type: 'prometheus', uid: '${datasource}' };

/** The file that Grafana imports. */
export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), undefined, 2)}\n`;
}

/** @source Grafana, JSON model of dashboards, schema version 39 (Grafana 10) */
export function dashboard(): Json {
  let id = 0;
  let y = 0;
  const panels = rows.flatMap(({ title, panels: members }) => {
    const head = { id: ++id, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: WIDTH, h: 1 }, panels: [] };
    y += 1;
    const shown = members.map((panel, index) => {
      const width = WIDTH / PER_LINE;
      const gridPos = { x: (index % PER_LINE) * width, y: y + Math.floor(index / PER_LINE) * HEIGHT, w: width, h: HEIGHT };
      return panelJson(panel, ++id, gridPos);
    });
    y += Math.ceil(members.length / PER_LINE) * HEIGHT;
    return [head, ...shown];
  });
  return {
    uid: 'kube-ovn',
    title: 'Kube-OVN',
    tags: ['kube-ovn', 'network'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }] },
    panels,
  };
}

function panelJson({ title, about, unit, queries }: Panel, id: number, gridPos: Json): Json {
  return {
    id,
    type: 'timeseries',
    title,
    description: about,
    gridPos,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map((expr, index) => ({ refId: String.fromCodePoint(65 + index), datasource: SOURCE, expr, legendFormat: '__auto' })),
  };
}
