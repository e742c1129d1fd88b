import type { ServiceInput, SliceInput } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { homePatch, homeProblems, serviceHome, slicesInside, type VpcFacts } from './vpc.formula.ts';

const service: ServiceInput = {
  key: 'shop/web',
  clusterIps: [{ family: 4, address: '10.96.0.10' }],
  externalIps: [],
  ports: [{ name: 'web', protocol: 'tcp', port: 80 }],
  isInternalLocal: false,
  isExternalLocal: false,
};
/** Pods are named after their Vpcs: `shop/red-1`. */
const facts: VpcFacts = {
  clusterRouter: 'ovn-cluster',
  hasVpc: (name) => ['ovn-cluster', 'red', 'blue'].includes(name),
  vpcOfPod: (pod) => /shop\/(red|blue|gone|ovn-cluster)/.exec(pod)?.[1],
  vpcOfNamespace: () => 'blue',
};
const slicesOf = (...pods: readonly string[]): readonly SliceInput[] => [
  {
    service: 'shop/web',
    family: 4,
    ports: [{ name: 'web', protocol: 'tcp', port: 8080 }],
    endpoints: pods.map((pod, index) => ({
      address: `10.16.0.${index + 1}`,
      node: 'node1',
      isReady: true,
      isDraining: false,
      ...(pod !== '' && { pod: `shop/${pod}` }),
    })),
  },
];
const homeOf = (change: Partial<ServiceInput>, ...pods: readonly string[]): unknown =>
  serviceHome({ ...service, ...change }, slicesOf(...pods), facts);

describe('serviceHome', () => {
  it.each([
    [
      'that of its pods, whatever it was before',
      { change: { vpc: 'blue' }, pods: ['red-1', 'red-2'], home: { vpc: 'red', strangers: [] } },
    ],
    [
      'the one that its author names, before that of its pods',
      { change: { router: 'blue' }, pods: ['red-1'], home: { vpc: 'blue', strangers: ['shop/red-1'] } },
    ],
    [
      'of several the one that it was in',
      { change: { vpc: 'red' }, pods: ['red-1', 'blue-1'], home: { vpc: 'red', strangers: ['shop/blue-1'] } },
    ],
    ['of several that of its namespace', { change: {}, pods: ['red-1', 'blue-1'], home: { vpc: 'blue', strangers: ['shop/red-1'] } }],
    [
      'of several else the first by name',
      { change: {}, pods: ['red-1', 'ovn-cluster-1'], home: { vpc: 'ovn-cluster', strangers: ['shop/red-1'] } },
    ],
    ['without pods the one that it was in', { change: { vpc: 'red' }, pods: [], home: { vpc: 'red', strangers: [] } }],
    ['without any that of its namespace', { change: {}, pods: [], home: { vpc: 'blue', strangers: [] } }],
    [
      'that of its namespace, where it was in one that is gone',
      { change: { vpc: 'gone' }, pods: ['gone-1'], home: { vpc: 'blue', strangers: [] } },
    ],
    [
      'that of its pods, where its author names one that is not there',
      { change: { router: 'gone' }, pods: ['red-1'], home: { vpc: 'red', strangers: [] } },
    ],
  ] as const)('%s', (_, { change, pods, home }) => {
    expect(homeOf(change, ...pods)).toEqual(home);
    expect(homeOf(change, ...pods.toReversed())).toEqual(home);
  });

  it('addresses that are no pod’s, and pods on the network of their node, are kept wherever it is', () => {
    const slices = slicesOf('red-1', '', 'on-its-node', 'blue-1');
    const home = serviceHome({ ...service, vpc: 'red' }, slices, facts);
    expect(slicesInside(slices, home)[0]?.endpoints.map(({ address }) => address)).toEqual(['10.16.0.1', '10.16.0.2', '10.16.0.3']);
  });
});

describe('homePatch', () => {
  it.each([
    ['says a Vpc of a user', 'red', undefined, { annotations: { 'ovn.kubernetes.io/vpc': 'red' } }],
    ['says nothing of the one that all are in', 'ovn-cluster', undefined, undefined],
    ['leaves it where somebody has said it', 'ovn-cluster', 'ovn-cluster', undefined],
    ['takes back what is not so any more', 'ovn-cluster', 'red', { annotations: { 'ovn.kubernetes.io/vpc': null } }],
  ])('%s', (_, vpc, said, expected) => {
    expect(homePatch({ ...service, ...(said !== undefined && { vpc: said }) }, { vpc, strangers: [] }, 'ovn-cluster')).toEqual(expected);
  });
});

describe('homeProblems', () => {
  const told = (change: Partial<ServiceInput>, vpc: string, strangers: readonly string[] = []): readonly string[] =>
    homeProblems({ ...service, ...change }, { vpc, strangers }, facts).map(({ message }) => message);
  const nodePort = { ports: [{ name: 'web', protocol: 'tcp', port: 80, nodePort: 30_080 }] } as const;

  it('nodes reach no Vpc of a user', () => {
    expect(told(nodePort, 'red')[0]).toMatch(/^Service shop\/web: spec asks for node ports .* is in Vpc red, which no node reaches/);
    expect(told({ externalIps: [{ family: 4, address: '198.51.100.7' }] }, 'red')).toHaveLength(1);
    expect([told(nodePort, 'ovn-cluster'), told({}, 'red')]).toEqual([[], []]);
  });

  it('names who is left out, and a Vpc that is not there', () => {
    expect(told({}, 'red', ['shop/blue-1'])).toEqual([
      'Service shop/web: spec.selector is of pods in several Vpcs; it is in Vpc red, and shop/blue-1 of others is not asked; make one Service for the pods of each Vpc',
    ]);
    expect(told({ router: 'gone' }, 'red')[0]).toContain('metadata.annotations[ovn.kubernetes.io/logical_router] "gone" does not exist');
  });
});
