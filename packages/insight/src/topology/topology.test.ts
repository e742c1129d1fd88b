import type { Pod } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { topologyOf, type TopologyObjects } from './topology.ts';

const crd = (kind: string, name: string, spec: object, more: object = {}) =>
  ({ apiVersion: 'kubeovn.io/v1', kind, metadata: { name }, spec, ...more }) as never;
const pod = (name: string, labels: Readonly<Record<string, string>>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels, annotations: { 'ovn.kubernetes.io/logical_switch': 'blue' } },
  spec: { nodeName: 'n1', containers: [] },
  status: { podIP: '10.1.0.2' },
});

const objects: TopologyObjects = {
  vpcs: [
    crd('Vpc', 'ovn-cluster', {}),
    crd('Vpc', 'b', { vpcPeerings: [{ remoteVpc: 'c' }] }),
    crd('Vpc', 'c', { vpcPeerings: [{ remoteVpc: 'b' }] }),
  ],
  subnets: [
    crd(
      'Subnet',
      'blue',
      { cidrBlock: '10.1.0.0/24', gateway: '10.1.0.1', natOutgoing: true },
      { status: { v4usingIPs: 3, v6usingIPs: 0 } },
    ),
    crd('Subnet', 'red', { cidrBlock: '10.2.0.0/24', gatewayType: 'centralized', gatewayNode: 'n1:192.0.2.1,n2', private: true }),
    crd('Subnet', 'inner', { cidrBlock: '10.1.0.0/24', vpc: 'b' }),
    crd('Subnet', 'floor', { cidrBlock: '192.0.2.0/24,2001:db8::/64', vlan: 'v10' }, { status: { v4usingIPs: 1, v6usingIPs: 2 } }),
    crd('Subnet', 'lost', { cidrBlock: '10.9.0.0/24', vpc: 'nowhere' }),
  ],
  vlans: [crd('Vlan', 'v10', { id: 10, provider: 'physical' })],
  pods: [pod('web', { app: 'web' }), pod('db', { app: 'db' })],
  policies: [
    crd('NetworkPolicy', 'shut', { podSelector: { matchLabels: { app: 'db' } } }, { metadata: { name: 'shut', namespace: 'shop' } }),
  ],
};

describe('topologyOf', () => {
  const { nodes, edges } = topologyOf(objects);
  const labels = new Map(nodes.map(({ id, label }) => [id, label]));

  it('has what there is, each once, and links named at both ends once', () => {
    expect(nodes.map(({ id }) => id).toSorted()).toEqual([...new Set(nodes.map(({ id }) => id))].toSorted());
    expect(edges.filter(({ label }) => label === 'linked')).toEqual([{ from: 'vpc/b', to: 'vpc/c', label: 'linked' }]);
  });

  it('a Subnet leaves by each node or by those that it names, with its own addresses or by NAT', () => {
    expect(edges).toContainEqual({ from: 'gateway/each node,for its own pods', to: 'outside', label: 'blue: NAT' });
    expect(edges).toContainEqual({ from: 'gateway/gateway,n1, n2', to: 'outside', label: 'red: own addresses' });
    expect(labels.get('subnet/red')).toEqual(['red', '10.2.0.0/24', 'private']);
    expect(labels.get('subnet/blue')).toEqual(['blue', '10.1.0.0/24', '3 in use']);
    expect(labels.get('subnet/floor')).toEqual(['floor', '192.0.2.0/24', '2001:db8::/64', '1 and 2 in use']);
  });

  it('a Subnet of another Vpc is on that router, one on a VLAN on that VLAN, one of no router alone', () => {
    expect(edges.filter(({ from }) => ['subnet/inner', 'subnet/floor', 'subnet/lost'].includes(from)).map(({ to }) => to)).toEqual([
      'vlan/v10',
      'vpc/b',
    ]);
  });

  it('a policy is at the pods that it selects', () => {
    expect(edges.filter(({ from }) => from === 'policy/shop/shut').map(({ to }) => to)).toEqual(['pod/shop/db']);
  });

  it('order of the objects does not matter', () => {
    const turned = topologyOf({
      ...objects,
      vpcs: objects.vpcs.toReversed(),
      subnets: objects.subnets.toReversed(),
      pods: objects.pods.toReversed(),
    });
    expect(turned).toEqual({ nodes, edges });
  });
});
