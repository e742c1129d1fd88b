import { parseAddress } from '@kube-ovn/ipam';
import type { Subnet, SubnetSpec } from '@kube-ovn/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSubnet, type SubnetInput } from '../../inputs/subnet.ts';
import { readVpc, type VpcInput } from '../../inputs/vpc.ts';
import { findClashes, type Surroundings } from './clashes.ts';

const names = { clusterRouter: 'ovn-cluster', defaultSubnet: 'ovn-default', joinSubnet: 'join' };
const vpc = (name: string, namespaces: readonly string[] = []): [string, VpcInput] => [
  name,
  readVpc({ metadata: { name }, spec: { namespaces } }, 'ovn-cluster'),
];
const surroundings: Surroundings = {
  vlans: new Map(['v1', 'v2'].map((name) => [name, { problems: [], isHeld: false }])),
  vpcs: new Map([vpc('ovn-cluster'), vpc('red', ['mars'])]),
  nodeAddresses: [{ node: 'node1', address: parseAddress('192.0.2.1') }],
  apiServerAddresses: [parseAddress('10.96.0.1')],
};

interface Example extends SubnetSpec {
  readonly created?: number;
  readonly accepted?: boolean;
}

function input(name: string, cidrBlock: string, more: Example = {}): SubnetInput {
  const { created = 0, accepted = false, ...spec } = more;
  const status = accepted ? { conditions: [{ type: 'Validated', status: 'True' as const, observedGeneration: 1 }] } : {};
  const object: Subnet = {
    metadata: { name, generation: 1, creationTimestamp: new Date(created * 1000).toISOString() },
    spec: { cidrBlock, ...spec },
    status,
  };
  const reading = readSubnet(object, names);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.input;
}
const refused = (subnets: readonly SubnetInput[], held: readonly SubnetInput[] = []) =>
  [...findClashes(subnets, new Map(held.map((each) => [each.name, each])), surroundings)].map(
    ([name, [first]]) => `${name}: ${first?.code}`,
  );

describe('findClashes', () => {
  it.each<[string, readonly SubnetInput[], readonly string[]]>([
    [
      'the younger of two that overlap',
      [input('young', '10.1.0.0/16', { created: 9 }), input('old', '10.1.2.0/24', { created: 1 })],
      ['young: SUBNET_OVERLAP'],
    ],
    ['the later name when they are of one age', [input('b', '10.1.0.0/16'), input('a', '10.1.0.0/24')], ['b: SUBNET_OVERLAP']],
    [
      'one that was edited, however old',
      [input('old', '10.1.0.0/16', { created: 1 }), input('young', '10.1.0.0/24', { created: 9, accepted: true })],
      ['old: SUBNET_OVERLAP'],
    ],
    ['nobody when the Vpcs differ', [input('a', '10.1.0.0/16'), input('b', '10.1.0.0/16', { vpc: 'red' })], []],
    ['nobody when the vlans differ', [input('a', '10.1.0.0/16', { vlan: 'v1' }), input('b', '10.1.0.0/16', { vlan: 'v2' })], []],
    ['one on a vlan that is not there', [input('a', '10.1.0.0/16', { vlan: 'v3' })], ['a: SUBNET_NO_VLAN']],
    ['one family of two', [input('a', '10.1.0.0/16,fd00::/64'), input('b', '10.2.0.0/16,fd00::/80')], ['b: SUBNET_OVERLAP']],
    [
      'one that wants a routing table which another has',
      ['b', 'a'].map((name, index) =>
        input(name, `10.${index}.0.0/16`, { externalEgressGateway: '192.0.2.9', policyRoutingPriority: 9, policyRoutingTableID: 1000 }),
      ),
      ['b: SUBNET_TABLE_TAKEN'],
    ],
    ['one that holds a node', [input('a', '192.0.2.0/24')], ['a: SUBNET_NODE_ADDRESS']],
    ['not one that was accepted before the node came', [input('a', '192.0.2.0/24', { accepted: true })], []],
    ['not one of another Vpc that holds a node', [input('a', '192.0.2.0/24', { vpc: 'red' })], []],
    ['one that holds the API server', [input('a', '10.96.0.0/24')], ['a: SUBNET_SERVICE_ADDRESS']],
    ['one whose Vpc is not there', [input('a', '10.1.0.0/24', { vpc: 'blue' })], ['a: SUBNET_NO_VPC']],
    [
      'one with a namespace that is not of its Vpc',
      [input('a', '10.1.0.0/24', { vpc: 'red', namespaces: ['venus'] })],
      ['a: SUBNET_NAMESPACE_NOT_IN_VPC'],
    ],
    [
      'one of the default Vpc with a namespace of another',
      [input('a', '10.1.0.0/24', { namespaces: ['mars'] })],
      ['a: SUBNET_NAMESPACE_NOT_IN_VPC'],
    ],
  ])('refuses %s', (_name, subnets, expected) => {
    expect(refused(subnets)).toEqual(expected);
  });

  it('a spec in force stays in the way of others, and not of its own successor', () => {
    const before = input('edited', '10.1.0.0/24', { created: 1 });
    expect(refused([input('other', '10.1.0.0/25', { created: 5 })], [before])).toEqual(['other: SUBNET_OVERLAP']);
    expect(refused([input('edited', '10.1.0.0/16', { created: 1 })], [before])).toEqual([]);
  });

  it('a refused Subnet is in nobody’s way', () => {
    const chain = [
      input('a', '10.1.0.0/17', { created: 1 }),
      input('b', '10.1.0.0/16', { created: 2 }),
      input('c', '10.1.128.0/17', { created: 3 }),
    ];
    expect(refused(chain)).toEqual(['b: SUBNET_OVERLAP']);
  });

  it('law: the order in which Subnets are seen does not matter, and those that stay do not overlap', () => {
    const anySubnet = fc.record({
      third: fc.integer({ min: 0, max: 3 }),
      length: fc.integer({ min: 20, max: 26 }),
      created: fc.integer({ min: 0, max: 3 }),
      accepted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anySubnet, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (seeds, randoms) => {
        const subnets = seeds.map(({ third, length, created, accepted }, index) =>
          input(`s${index}`, `10.1.${third * 16}.0/${length}`, { created, accepted }),
        );
        const shuffled = subnets
          .map((subnet) => ({ subnet, key: randoms.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ subnet }) => subnet);
        expect(refused(shuffled).toSorted()).toEqual(refused(subnets).toSorted());
        const bad = new Set(findClashes(subnets, new Map(), surroundings).keys());
        expect(refused(subnets.filter(({ name }) => !bad.has(name)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
