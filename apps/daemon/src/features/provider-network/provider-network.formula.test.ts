import { describe, expect, test } from 'vitest';
import type { ProviderNetwork, Vlan } from '@kube-ovn/api';
import { changedMapping, chassisMac, mappedTo, planNetworks } from './provider-network.formula.ts';

const network = (name: string, spec: Partial<ProviderNetwork['spec']> = {}): ProviderNetwork => ({
  metadata: { name },
  spec: { defaultInterface: 'eth1', ...spec },
});
const vlan = (name: string, spec: Vlan['spec']): Vlan => ({ metadata: { name }, spec });
const node = { name: 'node1', labels: { rack: '2' } };
const plan = (networks: readonly ProviderNetwork[], vlans: readonly Vlan[] = []) => planNetworks({ networks, vlans, node });

describe('planNetworks', () => {
  test.for([
    ['the interface of all nodes', [network('a')], ['a eth1'], [], []],
    ['another one on this node', [network('a', { customInterfaces: [{ interface: 'eth2', nodes: ['node1'] }] })], ['a eth2'], [], []],
    ['another one on another node', [network('a', { customInterfaces: [{ interface: 'eth2', nodes: ['node2'] }] })], ['a eth1'], [], []],
    ['not on this node', [network('a', { excludeNodes: ['node1'] })], [], [], ['a']],
    ['not on a node with these labels', [network('a', { nodeSelector: { matchLabels: { rack: '1' } } })], [], [], ['a']],
    ['on a node with these labels', [network('a', { nodeSelector: { matchLabels: { rack: '2' } } })], ['a eth1'], [], []],
    [
      'a name that makes no bridge',
      [network('a-long-network')],
      [],
      ['a-long-network: metadata.name a-long-network is longer than 12 characters, and its bridge br-a-long-network could not be made'],
      [],
    ],
    ['the name of OVN’s own bridge', [network('int')], [], ["int: metadata.name int would have bridge br-int, which is OVN's own"], []],
    [
      'names that are to be exchanged',
      [network('a', { exchangeLinkName: true })],
      [],
      ['a: spec.exchangeLinkName true is not possible here: to rename an interface that is up would cut the node off'],
      [],
    ],
    [
      'the first of two that want one interface; the other is told',
      [network('b'), network('a')],
      ['a eth1'],
      ['b: interface eth1 belongs to ProviderNetwork a'],
      [],
    ],
    [
      'one that is refused takes no interface',
      [network('b'), network('a', { exchangeLinkName: true })],
      ['b eth1'],
      [expect.stringContaining('a: spec.exchangeLinkName')],
      [],
    ],
  ] as const)('%s', ([, networks, wanted, refused, excluded]) => {
    const made = plan(networks);
    expect([
      made.wanted.map(({ name, nic }) => `${name} ${nic}`),
      [...made.refused].map(([name, why]) => `${name}: ${why}`),
      made.excluded,
    ]).toEqual([wanted, refused, excluded]);
  });

  test('the interface carries the VLANs of its network, and what has no tag', () => {
    const vlans = [
      vlan('x', { id: 20, provider: 'a' }),
      vlan('y', { id: 10, provider: 'a' }),
      vlan('again', { id: 10, provider: 'a' }),
      vlan('other', { id: 30, provider: 'b' }),
      vlan('old', { provider: '', vlanId: 40, providerInterfaceName: 'a' }),
    ];
    expect(plan([network('a')], vlans).wanted).toEqual([{ name: 'a', bridge: 'br-a', nic: 'eth1', vlans: [0, 10, 20, 40] }]);
    expect(plan([network('a')], vlans.toReversed())).toEqual(plan([network('a')], vlans));
  });
});

describe('changedMapping', () => {
  test.for([
    ['sorted', '', [], { b: 'br-b', a: 'br-a' }, 'a:br-a,b:br-b'],
    ['others stay, in their order', 'z:br-z,ext:br-ex', [], { a: 'br-a' }, 'z:br-z,ext:br-ex,a:br-a'],
    ['ours go', 'ext:br-ex,a:br-a', ['a'], {}, 'ext:br-ex'],
    ['the last one goes', 'a:br-a', ['a'], {}, ''],
    ['values with colons', 'ext:02:00:00:00:00:01', ['a'], { a: '0e:00:00:00:00:02' }, 'ext:02:00:00:00:00:01,a:0e:00:00:00:00:02'],
  ] as const)('%s', ([, present, ours, wanted, expected]) => {
    const change = { present, ours: new Set<string>(ours), wanted: new Map(Object.entries(wanted)) };
    expect(changedMapping(change)).toBe(expected);
    expect(changedMapping({ ...change, present: expected }), 'once more').toBe(expected);
  });

  test('what a network is mapped to', () => {
    expect([mappedTo('a:br-a,ext:br-ex', 'ext'), mappedTo('a:br-a', 'ext'), mappedTo('', 'ext')]).toEqual(['br-ex', undefined, undefined]);
  });
});

test('each node sends to each network from an address of its own, which is nobody’s factory address', () => {
  const macs = ['node1', 'node2'].flatMap((name) => ['a', 'b'].map((of) => chassisMac(name, of)));
  expect(new Set(macs).size).toBe(4);
  for (const mac of macs) expect(mac).toMatch(/^0e(:[0-9a-f]{2}){5}$/);
  expect(chassisMac('node1', 'a')).toBe(macs[0]);
});
