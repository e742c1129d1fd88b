import { describe, expect, it } from 'vitest';
import type { HeldLease } from '../../effects/demand.ts';
import { readSubnet } from '../../inputs/subnet.ts';
import { hasDistributedGateway, nodeGatewayFragment } from './gateway.formula.ts';

const lease: HeldLease = {
  owner: 'node-node1',
  subnet: 'join',
  v4: '100.64.0.2',
  v6: 'fd00:100:64::2',
  mac: '0a:00:00:00:00:01',
  node: 'node1',
  holder: { kind: 'Node', namespace: '', name: 'node1', uid: '' },
};

describe('distributed gateway', () => {
  it('one group and one policy per family for a node, however many Subnets there are', () => {
    const { rows } = nodeGatewayFragment('node-1.example', lease, 'ovn-cluster');
    expect(rows.map(({ table, key }) => `${table} ${key}`)).toEqual([
      'Port_Group distributed.gateway.node.1.example',
      'Logical_Router_Policy ovn-cluster/gateway/node-1.example/ip4',
      'Logical_Router_Policy ovn-cluster/gateway/node-1.example/ip6',
    ]);
    expect(rows[2]?.columns).toMatchObject({
      priority: 29_000,
      match: 'ip6.src == $distributed.gateway.node.1.example_ip6',
      action: 'reroute',
      nexthops: ['fd00:100:64::2'],
    });
  });

  it.each<[string, object, boolean]>([
    ['an overlay Subnet of the default Vpc', {}, true],
    ['a centralized one', { gatewayType: 'centralized', gatewayNode: 'node1' }, false],
    ['one of another Vpc', { vpc: 'red' }, false],
    ['one on a vlan', { vlan: 'v10' }, false],
    ['one for another plugin', { provider: 'macvlan.default' }, false],
  ])('%s', (_name, spec, expected) => {
    const reading = readSubnet(
      { metadata: { name: 's' }, spec: { cidrBlock: '10.1.0.0/16', ...spec } },
      { clusterRouter: 'ovn-cluster', defaultSubnet: 'd', joinSubnet: 'j' },
    );
    expect(reading.ok && hasDistributedGateway(reading.input, 'ovn-cluster')).toBe(expected);
  });
});
