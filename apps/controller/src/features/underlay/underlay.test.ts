import { describe, expect, it } from 'vitest';
import { readNode } from '../../inputs/node.ts';
import { readProviderNetwork, spreadOf } from '../../inputs/provider-network.ts';
import { readSubnet } from '../../inputs/subnet.ts';
import { readVlan, type VlanInput } from '../../inputs/vlan.ts';
import { judgeVlans } from './judge.ts';
import { localnetFragment } from './underlay.formula.ts';

const network = (name: string, spec: object = {}) =>
  readProviderNetwork({ metadata: { name }, spec: { defaultInterface: 'eth1', ...spec } });
const vlan = (name: string, id: number, { provider = 'net1', second = 0 } = {}) =>
  readVlan({ metadata: { name, creationTimestamp: `2026-01-01T00:00:0${second}Z` }, spec: { id, provider } });

describe('judgeVlans', () => {
  it.each([
    ['two ids', [vlan('a', 10), vlan('b', 20)], []],
    ['untagged ones', [vlan('a', 0), vlan('b', 0)], []],
    ['one id on two networks', [vlan('a', 10), vlan('b', 10, { provider: 'net2' })], []],
    ['the younger of two with one id', [vlan('a', 10, { second: 2 }), vlan('b', 10, { second: 1 })], ['a VLAN_CONFLICT']],
    ['one on a network that is not there', [vlan('a', 10, { provider: 'net3' })], ['a VLAN_NO_PROVIDER_NETWORK']],
    ['one on a network that can not be', [vlan('a', 10, { provider: 'a-long-network' })], ['a PROVIDER_NETWORK_BAD_FIELD']],
  ] as const)('%s', (_name, vlans, refused) => {
    const networks = new Map(['net1', 'net2', 'a-long-network'].map((name) => [name, network(name)]));
    const judged = [...judgeVlans(vlans, networks).values()];
    expect(judged.flatMap(({ name, problems }) => problems.map(({ code }) => `${name} ${code}`))).toEqual(refused);
  });
});

describe('an edit that is refused', () => {
  const edited = (name: string, id: number, accepted: object, { provider = 'net1' } = {}) =>
    readVlan({
      metadata: { name, annotations: { 'ovn.kubernetes.io/accepted-spec': JSON.stringify(accepted) } },
      spec: { id, provider },
    });
  const judged = (...vlans: readonly VlanInput[]): Readonly<Record<string, string>> => {
    const networks = new Map(['net1', 'net2'].map((name) => [name, network(name)]));
    return Object.fromEntries(
      [...judgeVlans(vlans, networks).values()].map(({ name, id, network: on, problems, isHeld }) => [
        name,
        `${on} ${id}${isHeld ? ' held' : ''}${problems.length > 0 ? ' refused' : ''}`,
      ]),
    );
  };
  const on = (id: number, provider = 'net1') => ({ id, provider });

  it('leaves what was accepted in force, which nobody else is given meanwhile', () => {
    expect(judged(edited('a', 20, on(10)), edited('b', 20, on(20)), vlan('c', 10))).toEqual({
      a: 'net1 10 held refused',
      b: 'net1 20',
      c: 'net1 10 refused',
    });
    expect(judged(edited('a', 10, on(10), { provider: 'net3' }))).toEqual({ a: 'net1 10 held refused' });
  });

  it('two that would change places both stay', () => {
    expect(judged(edited('a', 20, on(10)), edited('b', 10, on(20)))).toEqual({ a: 'net1 10 held refused', b: 'net1 20 held refused' });
  });

  it('one that can be used is in force at once, and what can not be any more is not held', () => {
    expect(judged(edited('a', 30, on(10)), edited('b', 10, on(10), { provider: 'net2' }))).toEqual({ a: 'net1 30', b: 'net2 10' });
    expect(judged(edited('a', 20, on(10, 'gone')), edited('b', 20, on(20)))).toEqual({ a: 'net1 20 refused', b: 'net1 20' });
    expect(judged(edited('a', 20, { id: 'x' }), edited('b', 20, on(20)))).toEqual({ a: 'net1 20 refused', b: 'net1 20' });
  });
});

it('older names of fields count where the present ones are left out', () => {
  expect(readVlan({ metadata: { name: 'a' }, spec: { provider: '', vlanId: 7, providerInterfaceName: 'net1' } })).toMatchObject({
    id: 7,
    network: 'net1',
  });
});

it('a network is for the nodes that are selected and not left out, and each of them says that it is ready', () => {
  const node = (name: string, labels: Readonly<Record<string, string>>) => readNode({ metadata: { name, labels } });
  const ready = { 'net1.provider-network.kubernetes.io/ready': 'true' };
  const nodes = [node('c', { rack: '1', ...ready }), node('b', { rack: '1' }), node('a', { rack: '1', ...ready }), node('d', ready)];
  const spec = { excludeNodes: ['c'], nodeSelector: { matchLabels: { rack: '1' } } };
  expect(spreadOf(network('net1', spec), nodes)).toEqual({ ready: ['a'], notReady: ['b'], reasons: new Map([['b', 'no bridge yet']]) });
  expect(spreadOf(network('net1'), nodes)).toMatchObject({ ready: ['a', 'c', 'd'], notReady: ['b'] });
  const annotations = { 'net1.provider-network.kubernetes.io/err_mesg': 'interface eth1 is not on this node' };
  expect(spreadOf(network('net1'), [readNode({ metadata: { name: 'b', annotations } })]).reasons).toEqual(
    new Map([['b', 'interface eth1 is not on this node']]),
  );
});

it.each([
  [100, 100],
  [0, undefined],
])('the port to vlan %i has tag %s', (id, tag) => {
  const reading = readSubnet(
    { metadata: { name: 's' }, spec: { cidrBlock: '10.1.0.0/16', vlan: 'v' } },
    { clusterRouter: 'ovn-cluster', defaultSubnet: 'd', joinSubnet: 'j' },
  );
  const [row] = reading.ok ? localnetFragment(reading.input, vlan('v', id)).rows : [];
  expect(row).toMatchObject({
    key: 'localnet.s',
    columns: { type: 'localnet', addresses: ['unknown'], options: { network_name: 'net1' }, tag },
    parent: { table: 'Logical_Switch', key: 's', column: 'ports' },
  });
});

it.each([
  [true, [{ table: 'NB_Global', key: '.', column: 'options', map: { use_ct_inv_match: 'false' } }]],
  [false, []],
])('with logicalGateway %s, connections may be seen in one direction only', (logicalGateway, members) => {
  const reading = readSubnet(
    { metadata: { name: 's' }, spec: { cidrBlock: '10.1.0.0/16', vlan: 'v', logicalGateway } },
    { clusterRouter: 'ovn-cluster', defaultSubnet: 'd', joinSubnet: 'j' },
  );
  expect(reading.ok ? localnetFragment(reading.input, vlan('v', 1)).members : undefined).toEqual(members);
});
