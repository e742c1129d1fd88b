import { describe, expect, test } from 'vitest';
import { nodeSubnet } from '../../../test/node-subnet.ts';
import type { NodeSubnet } from '../../inputs/subnet.ts';
import { natScript } from './nat.formula.ts';

describe('natScript', () => {
  test('golden: two subnets, one with natOutgoing, both families', () => {
    const subnets = [nodeSubnet('a', '10.16.0.0/16,fd00:10:16::/64', { natOutgoing: true }), nodeSubnet('join', '100.64.0.0/16')];
    expect(
      natScript({ nodeName: 'node1', subnets, clusterRouter: 'ovn-cluster', nodeAddresses: ['192.168.0.2', 'fd00:168::2', '192.168.0.1'] }),
    ).toBe(`table inet kube-ovn {}
delete table inet kube-ovn
table inet kube-ovn {
  set subnets4 { type ipv4_addr; flags interval; auto-merge; elements = { 10.16.0.0/16, 100.64.0.0/16 }; }
  set subnets6 { type ipv6_addr; flags interval; auto-merge; elements = { fd00:10:16::/64 }; }
  set cluster4 { type ipv4_addr; flags interval; auto-merge; elements = { 10.16.0.0/16, 100.64.0.0/16, 192.168.0.1, 192.168.0.2 }; }
  set cluster6 { type ipv6_addr; flags interval; auto-merge; elements = { fd00:10:16::/64, fd00:168::2 }; }
  set nat4 { type ipv4_addr; flags interval; auto-merge; elements = { 10.16.0.0/16 }; }
  set nat6 { type ipv6_addr; flags interval; auto-merge; elements = { fd00:10:16::/64 }; }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "ovn0" oifname "ovn0" ct status dnat masquerade comment "redirected by this node, must come back through it"
    oifname "ovn0" ct status dnat ip saddr @cluster4 masquerade fully-random
    oifname "ovn0" ct status dnat ip6 saddr @cluster6 masquerade fully-random
    oifname "ovn0" ct status dnat fib saddr type local masquerade fully-random
    ip saddr @nat4 ip daddr != @subnets4 masquerade fully-random comment "natOutgoing"
    ip6 saddr @nat6 ip6 daddr != @subnets6 masquerade fully-random comment "natOutgoing"
  }
}
`);
  });

  test('subnets of another vpc, and those that no router serves, are left out', () => {
    const subnets = [
      nodeSubnet('vpc', '10.1.0.0/16', { vpc: 'vpc-1', natOutgoing: true }),
      nodeSubnet('vlan', '10.2.0.0/16', { isRouted: false, natOutgoing: true }),
    ];
    expect(natScript({ nodeName: 'node1', subnets, clusterRouter: 'ovn-cluster', nodeAddresses: [] })).not.toMatch(/elements/);
  });

  test('a gateway node’s own egress address, in its family and on that node alone', () => {
    const gatewayNodes = [{ node: 'node1', egressIp: '192.168.1.5' }, { node: 'node2' }];
    const central = nodeSubnet('a', '10.16.0.0/16,fd00:10:16::/64', { natOutgoing: true, isCentralized: true, gatewayNodes });
    const script = (nodeName: string, own: NodeSubnet) =>
      natScript({ nodeName, subnets: [own], clusterRouter: 'ovn-cluster', nodeAddresses: [] });
    expect(script('node1', central)).not.toContain('snat ip6');
    expect(script('node1', central)).toContain('    ip saddr 10.16.0.0/16 ip daddr != @subnets4 snat ip to 192.168.1.5 fully-random');
    for (const without of [
      script('node2', central),
      script('node1', { ...central, isCentralized: false }),
      script('node1', { ...central, natOutgoing: false }),
    ])
      expect(without).not.toContain('snat ip');
  });

  test('exceptions to natOutgoing come first, in their order, and one to be translated bears the egress address of the node', () => {
    const own = nodeSubnet('a', '10.16.0.0/16,fd00:10:16::/64', {
      natOutgoing: true,
      isCentralized: true,
      gatewayNodes: [{ node: 'node1', egressIp: '192.168.1.5' }],
      natRules: [
        { family: 4, sources: ['10.16.1.0/24'], destinations: ['192.0.2.0/24'], action: 'nat' },
        { family: 4, sources: [], destinations: ['192.0.2.0/24', '192.0.3.0/24'], action: 'forward' },
        { family: 6, sources: [], destinations: [], action: 'nat' },
      ],
    });
    const script = natScript({ nodeName: 'node1', subnets: [own], clusterRouter: 'ovn-cluster', nodeAddresses: [] });
    expect(script.match(/^.*(natOutgoing|egress).*$/gm)?.map((line) => line.trim())).toEqual([
      'ip saddr 10.16.0.0/16 ip daddr != @subnets4 ip saddr { 10.16.1.0/24 } ip daddr { 192.0.2.0/24 } snat ip to 192.168.1.5 fully-random comment "natOutgoingPolicyRules"',
      'ip saddr 10.16.0.0/16 ip daddr != @subnets4 ip daddr { 192.0.2.0/24, 192.0.3.0/24 } accept comment "natOutgoingPolicyRules"',
      'ip6 saddr fd00:10:16::/64 ip6 daddr != @subnets6 masquerade fully-random comment "natOutgoingPolicyRules"',
      'ip saddr 10.16.0.0/16 ip daddr != @subnets4 snat ip to 192.168.1.5 fully-random comment "egress address"',
      'ip saddr @nat4 ip daddr != @subnets4 masquerade fully-random comment "natOutgoing"',
      'ip6 saddr @nat6 ip6 daddr != @subnets6 masquerade fully-random comment "natOutgoing"',
    ]);
    const without = natScript({
      nodeName: 'node1',
      subnets: [{ ...own, natOutgoing: false }],
      clusterRouter: 'ovn-cluster',
      nodeAddresses: [],
    });
    expect(without).not.toContain('natOutgoingPolicyRules');
  });

  test('the order of subnets makes no difference', () => {
    const [a, b] = [nodeSubnet('a', '10.1.0.0/16'), nodeSubnet('b', '10.2.0.0/16')];
    expect(natScript({ nodeName: 'node1', subnets: [a, b], clusterRouter: 'ovn-cluster', nodeAddresses: [] })).toBe(
      natScript({ nodeName: 'node1', subnets: [b, a], clusterRouter: 'ovn-cluster', nodeAddresses: [] }),
    );
  });
});
