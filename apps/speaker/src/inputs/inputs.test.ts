import type { BgpPeer, Node, Pod } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { readNode } from './node.ts';
import { readPeer } from './peer.ts';
import { readPod, trimPod } from './pod.ts';

const config = parseConfig(['--node-name', 'node1', '--cluster-as', '65000'], {});
const { defaults } = config as Exclude<typeof config, 'help'>;

describe('readPod', () => {
  const pod = (change: Partial<Pod['status']> = {}, annotations: Readonly<Record<string, string>> = {}): Pod => ({
    metadata: {
      name: 'web-0',
      namespace: 'shop',
      annotations: {
        'ovn.kubernetes.io/allocated': 'true',
        'ovn.kubernetes.io/ip_address': '10.1.0.5,fd01::5',
        'ovn.kubernetes.io/logical_switch': 'shop',
        ...annotations,
      },
    },
    spec: { nodeName: 'node1' },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...change },
  });

  test('addresses with their Subnet, and whether it serves', () => {
    expect(readPod(trimPod(pod()))).toMatchObject({
      node: 'node1',
      isServing: true,
      addresses: [
        { address: '10.1.0.5', subnet: 'shop' },
        { address: 'fd01::5', subnet: 'shop' },
      ],
    });
    expect(readPod(pod({ conditions: [{ type: 'Ready', status: 'False' }] }))?.isServing).toBe(false);
    expect(readPod(pod({ phase: 'Failed' }))?.isServing).toBe(false);
    const leaving = pod();
    expect(readPod(trimPod({ ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }))?.isServing).toBe(
      false,
    );
    expect(readPod({ metadata: { name: 'host' } })).toBeUndefined();
  });

  test('with an annotation that cannot be read it is not announced, and says why', () => {
    expect(readPod(pod({}, { 'ovn.kubernetes.io/bgp': 'true', 'ovn.kubernetes.io/bgp_communities': 'no-exprot' }))).toMatchObject({
      scope: 'none',
      problems: [{ code: 'API_BAD_ANNOTATION', value: 'no-exprot' }],
    });
  });
});

describe('readNode', () => {
  const node = (change: Partial<Node> = {}, ready = 'True', unavailable = 'False'): Node => ({
    metadata: { name: 'node1' },
    status: {
      addresses: [
        { type: 'Hostname', address: 'node1' },
        { type: 'InternalIP', address: '192.0.2.1' },
        { type: 'InternalIP', address: '2001:DB8::1' },
      ],
      conditions: [
        { type: 'Ready', status: ready as 'True' },
        { type: 'NetworkUnavailable', status: unavailable as 'True' },
      ],
    },
    ...change,
  });

  test('addresses of each family', () => {
    expect(readNode(node())).toEqual({ v4: '192.0.2.1', v6: '2001:db8::1', standing: 'all' });
  });

  test.each([
    ['cordoned', node({ spec: { unschedulable: true } }), 'last'],
    ['not Ready', node({}, 'False'), 'own'],
    ['unknown', node({}, 'Unknown'), 'own'],
    ['without network', node({}, 'True', 'True'), 'own'],
    [
      'kept from load balancers',
      node({ metadata: { name: 'node1', labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } } }),
      'own',
    ],
    ['not there', undefined, 'own'],
  ] as const)('%s', (_, object, standing) => {
    expect(readNode(object).standing).toBe(standing);
  });
});

describe('readPeer', () => {
  const read = (spec: Partial<BgpPeer['spec']>, labels: Readonly<Record<string, string>> = {}): ReturnType<typeof readPeer> =>
    readPeer(
      { metadata: { name: 'router' }, spec: { neighbor: '192.0.2.254', peerASN: 65_001, ...spec } },
      { defaults, nodeLabels: labels, passwordOf: (name) => ({ good: 'lighthouse', bad: 'a"b' })[name] },
    );

  test('what it leaves out is taken from the flags', () => {
    expect(read({ holdTime: '30s', passwordSecret: 'good', communities: ['no-export'] })).toMatchObject({
      peer: {
        origin: 'BgpPeer router',
        address: '192.0.2.254',
        family: 4,
        localAs: 65_000,
        peerAs: 65_001,
        holdSeconds: 30,
        hops: 1,
        password: 'lighthouse',
        communities: ['65535:65281'],
      },
    });
  });

  test('it is for the nodes that it selects', () => {
    const spec = { nodeSelector: { matchLabels: { rack: '1' } } };
    expect(read(spec)).toBeUndefined();
    expect(read(spec, { rack: '1' })).toHaveProperty('peer');
  });

  test.each([
    [{ neighbor: 'here' }, 'spec.neighbor is "here"'],
    [{ holdTime: '2s' }, 'spec.holdTime is "2s"'],
    [{ sourceAddress: '2001:db8::1' }, 'spec.sourceAddress is "2001:db8::1"'],
    [{ communities: ['1:2', '1:2:3:4'] }, 'spec.communities is "1:2:3:4"'],
    [{ passwordSecret: 'none' }, 'spec.passwordSecret is "none"'],
    [{ passwordSecret: 'bad' }, 'spec.passwordSecret is "bad"'],
  ] as const)('%j is refused by field and value', (spec, says) => {
    const reading = read(spec);
    expect(reading).toMatchObject({ problem: { message: expect.stringContaining(`BgpPeer router: ${says}`) as unknown } });
    expect(JSON.stringify(reading)).not.toContain('a\\"b');
  });
});
