import type { SliceInput } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import { announcedPrefixes, podClaims, serviceClaims, subnetClaims, type Claim } from './prefixes.formula.ts';

const quiet = { scope: undefined, communities: undefined, problems: [] } as const;
const shop = { ...quiet, scope: 'cluster', communities: ['65000:1'], blocks: ['10.1.0.0/24', 'fd01::/64'] } as const;
const pod = {
  ...quiet,
  node: 'node1',
  isServing: true,
  addresses: [
    { address: '10.1.0.5', subnet: 'shop' },
    { address: 'fd01::5', subnet: 'shop' },
  ],
} as const;
const claimed = (claims: readonly Claim[]): readonly string[] =>
  claims.map(({ prefix, isOwn, communities }) => [prefix, isOwn ? 'own' : 'all', ...communities].join(' '));

describe('Subnets', () => {
  test.each([
    ['cluster', ['10.1.0.0/24 all 65000:1', 'fd01::/64 all 65000:1']],
    ['local', []],
    ['none', []],
    [undefined, []],
  ] as const)('%s', (scope, expected) => {
    expect(claimed(subnetClaims({ ...shop, scope }))).toEqual(expected);
  });
});

describe('pods', () => {
  const claimsOf = (own: object, subnet: object | undefined, node = 'node1'): readonly string[] =>
    claimed(podClaims({ ...pod, ...own }, () => (subnet === undefined ? undefined : { ...shop, ...subnet }), node));

  test.for([
    ['of a Subnet that is announced', {}, {}, 'node2', ['10.1.0.5/32 all 65000:1', 'fd01::5/128 all 65000:1']],
    ['of a local Subnet, here', {}, { scope: 'local' }, 'node1', ['10.1.0.5/32 own 65000:1', 'fd01::5/128 own 65000:1']],
    ['of a local Subnet, elsewhere', {}, { scope: 'local' }, 'node2', []],
    ['of a Subnet that is not', {}, { scope: undefined }, 'node1', []],
    [
      'by its own word',
      { scope: 'cluster', communities: ['1:2'] },
      { scope: undefined },
      'node2',
      ['10.1.0.5/32 all 1:2', 'fd01::5/128 all 1:2'],
    ],
    ['against its Subnet', { scope: 'none' }, {}, 'node1', []],
    ['not serving', { isServing: false }, {}, 'node1', []],
    ['of a Subnet that is gone', {}, undefined, 'node1', []],
  ] as const)('%s', ([, own, subnet, node, expected]) => {
    expect(claimsOf(own, subnet, node)).toEqual(expected);
  });
});

describe('services', () => {
  const service = { ...quiet, scope: 'cluster', clusterIps: ['10.96.0.9'], externalIps: ['192.0.2.9'], isExternalLocal: false } as const;
  const slice = (node: string, isReady = true): SliceInput => ({
    service: 'a/b',
    family: 4,
    ports: [],
    endpoints: [{ address: '10.1.0.5', node, isReady, isDraining: false }],
  });
  const claimsOf = (change: object, slices: readonly SliceInput[], flags: object = {}): readonly string[] =>
    claimed(
      serviceClaims({ ...service, ...change }, { slices, node: 'node1', announceClusterIp: true, announceExternalIp: true, ...flags }),
    );

  test.for([
    ['served elsewhere', {}, [slice('node2')], {}, ['10.96.0.9/32 all', '192.0.2.9/32 all']],
    ['served nowhere', {}, [slice('node1', false)], {}, []],
    ['without slices', {}, [], {}, []],
    ['local, served elsewhere', { scope: 'local' }, [slice('node2')], {}, []],
    ['local, served here', { scope: 'local' }, [slice('node1')], {}, ['10.96.0.9/32 own', '192.0.2.9/32 own']],
    ['external policy Local, served elsewhere', { isExternalLocal: true }, [slice('node2')], {}, ['10.96.0.9/32 all']],
    ['without the flag of cluster addresses', {}, [slice('node2')], { announceClusterIp: false }, ['192.0.2.9/32 all']],
    ['without the flag of external addresses', {}, [slice('node2')], { announceExternalIp: false }, ['10.96.0.9/32 all']],
    ['that says no', { scope: 'none' }, [slice('node1')], {}, []],
  ] as const)('%s', ([, change, slices, flags, expected]) => {
    expect(claimsOf(change, slices, flags)).toEqual(expected);
  });
});

describe('the union', () => {
  const claims: readonly Claim[] = [
    { prefix: '10.1.0.0/24', isOwn: false, communities: ['1:2'] },
    { prefix: '10.1.0.5/32', isOwn: true, communities: [] },
    { prefix: '10.1.0.0/24', isOwn: false, communities: ['1:1', '1:2'] },
  ];
  const text = (standing: 'all' | 'last' | 'own', from = claims): readonly string[] =>
    announcedPrefixes(from, standing).map(({ prefix, communities }) => [prefix, ...communities].join(' '));

  test('each prefix once, with the communities of all who claim it, whatever the order', () => {
    expect(text('all')).toEqual(['10.1.0.0/24 1:1 1:2', '10.1.0.5/32']);
    expect(text('all', claims.toReversed())).toEqual(text('all'));
  });

  test('a node that is being emptied is the last choice for what others have; a lost one keeps what only it has', () => {
    expect(text('last')).toEqual(['10.1.0.0/24 1:1 1:2 65535:0', '10.1.0.5/32']);
    expect(text('own')).toEqual(['10.1.0.5/32']);
  });
});
