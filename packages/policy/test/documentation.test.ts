/**
 * The cases of the Kubernetes documentation, as ACLs: how few they are, and what they say. `[...]` stands for the pods of a port group.
 *
 * @source Kubernetes, Concepts, Network Policies; the recipes that it links to
 */
import { describe, expect, it } from 'vitest';
import { compileObjects as compileEngine } from '../src/compile-objects.ts';
import type { Flow } from '../src/verdict/index.ts';
import type { ClusterObjects, NetworkPolicyObject } from '../src/verdict/objects.ts';
import { policyLines } from './support/acl-lines.ts';
import { compileObjects } from './support/compiled.ts';

type Spec = NonNullable<NetworkPolicyObject['spec']>;

function cluster(...specs: readonly Spec[]): ClusterObjects {
  const containers = (port: number) => [{ ports: [{ name: 'http', containerPort: port }] }];
  const pod = (name: string, labels: Record<string, string>, port: number) => ({
    metadata: { name, namespace: 'default', labels },
    spec: { nodeName: 'n1', containers: containers(port) },
    status: { podIP: `10.16.0.${port % 200}` },
  });
  return {
    namespaces: [{ metadata: { name: 'default' } }],
    nodes: [{ metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] } }],
    pods: [pod('web-0', { app: 'web' }, 80), pod('web-1', { app: 'web' }, 8080), pod('db-0', { role: 'db' }, 6379)],
    networkPolicies: specs.map((spec, index) => ({ metadata: { name: `np${index}`, namespace: 'default' }, spec })),
    adminNetworkPolicies: [],
    baselineAdminNetworkPolicies: [],
    clusterNetworkPolicies: [],
    securityGroups: [],
    subnets: [],
  };
}

const linesOf = (...specs: readonly Spec[]): string[] => policyLines(compileObjects(cluster(...specs), { aclTiers: false }).fragments);

describe('default policies', () => {
  it('default deny costs no rule of its own: all isolated ports share one per direction', () => {
    const objects = cluster({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, { podSelector: { matchLabels: { app: 'web' } } });
    const { fragments } = compileObjects(objects, { aclTiers: false });
    expect(policyLines(fragments)).toEqual([]);
    const drops = [...fragments.values()].flatMap(({ rows }) => rows).filter(({ columns }) => columns['action'] === 'drop');
    expect(drops.map(({ columns }) => columns['match'])).toEqual([
      'outport == @isolated.ingress && ip',
      'inport == @isolated.egress && ip',
    ]);
  });

  it('allow all ingress traffic', () => {
    expect(linesOf({ podSelector: {}, ingress: [{}], policyTypes: ['Ingress'] })).toMatchInlineSnapshot(`
      [
        "to-lport 2002 allow-related: outport == @[default/*] && ip",
      ]
    `);
  });

  it('allow all egress traffic', () => {
    expect(linesOf({ podSelector: {}, egress: [{}], policyTypes: ['Egress'] })).toMatchInlineSnapshot(`
      [
        "from-lport 2002 allow-related: inport == @[default/*] && ip",
      ]
    `);
  });
});

describe('the example of the page', () => {
  it('is one rule per direction, whatever its peers and ports are', () => {
    const spec: Spec = {
      podSelector: { matchLabels: { role: 'db' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            { ipBlock: { cidr: '172.17.0.0/16', except: ['172.17.1.0/24'] } },
            { namespaceSelector: { matchLabels: { project: 'myproject' } } },
            { podSelector: { matchLabels: { role: 'frontend' } } },
          ],
          ports: [{ protocol: 'TCP', port: 6379 }],
        },
      ],
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/24' } }], ports: [{ protocol: 'TCP', port: 5978 }] }],
    };
    expect(linesOf(spec)).toMatchInlineSnapshot(`
      [
        "from-lport 2002 allow-related: inport == @[default/role=db] && ip4.dst == 10.0.0.0/24 && tcp.dst == 5978",
        "to-lport 2002 allow-related: outport == @[default/role=db] && (ip4.src == {$[default/role=frontend]_ip4, $[{project=myproject}/*]_ip4, 172.17.0.0/24, 172.17.2.0/23, 172.17.4.0/22, 172.17.8.0/21, 172.17.16.0/20, 172.17.32.0/19, 172.17.64.0/18, 172.17.128.0/17} || ip6.src == {$[default/role=frontend]_ip6, $[{project=myproject}/*]_ip6}) && tcp.dst == 6379",
      ]
    `);
  });
});

describe('to and from selectors', () => {
  it('namespaceSelector and podSelector in one peer, and as two', () => {
    const namespaceSelector = { matchLabels: { user: 'alice' } };
    const podSelector = { matchLabels: { role: 'client' } };
    expect(linesOf({ podSelector: {}, ingress: [{ from: [{ namespaceSelector, podSelector }] }] })).toMatchInlineSnapshot(`
      [
        "to-lport 2002 allow-related: outport == @[default/*] && (ip4.src == $[{user=alice}/role=client]_ip4 || ip6.src == $[{user=alice}/role=client]_ip6)",
      ]
    `);
    expect(linesOf({ podSelector: {}, ingress: [{ from: [{ namespaceSelector }, { podSelector }] }] })).toMatchInlineSnapshot(`
      [
        "to-lport 2002 allow-related: outport == @[default/*] && (ip4.src == {$[default/role=client]_ip4, $[{user=alice}/*]_ip4} || ip6.src == {$[default/role=client]_ip6, $[{user=alice}/*]_ip6})",
      ]
    `);
  });

  it('a namespace by its name', () => {
    const namespaceSelector = {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['frontend', 'backend'] }],
    };
    expect(linesOf({ podSelector: {}, egress: [{ to: [{ namespaceSelector }] }], policyTypes: ['Egress'] })).toMatchInlineSnapshot(`
      [
        "from-lport 2002 allow-related: inport == @[default/*] && (ip4.dst == $[{kubernetes.io/metadata.name in (backend,frontend)}/*]_ip4 || ip6.dst == $[{kubernetes.io/metadata.name in (backend,frontend)}/*]_ip6)",
      ]
    `);
  });
});

describe('ports', () => {
  it('a range with endPort, and five ports and five ranges of both families, are one rule', () => {
    const range = { protocol: 'TCP', port: 32_000, endPort: 32_768 };
    expect(linesOf({ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/24' } }], ports: [range] }] })).toMatchInlineSnapshot(`
      [
        "from-lport 2002 allow-related: inport == @[default/*] && ip4.dst == 10.0.0.0/24 && 32000 <= tcp.dst <= 32768",
      ]
    `);
    const ports = [1, 3, 5, 7, 9].flatMap((port) => [
      { protocol: 'TCP', port },
      { protocol: 'UDP', port: port * 1000, endPort: port * 1000 + 10 },
    ]);
    const blocks = [1, 2, 3, 4, 5].flatMap((number) => [
      { ipBlock: { cidr: `192.0.2.${number * 32}/28` } },
      { ipBlock: { cidr: `2001:db8:${number}::/48` } },
    ]);
    expect(linesOf({ podSelector: {}, ingress: [{ from: blocks, ports }] })).toHaveLength(1);
  });

  it('a name that all subjects give one number is that number; otherwise there is a rule for each, held by the pods that give it', () => {
    const ports = [{ protocol: 'TCP', port: 'http' }];
    expect(linesOf({ podSelector: { matchLabels: { role: 'db' } }, ingress: [{ ports }] })).toMatchInlineSnapshot(`
      [
        "to-lport 2002 allow-related: outport == @[default/role=db] && tcp.dst == 6379",
      ]
    `);
    expect(linesOf({ podSelector: { matchLabels: { app: 'web' } }, ingress: [{ ports }] })).toMatchInlineSnapshot(`
      [
        "to-lport 2002 allow-related: outport == @[default/app=web http=TCP/8080] && tcp.dst == 8080",
        "to-lport 2002 allow-related: outport == @[default/app=web http=TCP/80] && tcp.dst == 80",
      ]
    `);
    expect(linesOf({ podSelector: {}, egress: [{ to: [{ podSelector: { matchLabels: { app: 'web' } } }], ports }] }))
      .toMatchInlineSnapshot(`
      [
        "from-lport 2002 allow-related: inport == @[default/*] && (((ip4.dst == $[default/app=web http=TCP/80]_ip4 || ip6.dst == $[default/app=web http=TCP/80]_ip6) && tcp.dst == 80) || ((ip4.dst == $[default/app=web http=TCP/8080]_ip4 || ip6.dst == $[default/app=web http=TCP/8080]_ip6) && tcp.dst == 8080))",
      ]
    `);
  });
});

describe('what policies share', () => {
  it('equal selectors are one port group, in other words, in other policies and as subject and peer', () => {
    const { fragments } = compileObjects(
      cluster(
        { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] },
        { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }, egress: [{}] },
      ),
      { aclTiers: false },
    );
    const groups = [...fragments.keys()].filter((owner) => owner.startsWith('policy-group/pods.'));
    expect(groups).toHaveLength(1);
  });
});

describe('security groups', () => {
  const rule = { protocol: 'tcp', remoteType: 'address', priority: 1, policy: 'allow', portRangeMin: 80, portRangeMax: 90 };
  const linesOfGroup = (spec: object): string[] => {
    const objects = cluster();
    const pods = objects.pods.map(({ metadata, ...rest }) => {
      return { ...rest, metadata: { ...metadata, annotations: { 'ovn.kubernetes.io/security_groups': 'sg' } } };
    });
    return policyLines(
      compileObjects({ ...objects, pods, securityGroups: [{ metadata: { name: 'sg' }, spec }] }, { aclTiers: false }).fragments,
    );
  };

  it('a rule is one ACL, with its own address and source ports', () => {
    const ingress = { ipVersion: 'ipv4', remoteAddress: '192.0.2.0/24', localAddress: '10.0.0.0/24' };
    const egress = { ipVersion: 'ipv6', remoteAddress: '2001:db8::/64', localAddress: 'fd00::7' };
    const from = { sourcePortRangeMin: 1000, sourcePortRangeMax: 2000 };
    const lines = linesOfGroup({
      ingressRules: [{ ...rule, ...ingress, ...from }],
      egressRules: [{ ...rule, ...egress, protocol: 'udp' }],
    });
    expect(lines.filter((line) => line.includes('allow-related'))).toMatchInlineSnapshot(`
      [
        "from-lport 18500 allow-related: inport == @[{*}/"security group sg"] && ip6.dst == 2001:db8::/64 && ip6.src == fd00::7 && 80 <= udp.dst <= 90",
        "to-lport 18500 allow-related: outport == @[{*}/"security group sg"] && ip4.src == 192.0.2.0/24 && ip4.dst == 10.0.0.0/24 && 80 <= tcp.dst <= 90 && 1000 <= tcp.src <= 2000",
      ]
    `);
  });
});

describe('services', () => {
  it('a pod that reaches itself through a service comes back from the address of the service, whatever policies say', () => {
    const objects = cluster({ podSelector: {} });
    const flow: Flow = { from: { address: '10.96.0.7' }, to: { pod: 'default/web-0' }, protocol: 'TCP', port: 80, family: 4 };
    const told = (serviceBlocks: readonly string[]) => {
      const { engine, fragments } = compileEngine(objects, { aclTiers: false, serviceBlocks });
      const matches = [...fragments.values()].flatMap(({ rows }) => rows).map(({ columns }) => columns['match']);
      return [engine.explain(flow)?.action, matches.includes('outport == @guarded.ingress && ip4.src == 10.96.0.0/12')];
    };
    expect(told([])).toEqual(['deny', false]);
    expect(told(['10.96.0.0/12'])).toEqual(['allow', true]);
  });
});

describe('logging', () => {
  it('names the policy, and is limited by a meter', () => {
    const objects = cluster({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] });
    const annotations = {
      'ovn.kubernetes.io/enable_log': 'true',
      'ovn.kubernetes.io/log_acl_actions': 'allow,drop',
      'ovn.kubernetes.io/acl_log_meter_rate': '20',
    };
    const networkPolicies = objects.networkPolicies.map(({ metadata, spec }) => ({
      metadata: { ...metadata, annotations },
      spec: spec ?? {},
    }));
    const { fragments } = compileObjects({ ...objects, networkPolicies }, { aclTiers: false });
    const rows = fragments.get('policy/NetworkPolicy/default/np0')?.rows ?? [];
    const logged = rows
      .filter(({ table }) => table === 'ACL')
      .map(({ columns: { name, priority, action, log, severity, meter } }) => {
        return { name, priority, action, log, severity, meter };
      });
    expect(logged).toEqual([
      { name: 'np/default/np0/ingress/0', priority: 2002, action: 'allow-related', log: true, severity: 'info', meter: 'acl_log_20' },
      { name: 'np/default/np0/ingress', priority: 2001, action: 'drop', log: true, severity: 'warning', meter: 'acl_log_20' },
    ]);
    const meters = rows
      .filter(({ table }) => table !== 'ACL')
      .map(({ table, key, columns }) => [table, key, columns['rate'] ?? columns['unit']]);
    expect(meters).toEqual([
      ['Meter', 'acl_log_20', 'pktps'],
      ['Meter_Band', 'acl_log_20', 20],
    ]);
  });
});
