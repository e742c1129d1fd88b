import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_NETWORK_ANNOTATION, NETWORKS_ANNOTATION, readDefaultNetwork, readNetworks } from './networks.ts';

const pod = (text: string, key = NETWORKS_ANNOTATION) => ({ metadata: { name: 'web-0', namespace: 'shop', annotations: { [key]: text } } });

describe('networks annotation', () => {
  test.each([
    ['', []],
    ['net1', [{ name: 'net1', namespace: 'shop' }]],
    [
      'default/net1@eth7, net2',
      [
        { name: 'net1', namespace: 'default', interfaceName: 'eth7' },
        { name: 'net2', namespace: 'shop' },
      ],
    ],
    [
      'net1,net1',
      [
        { name: 'net1', namespace: 'shop' },
        { name: 'net1', namespace: 'shop' },
      ],
    ],
    ['[{"name":"net1","namespace":"default"}]', [{ name: 'net1', namespace: 'default' }]],
    [
      '[{"name":"net1","interface":"eth7","ips":["10.1.0.5/24","FD00::5/64"],"mac":"02:00:00:00:00:0A","other":1}]',
      [{ name: 'net1', namespace: 'shop', interfaceName: 'eth7', ips: { v4: '10.1.0.5', v6: 'fd00::5' }, mac: '02:00:00:00:00:0a' }],
    ],
  ])('%s', (text, value) => {
    expect(readNetworks(pod(text))).toEqual({ ok: true, value });
  });

  test.each([
    'a/b/c',
    'net1,',
    'Net1',
    'net1@',
    'net1@a-name-too-long-for-linux',
    '[{"namespace":"x"}]',
    '[1]',
    '[',
    '[{"name":"n","ips":["10.1.0.500"]}]',
    '[{"name":"n","ips":["10.1.0.5","10.1.0.6"]}]',
    '[{"name":"n","mac":"x"}]',
    Array.from({ length: 65 }, () => 'n').join(','),
  ])('%s is refused', (text) => {
    expect(readNetworks(pod(text))).toMatchObject({
      ok: false,
      problem: { object: 'Pod shop/web-0', field: `metadata.annotations[${NETWORKS_ANNOTATION}]` },
    });
  });

  test('no annotation, no networks', () => {
    expect(readNetworks({ metadata: { name: 'web-0' } })).toEqual({ ok: true, value: [] });
  });

  test('the default network is one', () => {
    expect(readDefaultNetwork(pod('kube-system/macvlan', DEFAULT_NETWORK_ANNOTATION))).toEqual({
      ok: true,
      value: { name: 'macvlan', namespace: 'kube-system' },
    });
    expect(readDefaultNetwork(pod(''))).toEqual({ ok: true, value: undefined });
    expect(readDefaultNetwork(pod('a,b', DEFAULT_NETWORK_ANNOTATION)).ok).toBe(false);
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(typeof readNetworks(pod(text)).ok).toBe('boolean');
      }),
    );
  });
});
