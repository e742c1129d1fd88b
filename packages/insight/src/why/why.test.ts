import type { EndpointSlice, Event, Node, Pod, Service, Subnet, Vpc } from '@kube-ovn/api';
import type { ClusterObjects } from '@kube-ovn/policy';
import { describe, expect, it } from 'vitest';
import { printAnswer } from './print.ts';
import { readEnd, readPort } from './question.ts';
import { why } from './why.ts';
import type { Evidence, OvnWorld, World } from './world.ts';

/** What a fault changes. */
interface Fault {
  readonly pods?: readonly object[];
  readonly nodes?: readonly object[];
  readonly services?: readonly object[];
  readonly slices?: readonly object[];
  readonly subnets?: readonly object[];
  readonly vpcs?: readonly object[];
  readonly events?: readonly object[];
  readonly policies?: Partial<ClusterObjects>;
  readonly ips?: readonly object[];
  readonly vips?: readonly object[];
  readonly switchLbRules?: readonly object[];
  readonly ovn?: OvnWorld;
  readonly evidence?: Partial<Evidence>;
}

function pod(name: string, address: string, { node = 'node1', subnet = 'net', more = {}, status = {} } = {}): object {
  return {
    metadata: { namespace: 'shop', name, labels: { app: name }, annotations: { 'ovn.kubernetes.io/logical_switch': subnet } },
    spec: { nodeName: node, ...more },
    status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }], ...status },
  };
}

function node(name: string, address: string, conditions: readonly object[] = []): object {
  return {
    metadata: { name },
    status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' }, ...conditions] },
  };
}

const subnet = (name: string, cidrBlock: string, spec: object = {}) => ({
  metadata: { name },
  spec: { cidrBlock, natOutgoing: true, ...spec },
});

const nodes = [node('node1', '192.0.2.1'), node('node2', '192.0.2.2')];
const web = pod('web', '10.1.0.2');
const db = pod('db', '10.1.0.3', { node: 'node2' });
const subnets = [subnet('net', '10.1.0.0/24'), subnet('other', '10.2.0.0/24', { vpc: 'apart' })];

const service = {
  metadata: { namespace: 'shop', name: 'db' },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.96.0.5',
    clusterIPs: ['10.96.0.5'],
    selector: { app: 'db' },
    ports: [{ port: 5432, protocol: 'TCP', targetPort: 5432 }],
  },
};

function slice(...endpoints: readonly object[]): object {
  return {
    metadata: { namespace: 'shop', name: 'db-1', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    endpoints,
    ports: [{ port: 5432, protocol: 'TCP' }],
  };
}

const backend = (address: string, nodeName: string, ready = true) => ({
  addresses: [address],
  nodeName,
  conditions: { ready, serving: ready, terminating: false },
});

function ovn(ports: Readonly<Record<string, { node?: string; isUp?: boolean }>> = {}, more: Partial<OvnWorld> = {}): OvnWorld {
  const all = {
    'web.shop': { node: 'node1' },
    'db.shop': { node: 'node2' },
    'node-node1': { node: 'node1' },
    'node-node2': { node: 'node2' },
    ...ports,
  };
  return {
    ports: new Map(Object.entries(all).map(([name, seen]) => [name, { isUp: true, ...seen }])),
    chassis: new Map([
      ['node1', { behind: 0 }],
      ['node2', { behind: 0 }],
    ]),
    northdBehind: 0,
    ...more,
  };
}

function worldOf(fault: Fault): World {
  const all = {
    pods: [web, db],
    nodes,
    services: [service],
    slices: [slice(backend('10.1.0.3', 'node2'))],
    subnets,
    vpcs: [],
    events: [],
    ips: [],
    vips: [],
    switchLbRules: [],
    ...fault,
  };
  const policies = {
    namespaces: [{ metadata: { name: 'shop' } }],
    networkPolicies: [],
    adminNetworkPolicies: [],
    baselineAdminNetworkPolicies: [],
    clusterNetworkPolicies: [],
    securityGroups: [],
    ...fault.policies,
    pods: all.pods,
    nodes: all.nodes,
    subnets: all.subnets,
  } as unknown as ClusterObjects;
  return {
    pods: all.pods as readonly Pod[],
    nodes: all.nodes as readonly Node[],
    services: all.services as readonly Service[],
    slices: all.slices as readonly EndpointSlice[],
    subnets: all.subnets as readonly Subnet[],
    vpcs: all.vpcs as readonly Vpc[],
    events: all.events as readonly Event[],
    ips: all.ips as World['ips'],
    vips: all.vips as World['vips'],
    switchLbRules: all.switchLbRules as World['switchLbRules'],
    policies,
    ovn: fault.ovn ?? ovn(),
    ...(fault.evidence === undefined
      ? {}
      : { evidence: { traces: new Map(), nodes: new Map(), interfaces: new Map(), ...fault.evidence } }),
  };
}

function ask(from: string, to: string, port: string | undefined, fault: Fault = {}) {
  return why({ from: readEnd(from), to: readEnd(to), ...readPort(port) }, worldOf(fault));
}

const deny = (name: string, spec: object) => ({ metadata: { namespace: 'shop', name }, spec });

describe('why', () => {
  it.each([
    ['a pod', 'shop/db', '5432'],
    ['a pod, by ping', 'shop/db', undefined],
    ['an address of a pod', '10.1.0.3', 'udp/53'],
    ['a service', 'svc/shop/db', '5432'],
    ['a service by its name in DNS', 'db.shop.svc.cluster.local', '5432'],
    ['a service by its address', '10.96.0.5', '5432'],
    ['a node', 'node/node2', '22'],
    ['the outside', '203.0.113.9', '443'],
  ])('reaches %s', (_name, to, port) => {
    expect(ask('shop/web', to, port)).toMatchObject({ reaches: 'all', culprits: [] });
  });

  it.each<[string, Fault, { to: string; port?: string }, string]>([
    ['a pod that is not there', { pods: [web] }, { to: 'shop/db', port: '80' }, 'NOT_THERE Pod shop/db'],
    [
      'a pod that has ended',
      { pods: [web, pod('db', '10.1.0.3', { status: { phase: 'Failed', reason: 'Evicted' } })] },
      { to: 'shop/db', port: '80' },
      'POD_OVER Pod shop/db',
    ],
    [
      'a pod that no node has room for',
      { pods: [web, { metadata: { namespace: 'shop', name: 'db' }, spec: {}, status: { phase: 'Pending' } }] },
      { to: 'shop/db', port: '80' },
      'POD_NOT_SCHEDULED Pod shop/db',
    ],
    [
      'a pod without address',
      { pods: [web, pod('db', '', { status: { podIP: undefined, podIPs: [] } })] },
      { to: 'shop/db', port: '80' },
      'POD_NO_ADDRESS Pod shop/db',
    ],
    [
      'a pod that has been given an address, and has no interface',
      {
        pods: [
          web,
          {
            metadata: {
              namespace: 'shop',
              name: 'db',
              annotations: { 'ovn.kubernetes.io/ip_address': '10.1.0.3', 'ovn.kubernetes.io/allocated': 'true' },
            },
            spec: { nodeName: 'node2' },
            status: { phase: 'Pending' },
          },
        ],
      },
      { to: 'shop/db', port: '80' },
      'POD_NO_INTERFACE Pod shop/db',
    ],
    [
      'no port in OVN',
      { ovn: { ...ovn(), ports: new Map([['web.shop', { node: 'node1', isUp: true }]]) } },
      { to: 'shop/db', port: '80' },
      'PORT_MISSING Pod shop/db',
    ],
    [
      'a port that no node has taken',
      { ovn: ovn({ 'db.shop': { isUp: false } }) },
      { to: 'shop/db', port: '80' },
      'PORT_NOT_BOUND Pod shop/db',
    ],
    ['a port on another node', { ovn: ovn({ 'db.shop': { node: 'node1' } }) }, { to: 'shop/db', port: '80' }, 'PORT_ELSEWHERE Pod shop/db'],
    [
      'a port without flows',
      { ovn: ovn({ 'db.shop': { node: 'node2', isUp: false } }) },
      { to: 'shop/db', port: '80' },
      'PORT_NOT_BOUND Pod shop/db',
    ],
    [
      'a node that is no chassis',
      { ovn: ovn({}, { chassis: new Map([['node1', { behind: 0 }]]) }) },
      { to: 'shop/db', port: '80' },
      'CHASSIS_MISSING Node node2',
    ],
    ['a service that is not there', { services: [] }, { to: 'svc/shop/db', port: '80' }, 'NOT_THERE Service shop/db'],
    ['a port that the service has not', {}, { to: 'svc/shop/db', port: '80' }, 'SERVICE_NO_PORT Service shop/db'],
    ['a protocol that the service has not', {}, { to: 'svc/shop/db', port: 'udp/5432' }, 'SERVICE_NO_PORT Service shop/db'],
    ['a ping to a service', {}, { to: 'svc/shop/db' }, 'SERVICE_NO_PORT Service shop/db'],
    ['a selector that matches nothing', { slices: [slice()] }, { to: 'svc/shop/db', port: '5432' }, 'SERVICE_NO_ENDPOINTS Service shop/db'],
    [
      'no endpoint that is ready',
      { slices: [slice(backend('10.1.0.3', 'node2', false))] },
      { to: 'svc/shop/db', port: '5432' },
      'SERVICE_NOT_READY Service shop/db',
    ],
    [
      'a local service without endpoints here',
      { services: [{ ...service, spec: { ...service.spec, internalTrafficPolicy: 'Local' } }] },
      { to: 'svc/shop/db', port: '5432' },
      'SERVICE_NONE_NEAR Service shop/db',
    ],
    [
      'an external name',
      { services: [{ metadata: service.metadata, spec: { type: 'ExternalName', externalName: 'db.example.org' } }] },
      { to: 'svc/shop/db', port: '5432' },
      'SERVICE_EXTERNAL_NAME Service shop/db',
    ],
    ['an address that nobody has', {}, { to: '10.1.0.77', port: '80' }, 'ADDRESS_FREE Subnet net'],
    [
      'a link between Vpcs without a route back',
      {
        pods: [web, pod('db', '10.2.0.3', { node: 'node2', subnet: 'other' })],
        vpcs: [
          {
            metadata: { name: 'ovn-cluster' },
            spec: { vpcPeerings: [{ remoteVpc: 'apart' }], staticRoutes: [{ cidr: '10.2.0.0/24', nextHopIP: '169.254.1.2' }] },
          },
          { metadata: { name: 'apart' }, spec: { vpcPeerings: [{ remoteVpc: 'ovn-cluster' }] } },
        ],
      },
      { to: 'shop/db', port: '80' },
      'NO_WAY_BACK Vpc apart',
    ],
    [
      'a SwitchLBRule that selects nobody',
      {
        switchLbRules: [
          { metadata: { name: 'goods' }, spec: { vip: '10.1.0.200', namespace: 'shop', selector: ['app:nobody'], ports: [{ port: 80 }] } },
        ],
      },
      { to: '10.1.0.200', port: '80' },
      'SERVICE_NO_ENDPOINTS SwitchLBRule goods',
    ],
    ['a name that nobody knows', {}, { to: 'nowhere.example.org', port: '80' }, 'NAME_UNKNOWN nowhere.example.org'],
    [
      'no family in common',
      { pods: [web, pod('db', 'fd00::3', { node: 'node2' })] },
      { to: 'shop/db', port: '80' },
      'NO_COMMON_FAMILY Pod shop/db',
    ],
    [
      'a policy at the receiver',
      { policies: { networkPolicies: [deny('shut', { podSelector: { matchLabels: { app: 'db' } } })] } },
      { to: 'shop/db', port: '80' },
      'POLICY_DENIES NetworkPolicy shop/shut',
    ],
    [
      'a policy at the sender',
      { policies: { networkPolicies: [deny('in', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] })] } },
      { to: 'shop/db', port: '80' },
      'POLICY_DENIES NetworkPolicy shop/in',
    ],
    [
      'a policy at the endpoint of a service',
      { policies: { networkPolicies: [deny('shut', { podSelector: { matchLabels: { app: 'db' } } })] } },
      { to: 'svc/shop/db', port: '5432' },
      'POLICY_DENIES NetworkPolicy shop/shut',
    ],
    [
      'a policy of an administrator',
      {
        policies: {
          adminNetworkPolicies: [
            {
              metadata: { name: 'top' },
              spec: { priority: 1, subject: { namespaces: {} }, ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }] },
            },
          ],
        },
      },
      { to: 'shop/db', port: '80' },
      'POLICY_DENIES AdminNetworkPolicy top',
    ],
    [
      'a private Subnet',
      {
        pods: [web, pod('db', '10.3.0.3', { node: 'node2', subnet: 'shut' })],
        subnets: [...subnets, subnet('shut', '10.3.0.0/24', { private: true })],
      },
      { to: 'shop/db', port: '80' },
      'POLICY_DENIES Subnet shut',
    ],
    [
      'a Subnet that is refused',
      {
        subnets: [{ ...subnets[0], status: { conditions: [{ type: 'Validated', status: 'False', message: 'no' }] } }, ...subnets.slice(1)],
      },
      { to: 'shop/db', port: '80' },
      'SUBNET_REFUSED Subnet net',
    ],
    [
      'another Vpc',
      { pods: [web, pod('db', '10.2.0.3', { node: 'node2', subnet: 'other' })] },
      { to: 'shop/db', port: '80' },
      'OTHER_VPC Vpc ovn-cluster',
    ],
    [
      'a link between Vpcs without a route',
      {
        pods: [web, pod('db', '10.2.0.3', { node: 'node2', subnet: 'other' })],
        vpcs: [{ metadata: { name: 'ovn-cluster' }, spec: { vpcPeerings: [{ remoteVpc: 'apart' }] } }],
      },
      { to: 'shop/db', port: '80' },
      'OTHER_VPC Vpc ovn-cluster',
    ],
    [
      'no gateway',
      { subnets: [subnet('net', '10.1.0.0/24', { gatewayType: 'centralized' })] },
      { to: '203.0.113.9', port: '443' },
      'GATEWAY_MISSING Subnet net',
    ],
    [
      'a gateway that is not ready',
      {
        nodes: [
          nodes[0] ?? {},
          node('node2', '192.0.2.2', []),
          { metadata: { name: 'gw' }, status: { conditions: [{ type: 'Ready', status: 'False' }] } },
        ],
        subnets: [{ ...subnet('net', '10.1.0.0/24', { gatewayType: 'centralized' }), status: { activateGateway: 'gw' } }],
      },
      { to: '203.0.113.9', port: '443' },
      'GATEWAY_MISSING Subnet net',
    ],
    [
      'a Vpc without a way out',
      { pods: [pod('web', '10.2.0.3', { subnet: 'other' })] },
      { to: '203.0.113.9', port: '443' },
      'NO_WAY_OUT Vpc apart',
    ],
  ])('is stopped by %s', (_name, fault, { to, port }, expected) => {
    const { reaches, culprits } = ask('shop/web', to, port, fault);
    expect({ reaches, culprits: culprits.map(({ code, object }) => `${code} ${object}`) }).toEqual({
      reaches: 'none',
      culprits: [expected],
    });
  });

  it.each<[string, Fault, string]>([
    [
      'a node that is not ready',
      {
        nodes: [
          nodes[0] ?? {},
          {
            ...node('node2', '192.0.2.2'),
            status: { addresses: [{ type: 'InternalIP', address: '192.0.2.2' }], conditions: [{ type: 'Ready', status: 'Unknown' }] },
          },
        ],
      },
      'NODE_NOT_READY Node node2',
    ],
    [
      'tunnels that are down',
      { nodes: [nodes[0] ?? {}, node('node2', '192.0.2.2', [{ type: 'TunnelUnavailable', status: 'True', message: 'no answer' }])] },
      'NODE_TUNNEL_DOWN Node node2',
    ],
    [
      'an ovn-controller that stands still',
      {
        ovn: ovn(
          {},
          {
            chassis: new Map([
              ['node1', { behind: 0 }],
              ['node2', { behind: 3 }],
            ]),
          },
        ),
      },
      'CHASSIS_BEHIND Node node2',
    ],
    ['an ovn-northd that stands still', { ovn: ovn({}, { northdBehind: 1 }) }, 'NORTHD_BEHIND ovn-northd'],
  ])('is doubtful by %s', (_name, fault, expected) => {
    const { reaches, culprits } = ask('shop/web', 'shop/db', '80', fault);
    expect({ reaches, culprits: culprits.map(({ code, object }) => `${code} ${object}`) }).toEqual({
      reaches: 'doubtful',
      culprits: [expected],
    });
  });

  it.each<[string, object, { from: string; to: string; port: string }, string]>([
    [
      'a NodePort for local endpoints, at another node',
      { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 5432, protocol: 'TCP', nodePort: 30432 }] },
      { from: '203.0.113.9', to: 'node/node1', port: '30432' },
      'SERVICE_NONE_NEAR Service shop/db',
    ],
    [
      'a client that may not ask',
      { type: 'LoadBalancer', loadBalancerSourceRanges: ['198.51.100.0/24'] },
      { from: '203.0.113.9', to: '10.78.0.50', port: '5432' },
      'SOURCE_NOT_ALLOWED Service shop/db',
    ],
  ])('from outside: %s', (_name, spec, { from, to, port }, expected) => {
    const status = { loadBalancer: { ingress: [{ ip: '10.78.0.50' }] } };
    const { reaches, culprits } = ask(from, to, port, { services: [{ ...service, spec: { ...service.spec, ...spec }, status }] });
    expect({ reaches, culprits: culprits.map(({ code, object }) => `${code} ${object}`) }).toEqual({
      reaches: 'none',
      culprits: [expected],
    });
  });

  it.each([
    ['a NodePort at the node of its endpoint', { type: 'NodePort', externalTrafficPolicy: 'Local' }, 'node/node2', '30432'],
    ['a client that may ask', { type: 'LoadBalancer', loadBalancerSourceRanges: ['203.0.113.0/24'] }, '10.78.0.50', '5432'],
  ])('from outside reaches: %s', (_name, spec, to, port) => {
    const ports = [{ port: 5432, protocol: 'TCP', nodePort: 30_432 }];
    const status = { loadBalancer: { ingress: [{ ip: '10.78.0.50' }] } };
    expect(ask('203.0.113.9', to, port, { services: [{ ...service, spec: { ...service.spec, ...spec, ports }, status }] })).toMatchObject({
      reaches: 'all',
      culprits: [],
    });
  });

  it('an address that is not translated may find no way back', () => {
    const found = ask('shop/web', '203.0.113.9', '443', { subnets: [subnet('net', '10.1.0.0/24', { natOutgoing: false })] });
    expect(found).toMatchObject({ reaches: 'doubtful', culprits: [{ code: 'ADDRESS_NOT_TRANSLATED', object: 'Subnet net' }] });
  });

  it('a headless service is asked at the ports of its endpoints', () => {
    const headless = { ...service, spec: { ...service.spec, clusterIP: 'None', clusterIPs: ['None'] } };
    const { reaches, ways } = ask('shop/web', 'svc/shop/db', '5432', { services: [headless] });
    expect({ reaches, ways: ways.map(({ to }) => to) }).toEqual({ reaches: 'all', ways: ['Pod shop/db'] });
  });

  it('an address that a pod wishes for is not yet its own', () => {
    const wish = {
      metadata: { namespace: 'shop', name: 'db', annotations: { 'ovn.kubernetes.io/ip_address': '10.1.0.3' } },
      spec: { nodeName: 'node2' },
      status: { phase: 'Pending' },
    };
    expect(ask('shop/web', 'shop/db', '80', { pods: [web, wish] }).culprits.map(({ code }) => code)).toEqual(['POD_NO_ADDRESS']);
  });

  it('what surely is in the way comes before what may be', () => {
    const chassis = new Map([
      ['node1', { behind: 0 }],
      ['node2', { behind: 3 }],
    ]);
    const { reaches, culprits } = ask('shop/web', 'shop/db', '80', { ovn: ovn({ 'db.shop': { isUp: false } }, { chassis }) });
    expect({ reaches, codes: culprits.map(({ code }) => code) }).toEqual({ reaches: 'none', codes: ['PORT_NOT_BOUND', 'CHASSIS_BEHIND'] });
  });

  it('a pod without address says what its newest warning says', () => {
    const warning = (lastTimestamp: string, message: string) => ({
      type: 'Warning',
      reason: 'NoAddress',
      message,
      lastTimestamp,
      involvedObject: { kind: 'Pod', namespace: 'shop', name: 'db' },
    });
    const { culprits } = ask('shop/web', 'shop/db', '80', {
      pods: [web, pod('db', '', { status: { podIP: undefined, podIPs: [] } })],
      events: [warning('2026-01-02T00:00:00Z', 'Subnet net is full'), warning('2026-01-01T00:00:00Z', 'an old reason')],
    });
    expect(culprits[0]?.message).toBe('has no address: NoAddress: Subnet net is full');
  });

  it('a service of which one endpoint is shut reaches by some', () => {
    const other = {
      ...pod('db2', '10.1.0.4'),
      metadata: { namespace: 'shop', name: 'db2', labels: { app: 'db2' }, annotations: { 'ovn.kubernetes.io/logical_switch': 'net' } },
    };
    const { reaches, culprits, ways } = ask('shop/web', 'svc/shop/db', '5432', {
      pods: [web, db, other],
      slices: [slice(backend('10.1.0.3', 'node2'), backend('10.1.0.4', 'node1'))],
      ovn: ovn({ 'db2.shop': { node: 'node1' } }),
      policies: { networkPolicies: [deny('shut', { podSelector: { matchLabels: { app: 'db2' } } })] },
    });
    expect({ reaches, ways: ways.map(({ to }) => to), culprits: culprits.map(({ object }) => object) }).toEqual({
      reaches: 'some',
      ways: ['Pod shop/db', 'Pod shop/db2'],
      culprits: ['NetworkPolicy shop/shut'],
    });
  });

  it('the text says who, why, and the way out', () => {
    const found = ask('shop/web', 'shop/db', '80', {
      policies: { networkPolicies: [deny('shut', { podSelector: { matchLabels: { app: 'db' } } })] },
    });
    expect(printAnswer(found).split('\n').slice(0, 3)).toEqual([
      'Pod shop/web does not reach Pod shop/db.',
      expect.stringMatching(/^ {2}because: NetworkPolicy shop\/shut denies what Pod shop\/db gets: isolated by .* \(POLICY_DENIES\)$/),
      expect.stringMatching(/^ {2}fix: /),
    ]);
  });

  it.each(['a/b/c', 'svc/a/b/c', 'node/'])('refuses the end %s', (text) => {
    expect(() => readEnd(text)).toThrow('want NAMESPACE/POD');
  });

  it.each(['80x', '0', 'tcp', '80/frob', '70000', 'tcp/80/1'])('refuses the port %s', (text) => {
    expect(() => readPort(text)).toThrow('want a port such as 80');
  });
});
