/** What `cost` tells: more where there is more, and a way out where a policy is dearer than it looks. */
import { describe, expect, it } from 'vitest';
import { compileObjects } from '../src/compile-objects.ts';
import type { ClusterObjects, NetworkPolicyObject } from '../src/verdict/objects.ts';

type Ingress = NonNullable<NonNullable<NetworkPolicyObject['spec']>['ingress']>;

function costOf(ingress: Ingress, pods = 3) {
  const objects: ClusterObjects = {
    namespaces: [{ metadata: { name: 'shop' } }],
    nodes: [],
    pods: Array.from({ length: pods }, (_, index) => ({
      metadata: { name: `web-${index}`, namespace: 'shop', labels: { app: 'web' } },
      spec: { containers: [{ ports: [{ name: 'http', containerPort: 8000 + index }] }] },
      status: { podIP: `10.16.${index >> 8}.${index & 255}` },
    })),
    networkPolicies: [{ metadata: { name: 'np', namespace: 'shop' }, spec: { podSelector: {}, ingress } }],
    adminNetworkPolicies: [],
    baselineAdminNetworkPolicies: [],
    clusterNetworkPolicies: [],
    securityGroups: [],
    subnets: [],
  };
  return compileObjects(objects, { aclTiers: false }).engine.cost();
}

describe('cost', () => {
  it.each<[string, Ingress, number]>([
    ['one port for each of three pods, in both families', [{ ports: [{ port: 80 }] }], 2 * 3],
    ['three pods and two ports: added up, with one for the whole', [{ ports: [{ port: 80 }, { port: 90 }] }], 2 * (3 + 2 + 1)],
    ['three pods from one block', [{ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }], 3],
    ['three pods from three pods', [{ from: [{ podSelector: {} }] }], 3 + 3 + 1],
    ['a range that is two aligned parts', [{ ports: [{ port: 80, endPort: 127 }] }], 2 * (3 + 2 + 1)],
    ['nobody', [{ from: [{ podSelector: { matchLabels: { app: 'none' } } }] }], 0],
  ])('%s', (_name, ingress, flows) => {
    expect(costOf(ingress)).toEqual({ policies: [{ policy: 'NetworkPolicy/shop/np', acls: 1, flows }], problems: [] });
  });

  it.each<[string, Ingress, number, string]>([
    ['many pods from many pods', [{ from: [{ podSelector: {} }] }], 3000, 'name a block that holds the pods'],
    [
      'blocks with many exceptions',
      [
        {
          from: Array.from({ length: 200 }, (_, index) => ({
            ipBlock: { cidr: `2001:db8:${index.toString(16)}::/48`, except: [`2001:db8:${index.toString(16)}::1/128`] },
          })),
        },
      ],
      3,
      'write fewer, larger and aligned ones',
    ],
    [
      'many ranges of ports',
      [{ ports: Array.from({ length: 400 }, (_, index) => ({ port: 1 + index * 160, endPort: 126 + index * 160 })) }],
      3,
      'write ranges that begin and end at powers of two',
    ],
    ['a name with a number for each pod', [{ ports: [{ port: 'http' }] }], 3, ''],
  ])('%s', (_name, ingress, pods, hint) => {
    const told = costOf(ingress, pods).problems.map((problem) => [
      problem.code,
      problem.object,
      problem.field,
      problem.hint.includes(hint),
    ]);
    expect(told).toEqual(hint === '' ? [] : [['POLICY_COSTLY', 'NetworkPolicy/shop/np', 'spec.ingress[0]', true]]);
  });
});
