/** What is looked at for the ends of a question alone. */
import { describe, expect, it } from 'vitest';
import type { Origin, Traced } from './evidence.ts';
import { connectionKey, connectionsOf } from './connections.ts';
import { readEnd, readPort } from './question.ts';
import { why } from './why.ts';
import type { Evidence, SeenInterface, SeenNode, World } from './world.ts';

const end = (name: string, address: string, node: string, more: object = {}) => ({
  metadata: { namespace: 'shop', name, annotations: { 'ovn.kubernetes.io/logical_switch': 'net', ...more } },
  spec: { nodeName: node },
  status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
});
const node = (name: string, address: string) => ({
  metadata: { name },
  status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' }] },
});
const limited = end('limited', '10.1.0.4', 'node1', { 'ovn.kubernetes.io/bandwidth': 'egress 1 Mbit/s by tbf' });

const world = {
  pods: [end('web', '10.1.0.2', 'node1'), end('db', '10.1.0.3', 'node2'), limited],
  nodes: [node('node1', '192.0.2.1'), node('node2', '192.0.2.2')],
  services: [],
  slices: [],
  subnets: [{ metadata: { name: 'net' }, spec: { cidrBlock: '10.1.0.0/24', natOutgoing: true } }],
  vpcs: [],
  events: [],
  ips: [],
  vips: [],
  switchLbRules: [],
  policies: {
    namespaces: [{ metadata: { name: 'shop' } }],
    networkPolicies: [],
    adminNetworkPolicies: [],
    baselineAdminNetworkPolicies: [],
    clusterNetworkPolicies: [],
    securityGroups: [],
  },
} as unknown as World;
const whole: World = { ...world, policies: { ...world.policies, pods: world.pods, nodes: world.nodes, subnets: world.subnets } as never };

const node1: SeenNode = { answers: true, isUserspace: true, silent: [] };

interface Seen {
  readonly trace?: Traced;
  readonly nodes?: Readonly<Record<string, SeenNode>>;
  readonly interfaces?: Readonly<Record<string, SeenInterface>>;
}

function ask({ trace, nodes = {}, interfaces = {} }: Seen, { from = 'shop/web', port = '80' } = {}) {
  const question = { from: readEnd(from), to: readEnd('shop/db'), ...readPort(port) };
  const [connection] = connectionsOf(question, whole);
  const key = connection === undefined ? '' : connectionKey(connection);
  const evidence: Evidence = {
    traces: new Map(trace === undefined ? [] : [[key, trace]]),
    nodes: new Map(Object.entries(nodes)),
    interfaces: new Map(Object.entries(interfaces)),
  };
  const { reaches, culprits } = why(question, { ...whole, evidence });
  return { reaches, culprits: culprits.map(({ code, object }) => `${code} ${object}`) };
}

const drop = (stage: string, datapath: string, origin?: Origin): Traced => ({
  delivered: [],
  dropped: { datapath, stage, match: 'ip4', isReject: false, ...(origin === undefined ? {} : { origin }) },
});
const acl = (key?: string): Origin => ({ table: 'ACL', text: 'icmp4', subnet: 'net', ...(key === undefined ? {} : { key }) });
const policy: Origin = { table: 'Logical_Router_Policy', text: 'drop', key: 'ovn-cluster/policy/1/ip4' };
const route: Origin = {
  table: 'Logical_Router_Static_Route',
  text: '10.9.0.0/24 by 10.1.0.99',
  key: 'ovn-cluster/route//dst-ip/10.9.0.0/24/10.1.0.99',
};
const unresolved = (nextHop: string): Traced => ({ delivered: [], unresolved: { datapath: 'ovn-cluster', nextHop, origin: route } });

describe('what is looked at closely', () => {
  it.each<[string, Seen, string]>([
    ['a rule of a Subnet', { trace: drop('ls_out_acl', 'net', acl('net/acl/to-lport/1/drop/icmp4')) }, 'SUBNET_ACL_DROPS Subnet net'],
    ['a rule that is nobody’s', { trace: drop('ls_out_acl', 'net', acl()) }, 'FOREIGN_RULE_DROPS ACL on net'],
    ['a rule of ours that no policy explains', { trace: drop('ls_out_acl', 'net', acl('np/shop/x')) }, 'OVN_DROPS net'],
    ['a policy route', { trace: drop('lr_in_policy', 'ovn-cluster', policy) }, 'VPC_POLICY_ROUTE_DROPS Vpc ovn-cluster'],
    ['no route', { trace: drop('lr_in_ip_routing', 'ovn-cluster') }, 'NO_WAY_OUT Vpc ovn-cluster'],
    ['a next hop that nobody has', { trace: unresolved('10.1.0.99') }, 'NEXT_HOP_SILENT Vpc ovn-cluster'],
    ['an ovs-vswitchd that does not answer', { nodes: { node2: { ...node1, answers: false } } }, 'VSWITCHD_SILENT Node node2'],
    ['a link that is down', { interfaces: { 'db.shop': { isUp: false } } }, 'LINK_DOWN Pod shop/db'],
    ['nobody who listens', { interfaces: { 'db.shop': { listeners: [] } } }, 'NOT_LISTENED Pod shop/db'],
    [
      'somebody who listens on loopback',
      { interfaces: { 'db.shop': { listeners: [{ protocol: 'TCP', address: '127.0.0.1', port: 80 }] } } },
      'LISTENED_ON_LOOPBACK Pod shop/db',
    ],
  ])('%s is in the way', (_name, seen, expected) => {
    expect(ask(seen)).toEqual({ reaches: 'none', culprits: [expected] });
  });

  it.each<[string, Seen, string]>([
    ['a next hop outside', { trace: unresolved('192.0.2.99') }, 'NEXT_HOP_SILENT Vpc ovn-cluster'],
    [
      'an ovs-vswitchd that does not answer, where the kernel carries packets',
      { nodes: { node2: { ...node1, answers: false, isUserspace: false } } },
      'VSWITCHD_SILENT Node node2',
    ],
    [
      'a node without an answer to the other',
      { nodes: { node1: { ...node1, silent: [{ node: 'node2', address: '192.0.2.2' }] } } },
      'NODE_NOT_REACHED Node node2',
    ],
    [
      'packets that do not fit',
      { nodes: { node2: { ...node1, room: 1400 } }, interfaces: { 'web.shop': { mtu: 1500 }, 'db.shop': { mtu: 1500 } } },
      'MTU_TOO_LARGE Subnet net',
    ],
  ])('%s may be in the way', (_name, seen, expected) => {
    expect(ask(seen)).toEqual({ reaches: 'doubtful', culprits: [expected] });
  });

  it.each<[string, Seen]>([
    ['what OVN delivers', { trace: { delivered: ['db.shop'] } }],
    ['a listener on all addresses', { interfaces: { 'db.shop': { listeners: [{ protocol: 'TCP', address: '::', port: 80 }] } } }],
    [
      'one end that takes less',
      { nodes: { node2: { ...node1, room: 1400 } }, interfaces: { 'web.shop': { mtu: 1500 }, 'db.shop': { mtu: 1400 } } },
    ],
  ])('%s is not', (_name, seen) => {
    expect(ask(seen)).toEqual({ reaches: 'all', culprits: [] });
  });

  it('limits of rate are told, and are in doubt as long as they drop', () => {
    const drops = (dropped: number): Seen => ({ interfaces: { 'limited.shop': { dropped } } });
    const from = { from: 'shop/limited', port: 'icmp' };
    expect([ask(drops(0), from), ask(drops(3), from)]).toEqual([
      { reaches: 'all', culprits: [] },
      { reaches: 'doubtful', culprits: ['RATE_DROPS Pod shop/limited'] },
    ]);
  });
});
