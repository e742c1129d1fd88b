import { type TopologyObjects, topologyOf } from '@kube-ovn/insight';
import { instance } from '@viz-js/viz';
import { describe, expect, it } from 'vitest';
import { toDot, toMermaid } from './draw.ts';

const crd = (kind: string, name: string, spec: object) => ({ apiVersion: 'kubeovn.io/v1', kind, metadata: { name }, spec }) as never;

const objects: TopologyObjects = {
  vpcs: [crd('Vpc', 'ovn-cluster', {}), crd('Vpc', 'b', { vpcPeerings: [{ remoteVpc: 'c' }] }), crd('Vpc', 'c', {})],
  subnets: [
    crd('Subnet', 'blue', { cidrBlock: '10.1.0.0/24', gateway: '10.1.0.1', natOutgoing: true }),
    crd('Subnet', 'red', { cidrBlock: '10.2.0.0/24', gatewayType: 'centralized', gatewayNode: 'n1:192.0.2.1,n2' }),
    crd('Subnet', 'floor', { cidrBlock: '192.0.2.0/24', vlan: 'v10' }),
  ],
  vlans: [crd('Vlan', 'v10', { id: 10, provider: 'physical' })],
  pods: [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'shop', annotations: { 'ovn.kubernetes.io/logical_switch': 'blue' } },
      spec: { nodeName: 'n1', containers: [] },
      status: { podIP: 'a"b\\c<d>&#;' },
    },
  ],
  policies: [],
};

describe('drawings', () => {
  const hostile = topologyOf(objects);

  it('Graphviz takes the text as it is, whatever is in a name', async () => {
    const drawn = (await instance()).renderJSON(toDot(hostile)) as { readonly objects: readonly { readonly name: string }[] };
    expect(drawn.objects.map(({ name }) => name).toSorted()).toEqual(hostile.nodes.map(({ id }) => id).toSorted());
  });

  it('Mermaid has a line for each node and edge, and nothing in a name ends its string', () => {
    const lines = toMermaid(hostile).split('\n');
    expect(lines).toHaveLength(1 + hostile.nodes.length + hostile.edges.length);
    expect(lines.find((line) => line.includes('shop/web'))).toMatch(
      /^ {2}n\d+\("shop\/web<br\/>a#34;b\\c#60;d#62;#38;#35;#59;<br\/>n1"\)$/,
    );
  });
});
