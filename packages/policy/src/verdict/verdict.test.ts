import { describe, expect, it } from 'vitest';
import type { ClusterObjects, NetworkPolicyObject, PodObject, Selector } from './objects.ts';
import type { Flow, FlowEnd } from './flow.ts';
import { verdict } from './verdict.ts';

/** Two namespaces, two nodes; `shop/web` and `shop/db` on n1, `other/web` on n2. */
const pod = (name: string, labels: Record<string, string>, over: Partial<PodObject> & { ips: string[]; node?: string }): PodObject => ({
  metadata: { name: name.split('/')[1] ?? '', namespace: name.split('/')[0] ?? '', labels },
  spec: { nodeName: over.node ?? 'n1', ...over.spec },
  status: { phase: 'Running', podIPs: over.ips.map((ip) => ({ ip })), ...over.status },
});
const web = pod('shop/web', { app: 'web' }, { ips: ['10.16.0.10', 'fd00::10'] });
const db = pod(
  'shop/db',
  { app: 'db' },
  {
    ips: ['10.16.0.11', 'fd00::11'],
    spec: {
      containers: [
        {
          ports: [
            { name: 'sql', containerPort: 5432 },
            { name: 'sync', containerPort: 90, protocol: 'SCTP' },
          ],
        },
      ],
    },
  },
);
const stranger = pod('other/web', { app: 'web' }, { ips: ['10.16.0.12'], node: 'n2' });
const agent = pod('other/agent', { app: 'web' }, { ips: ['172.18.0.2'], spec: { hostNetwork: true } });
const ended = pod('shop/job', { app: 'job' }, { ips: ['10.16.0.12'], status: { phase: 'Succeeded' } });

const cluster = (over: Partial<ClusterObjects>): ClusterObjects => ({
  namespaces: [{ metadata: { name: 'shop', labels: { team: 'x' } } }, { metadata: { name: 'other' } }],
  nodes: [
    {
      metadata: { name: 'n1', annotations: { 'ovn.kubernetes.io/ip_address': '100.64.0.2' } },
      status: {
        addresses: [
          { type: 'InternalIP', address: '172.18.0.2' },
          { type: 'Hostname', address: 'n1' },
        ],
      },
    },
    { metadata: { name: 'n2', labels: { edge: 'yes' } }, status: { addresses: [{ type: 'InternalIP', address: '172.18.0.3' }] } },
  ],
  pods: [web, db, stranger, agent, ended],
  networkPolicies: [],
  adminNetworkPolicies: [],
  baselineAdminNetworkPolicies: [],
  clusterNetworkPolicies: [],
  securityGroups: [],
  subnets: [],
  ...over,
});

type Asked = readonly [from: string, to: string, port?: number | 'ICMP', protocol?: Flow['protocol'], family?: 4 | 6];
const flow = (...[from, to, port = 80, protocol = 'TCP', family = 4]: Asked): Flow => ({
  from: end(from),
  to: end(to),
  family,
  ...(port === 'ICMP' ? { protocol: 'ICMP' } : { protocol, port }),
});
const end = (text: string): FlowEnd => (text.includes('/') ? { pod: text } : /^n\d$/.test(text) ? { node: text } : { address: text });
const ask = (over: Partial<ClusterObjects>, ...args: Asked): string | undefined => verdict(cluster(over), flow(...args))?.action;

const policy = (spec: NetworkPolicyObject['spec'], namespace = 'shop'): Partial<ClusterObjects> => ({
  networkPolicies: [{ metadata: { name: 'p', namespace }, ...(spec === undefined ? {} : { spec }) }],
});
const toDb: Selector = { matchLabels: { app: 'db' } };

describe('NetworkPolicy', () => {
  it.each<[string, Partial<ClusterObjects>, Asked, 'allow' | 'deny']>([
    ['no policy, no isolation', {}, ['other/web', 'shop/db'], 'allow'],
    ['a policy isolates for ingress what it selects', policy({ podSelector: toDb }), ['shop/web', 'shop/db'], 'deny'],
    ['and nobody else', policy({ podSelector: toDb }), ['shop/db', 'shop/web'], 'allow'],
    ['an absent podSelector selects all pods of the namespace', policy({}), ['shop/db', 'shop/web'], 'deny'],
    ['and no other namespace', policy({}), ['shop/db', 'other/web'], 'allow'],
    [
      'egress rules make it isolate for egress',
      policy({ egress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] }),
      ['shop/web', 'other/web'],
      'deny',
    ],
    ['an empty egress list does not', policy({ egress: [] }), ['shop/web', 'other/web'], 'allow'],
    ['policyTypes win over what is written', policy({ policyTypes: ['Egress'], ingress: [] }), ['other/web', 'shop/db'], 'allow'],
    ['an empty policyTypes list is none', policy({ policyTypes: [] }), ['other/web', 'shop/db'], 'deny'],
    ['an empty rule allows everything', policy({ ingress: [{}] }), ['other/web', 'shop/db'], 'allow'],
    ['an empty from list too', policy({ ingress: [{ from: [], ports: [] }] }), ['192.0.2.1', 'shop/db'], 'allow'],
    ['podSelector alone means the own namespace', policy({ ingress: [{ from: [{ podSelector: {} }] }] }), ['other/web', 'shop/db'], 'deny'],
    [
      'namespaceSelector alone means all pods there',
      policy({ ingress: [{ from: [{ namespaceSelector: {} }] }] }),
      ['other/web', 'shop/db'],
      'allow',
    ],
    [
      'an empty namespaceSelector means pods, not addresses',
      policy({ ingress: [{ from: [{ namespaceSelector: {} }] }] }),
      ['192.0.2.1', 'shop/db'],
      'deny',
    ],
    [
      'both in one peer must match',
      policy({
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'x' } }, podSelector: { matchLabels: { app: 'web' } } }] }],
      }),
      ['other/web', 'shop/db'],
      'deny',
    ],
    [
      'in two peers, either',
      policy({
        ingress: [
          {
            from: [
              { namespaceSelector: { matchLabels: { team: 'x' } } },
              { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] } },
            ],
          },
        ],
      }),
      ['other/web', 'shop/db'],
      'allow',
    ],
    [
      'NotIn selects what lacks the label',
      policy({ ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['x'] }] } }] }] }),
      ['other/web', 'shop/db'],
      'allow',
    ],
    [
      'a namespace by its name',
      policy({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } }] }] }),
      ['other/web', 'shop/db'],
      'allow',
    ],
    [
      'ipBlock',
      policy({ ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.8/29'] } }] }] }),
      ['192.0.2.7', 'shop/db'],
      'allow',
    ],
    [
      'except',
      policy({ ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.8/29'] } }] }] }),
      ['192.0.2.9', 'shop/db'],
      'deny',
    ],
    ['a block of the other family', policy({ ingress: [{ from: [{ ipBlock: { cidr: '::/0' } }] }] }), ['192.0.2.9', 'shop/db'], 'deny'],
    ['a port by number, TCP by default', policy({ ingress: [{ ports: [{ port: 80 }] }] }), ['shop/web', 'shop/db', 80], 'allow'],
    ['not another protocol', policy({ ingress: [{ ports: [{ port: 80 }] }] }), ['shop/web', 'shop/db', 80, 'UDP'], 'deny'],
    ['a range', policy({ ingress: [{ ports: [{ port: 80, endPort: 82 }] }] }), ['shop/web', 'shop/db', 82], 'allow'],
    ['and no further', policy({ ingress: [{ ports: [{ port: 80, endPort: 82 }] }] }), ['shop/web', 'shop/db', 83], 'deny'],
    ['a protocol alone', policy({ ingress: [{ ports: [{ protocol: 'SCTP' }] }] }), ['shop/web', 'shop/db', 9, 'SCTP'], 'allow'],
    ['an empty port is all of TCP', policy({ ingress: [{ ports: [{}] }] }), ['shop/web', 'shop/db', 9], 'allow'],
    ['a name, by the receiver', policy({ ingress: [{ ports: [{ port: 'sql' }] }] }), ['shop/web', 'shop/db', 5432], 'allow'],
    [
      'whose protocol must be the stated one',
      policy({ ingress: [{ ports: [{ port: 'sync' }] }] }),
      ['shop/web', 'shop/db', 90, 'SCTP'],
      'deny',
    ],
    [
      "a name in egress is the receiver's too",
      policy({ policyTypes: ['Egress'], egress: [{ ports: [{ port: 'sql' }] }] }),
      ['shop/web', 'shop/db', 5432],
      'allow',
    ],
    [
      'nobody outside has named ports',
      policy({ policyTypes: ['Egress'], egress: [{ ports: [{ port: 'sql' }] }] }),
      ['shop/web', '192.0.2.1', 5432],
      'deny',
    ],
    ['ICMP meets rules without ports', policy({ ingress: [{ from: [{ podSelector: {} }] }] }), ['shop/web', 'shop/db', 'ICMP'], 'allow'],
    ['and no others', policy({ ingress: [{ ports: [{}] }] }), ['shop/web', 'shop/db', 'ICMP'], 'deny'],
    ['the own node always comes in', policy({}), ['n1', 'shop/db'], 'allow'],
    ['by each of its addresses', policy({}), ['100.64.0.2', 'shop/db'], 'allow'],
    ['another node does not', policy({}), ['n2', 'shop/db'], 'deny'],
    ['the own node is always reached', policy({ policyTypes: ['Egress'] }), ['shop/db', 'n1'], 'allow'],
    ['a hostNetwork pod is its node', policy({}), ['other/agent', 'shop/db'], 'allow'],
    ['and no pod peer', policy({ ingress: [{ from: [{ namespaceSelector: {} }] }] }), ['n2', 'shop/db'], 'deny'],
    ['nor a subject', policy({}, 'other'), ['shop/web', 'other/agent'], 'allow'],
    [
      "an ended pod is nobody: its address is another's",
      policy({ ingress: [{ from: [{ podSelector: { matchLabels: { app: 'job' } } }] }] }),
      ['10.16.0.12', 'shop/db'],
      'deny',
    ],
    ['a pod reaches itself', policy({ policyTypes: ['Ingress', 'Egress'] }), ['shop/db', 'shop/db'], 'allow'],
  ])('%s', (_name, over, args, action) => {
    expect(ask(over, ...args)).toBe(action);
  });

  it.each<[string, Record<string, string>, Asked, 'allow' | 'deny']>([
    ['lax: ICMP passes', { network_policy_enforcement: 'lax' }, ['shop/web', 'shop/db', 'ICMP'], 'allow'],
    ['lax: DHCP passes', { network_policy_enforcement: 'lax' }, ['shop/web', 'shop/db', 67, 'UDP'], 'allow'],
    ['lax: TCP does not', { network_policy_enforcement: 'lax' }, ['shop/web', 'shop/db'], 'deny'],
    ['for another interface', { network_policy_for: 'shop/net1' }, ['shop/web', 'shop/db'], 'allow'],
    ['for this one too', { network_policy_for: 'shop/net1, ovn' }, ['shop/web', 'shop/db'], 'deny'],
  ])('annotations: %s', (_name, notes, args, action) => {
    const annotations = Object.fromEntries(Object.entries(notes).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value]));
    expect(ask({ networkPolicies: [{ metadata: { name: 'p', namespace: 'shop', annotations } }] }, ...args)).toBe(action);
  });

  it('needs both ends to agree, and says which one does not', () => {
    const judged = verdict(cluster(policy({ podSelector: toDb, policyTypes: ['Ingress'] })), flow('shop/web', 'shop/db'));
    expect(judged).toMatchObject({
      action: 'deny',
      because: 'isolated by NetworkPolicy shop/p',
      egress: { action: 'allow' },
      ingress: { action: 'deny' },
    });
  });

  it('knows no connection without an address of the family', () => {
    expect(ask({}, 'other/web', 'shop/db', 80, 'TCP', 6)).toBeUndefined();
    expect(ask({}, 'shop/job', 'shop/db')).toBeUndefined();
  });
});

describe('admin policies', () => {
  const everybody = { namespaces: {} };
  const admin = (priority: number, rule: object): ClusterObjects['adminNetworkPolicies'][number] => ({
    metadata: { name: `a${priority}` },
    spec: { priority, subject: everybody, ...rule },
  });
  const fromAll = (action: string, more: object = {}) => ({ ingress: [{ action, from: [{ namespaces: {} }], ...more }] });
  const isolated = policy({}).networkPolicies ?? [];

  it.each<[string, Partial<ClusterObjects>, Asked, 'allow' | 'deny']>([
    [
      'Deny wins over what a NetworkPolicy allows',
      { adminNetworkPolicies: [admin(5, fromAll('Deny'))], ...policy({ ingress: [{}] }) },
      ['shop/web', 'shop/db'],
      'deny',
    ],
    [
      'Allow wins over isolation',
      { adminNetworkPolicies: [admin(5, fromAll('Allow'))], networkPolicies: isolated },
      ['shop/web', 'shop/db'],
      'allow',
    ],
    [
      'Pass leaves it to NetworkPolicies',
      { adminNetworkPolicies: [admin(5, fromAll('Pass')), admin(6, fromAll('Allow'))], networkPolicies: isolated },
      ['shop/web', 'shop/db'],
      'deny',
    ],
    [
      'the lower number comes first',
      { adminNetworkPolicies: [admin(6, fromAll('Deny')), admin(5, fromAll('Allow'))] },
      ['shop/web', 'shop/db'],
      'allow',
    ],
    [
      'within a policy, the upper rule',
      { adminNetworkPolicies: [admin(1, { ingress: [...fromAll('Deny').ingress, ...fromAll('Allow').ingress] })] },
      ['shop/web', 'shop/db'],
      'deny',
    ],
    [
      'ports narrow a rule',
      { adminNetworkPolicies: [admin(1, fromAll('Deny', { ports: [{ portNumber: { protocol: 'TCP', port: 81 } }] }))] },
      ['shop/web', 'shop/db'],
      'allow',
    ],
    [
      'ranges include their end',
      { adminNetworkPolicies: [admin(1, fromAll('Deny', { ports: [{ portRange: { protocol: 'TCP', start: 70, end: 80 } }] }))] },
      ['shop/web', 'shop/db'],
      'deny',
    ],
    [
      'a named port has the protocol of its container',
      { adminNetworkPolicies: [admin(1, fromAll('Deny', { ports: [{ namedPort: 'sync' }] }))] },
      ['shop/web', 'shop/db', 90, 'SCTP'],
      'deny',
    ],
    ['no peer of this kind is outside', { adminNetworkPolicies: [admin(1, fromAll('Deny'))] }, ['192.0.2.1', 'shop/db'], 'allow'],
    [
      'networks do hold pods',
      { adminNetworkPolicies: [admin(1, { egress: [{ action: 'Deny', to: [{ networks: ['0.0.0.0/0'] }] }] })] },
      ['shop/web', 'shop/db'],
      'deny',
    ],
    [
      'nodes by their labels',
      { adminNetworkPolicies: [admin(1, { egress: [{ action: 'Deny', to: [{ nodes: { matchLabels: { edge: 'yes' } } }] }] })] },
      ['shop/web', 'n2'],
      'deny',
    ],
    [
      'and no others',
      { adminNetworkPolicies: [admin(1, { egress: [{ action: 'Deny', to: [{ nodes: { matchLabels: { edge: 'yes' } } }] }] })] },
      ['shop/web', 'n1'],
      'allow',
    ],
    [
      'an administrator may forbid the own node',
      { adminNetworkPolicies: [admin(1, { egress: [{ action: 'Deny', to: [{ nodes: {} }] }] })] },
      ['shop/web', 'n1'],
      'deny',
    ],
    [
      'an unknown peer makes Pass deny all',
      { adminNetworkPolicies: [admin(1, { ingress: [{ action: 'Pass', from: [{}] }] })] },
      ['192.0.2.1', 'shop/db'],
      'deny',
    ],
    [
      'and Allow match nothing',
      { adminNetworkPolicies: [admin(1, { ingress: [{ action: 'Allow', from: [{}, { namespaces: {} }] }] })], networkPolicies: isolated },
      ['shop/web', 'shop/db'],
      'deny',
    ],
    [
      'but the own node comes in all the same',
      { adminNetworkPolicies: [admin(1, { ingress: [{ action: 'Deny', from: [{}] }] })] },
      ['n1', 'shop/db'],
      'allow',
    ],
    [
      'a baseline yields to NetworkPolicies',
      { baselineAdminNetworkPolicies: [admin(0, fromAll('Deny'))], ...policy({ ingress: [{}] }) },
      ['shop/web', 'shop/db'],
      'allow',
    ],
    [
      'and binds pods without any',
      { baselineAdminNetworkPolicies: [admin(0, fromAll('Deny'))], ...policy({ podSelector: toDb }) },
      ['shop/db', 'shop/web'],
      'deny',
    ],
  ])('%s', (_name, over, args, action) => {
    expect(ask(over, ...args)).toBe(action);
  });

  it.each<[string, object, Asked, 'allow' | 'deny']>([
    ['a port by number', { tcp: { destinationPort: { number: 80 } } }, ['shop/web', 'shop/db', 80], 'deny'],
    ['another protocol', { udp: { destinationPort: { number: 80 } } }, ['shop/web', 'shop/db', 80], 'allow'],
    ['a range', { sctp: { destinationPort: { range: { start: 1, end: 80 } } } }, ['shop/web', 'shop/db', 80, 'SCTP'], 'deny'],
    ['a name', { destinationNamedPort: 'sql' }, ['shop/web', 'shop/db', 5432], 'deny'],
  ])('ClusterNetworkPolicy: %s', (_name, protocol, args, action) => {
    const spec = { tier: 'Admin', ...fromAll('Deny', { protocols: [protocol] }) };
    expect(ask({ clusterNetworkPolicies: [admin(1, spec)] }, ...args)).toBe(action);
    expect(ask({ clusterNetworkPolicies: [admin(1, { ...spec, tier: 'Baseline' })], ...policy({ ingress: [{}] }) }, ...args)).toBe('allow');
  });
});

describe('SecurityGroup', () => {
  const grouped = (name: string, groups: string): PodObject => ({
    ...(name === 'web' ? web : db),
    metadata: { ...(name === 'web' ? web : db).metadata, annotations: { 'ovn.kubernetes.io/security_groups': groups } },
  });
  const rule = (policy: string, priority: number, more: object = {}) => ({
    ipVersion: 'ipv4',
    protocol: 'all',
    remoteType: 'address',
    remoteAddress: '0.0.0.0/0',
    policy,
    priority,
    ...more,
  });
  const group = (name: string, spec: object): ClusterObjects['securityGroups'][number] => ({ metadata: { name }, spec });
  const inGroup = (spec: object, more: readonly ClusterObjects['securityGroups'][number][] = []): Partial<ClusterObjects> => ({
    pods: [web, grouped('db', 'g, h'), stranger],
    securityGroups: [group('g', spec), ...more],
  });

  it.each<[string, Partial<ClusterObjects>, Asked, 'allow' | 'deny']>([
    ['a group without rules lets nothing in', inGroup({}), ['shop/web', 'shop/db'], 'deny'],
    ['nor out', inGroup({}), ['shop/db', 'shop/web'], 'deny'],
    ['a group that is not there lets nothing in', { ...inGroup({}), securityGroups: [] }, ['shop/web', 'shop/db'], 'deny'],
    ['nor out, until it is there', { ...inGroup({}), securityGroups: [] }, ['shop/db', 'shop/web'], 'deny'],
    [
      'a rule may name the members of a group that is not there',
      {
        ...inGroup({
          allowSameGroupTraffic: true,
          egressRules: [rule('drop', 1, { remoteType: 'securityGroup', remoteSecurityGroup: 'absent' })],
        }),
        pods: [grouped('web', 'g, absent'), grouped('db', 'g'), stranger],
      },
      ['shop/db', 'shop/web'],
      'deny',
    ],
    [
      'an allowed address',
      inGroup({ ingressRules: [rule('allow', 1, { remoteAddress: '10.16.0.10' })] }),
      ['shop/web', 'shop/db'],
      'allow',
    ],
    ['the lower number comes first', inGroup({ ingressRules: [rule('drop', 2), rule('allow', 1)] }), ['shop/web', 'shop/db'], 'allow'],
    [
      'across groups',
      inGroup({ ingressRules: [rule('allow', 2)] }, [group('h', { ingressRules: [rule('drop', 1)] })]),
      ['shop/web', 'shop/db'],
      'deny',
    ],
    [
      'ports',
      inGroup({ ingressRules: [rule('allow', 1, { protocol: 'tcp', portRangeMin: 80, portRangeMax: 81 })] }),
      ['shop/web', 'shop/db', 81],
      'allow',
    ],
    [
      'and no others',
      inGroup({ ingressRules: [rule('allow', 1, { protocol: 'tcp', portRangeMin: 80, portRangeMax: 81 })] }),
      ['shop/web', 'shop/db', 82],
      'deny',
    ],
    [
      'pass leads to tier 1',
      inGroup({ ingressRules: [rule('pass', 1)] }, [group('h', { tier: 1, ingressRules: [rule('allow', 9)] })]),
      ['shop/web', 'shop/db'],
      'allow',
    ],
    [
      'without it tier 0 denies',
      inGroup({ ingressRules: [] }, [group('h', { tier: 1, ingressRules: [rule('allow', 9)] })]),
      ['shop/web', 'shop/db'],
      'deny',
    ],
    [
      'a member of a group',
      {
        ...inGroup({ ingressRules: [rule('allow', 1, { remoteType: 'securityGroup', remoteSecurityGroup: 'x' })] }, [
          group('x', { egressRules: [rule('allow', 1)] }),
        ]),
        pods: [grouped('web', 'x'), grouped('db', 'g')],
      },
      ['shop/web', 'shop/db'],
      'allow',
    ],
    [
      'the same group',
      { ...inGroup({ allowSameGroupTraffic: true }), pods: [grouped('web', 'g'), grouped('db', 'g')] },
      ['shop/web', 'shop/db'],
      'allow',
    ],
    ['the own address', inGroup({ ingressRules: [rule('allow', 1, { localAddress: '10.16.0.0/24' })] }), ['shop/web', 'shop/db'], 'allow'],
    ['and no other', inGroup({ ingressRules: [rule('allow', 1, { localAddress: '10.16.1.0/24' })] }), ['shop/web', 'shop/db'], 'deny'],
    [
      'source ports, of those that systems choose',
      inGroup({
        ingressRules: [
          rule('allow', 1, { protocol: 'tcp', localAddress: '0.0.0.0/0', sourcePortRangeMin: 1024, sourcePortRangeMax: 65_535 }),
        ],
      }),
      ['shop/web', 'shop/db'],
      'allow',
    ],
    [
      'and no others',
      inGroup({
        ingressRules: [rule('allow', 1, { protocol: 'tcp', localAddress: '0.0.0.0/0', sourcePortRangeMin: 1, sourcePortRangeMax: 1023 })],
      }),
      ['shop/web', 'shop/db'],
      'deny',
    ],
    ['over a NetworkPolicy', { ...inGroup({ ingressRules: [rule('allow', 1)] }), ...policy({}) }, ['shop/web', 'shop/db'], 'allow'],
  ])('%s', (_name, over, args, action) => {
    expect(ask(over, ...args)).toBe(action);
  });
});

describe('default-securitygroup', () => {
  const group = { metadata: { name: 'default-securitygroup' }, spec: {} };
  const inVpc = (vpc: string): Partial<ClusterObjects> => ({
    securityGroups: [group],
    subnets: [{ metadata: { name: 'one' }, spec: { cidrBlock: '10.16.0.0/24', ...(vpc === '' ? {} : { vpc }) } }],
  });
  it.each<[string, Partial<ClusterObjects>, 'allow' | 'deny']>([
    ['is that of pods in another Vpc that name none', inVpc('bank'), 'deny'],
    ['not in the default Vpc', inVpc('ovn-cluster'), 'allow'],
    ['nor where no Vpc is named', inVpc(''), 'allow'],
    ['nor where it is not there', { ...inVpc('bank'), securityGroups: [] }, 'allow'],
  ])('%s', (_name, over, action) => {
    expect(ask(over, 'shop/web', 'shop/db')).toBe(action);
  });
});

describe('Subnet', () => {
  const subnets = [
    { metadata: { name: 'one' }, spec: { cidrBlock: '10.16.0.0/24,fd00::/64', private: true, allowSubnets: ['192.0.2.0/24'] } },
    { metadata: { name: 'join' }, spec: { cidrBlock: '100.64.0.0/16' } },
  ];
  it.each<[string, string, 'allow' | 'deny']>([
    ['inside', 'other/web', 'allow'],
    ['an allowed block', '192.0.2.1', 'allow'],
    ['elsewhere', '198.51.100.1', 'deny'],
    ['another node by its address on the join subnet', '100.64.0.9', 'allow'],
  ])('a private one lets in and out: %s', (_name, from, action) => {
    expect(ask({ subnets }, from, 'shop/db')).toBe(action);
    expect(ask({ subnets }, 'shop/db', from)).toBe(action);
  });
});
