/** What a controller would have written: logical switches, ports, and annotations of node and pods. */
import type { FakeApi } from '@kube-ovn/kube/testing';
import { NODE_ADDRESS, type OvnNode } from './ovn-node.ts';

/** A pod with its addresses. */
export interface TestPod {
  readonly name: string;
  readonly v4: string;
  readonly v6: string;
  readonly mac: string;
}

export const JOIN = {
  v4: '100.64.0.2',
  v6: 'fd00:100:64::2',
  gateway4: '100.64.0.1',
  gateway6: 'fd00:100:64::1',
  mac: '0a:00:00:64:00:02',
} as const;
export const GATEWAY4 = '10.16.0.1';
export const GATEWAY6 = 'fd00:10:16::1';

/** Router, subnet `ovn-default`, join subnet, and the objects of the API. */
export async function createTopology(node: OvnNode, api: FakeApi): Promise<void> {
  const commands: readonly (readonly string[])[] = [
    ['lr-add', 'ovn-cluster'],
    ['ls-add', 'ovn-default'],
    ['ls-add', 'join'],
    ['lrp-add', 'ovn-cluster', 'lrp-default', '0a:00:00:10:00:01', `${GATEWAY4}/16`, `${GATEWAY6}/64`],
    ...routerPort('ovn-default', 'default-lrp', 'lrp-default'),
    ['lrp-add', 'ovn-cluster', 'lrp-join', '0a:00:00:64:00:01', `${JOIN.gateway4}/16`, `${JOIN.gateway6}/64`],
    ...routerPort('join', 'join-lrp', 'lrp-join'),
    ['lsp-add', 'join', 'node-node1'],
    ['lsp-set-addresses', 'node-node1', `${JOIN.mac} ${JOIN.v4} ${JOIN.v6}`],
    // what leaves the cluster goes by way of the node
    ['lr-policy-add', 'ovn-cluster', '30000', `ip4.dst == ${NODE_ADDRESS}`, 'reroute', JOIN.v4],
    ['lr-route-add', 'ovn-cluster', '0.0.0.0/0', JOIN.v4],
  ];
  await node.nbctl(...commands.flatMap((command, index) => (index === 0 ? command : ['--', ...command])));
  api.collection('subnets').put({
    apiVersion: 'kubeovn.io/v1',
    kind: 'Subnet',
    metadata: { name: 'ovn-default', uid: 'subnet-1' },
    spec: {
      cidrBlock: '10.16.0.0/16,fd00:10:16::/64',
      gateway: `${GATEWAY4},${GATEWAY6}`,
      natOutgoing: true,
      provider: 'ovn',
      vpc: 'ovn-cluster',
    },
  });
  api.collection('nodes').put({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'node1',
      uid: 'node-1',
      annotations: {
        'ovn.kubernetes.io/allocated': 'true',
        'ovn.kubernetes.io/ip_address': `${JOIN.v4},${JOIN.v6}`,
        'ovn.kubernetes.io/mac_address': JOIN.mac,
        'ovn.kubernetes.io/cidr': '100.64.0.0/16,fd00:100:64::/64',
        'ovn.kubernetes.io/gateway': `${JOIN.gateway4},${JOIN.gateway6}`,
        'ovn.kubernetes.io/logical_switch': 'join',
        'ovn.kubernetes.io/port_name': 'node-node1',
      },
    },
    status: { addresses: [{ type: 'InternalIP', address: NODE_ADDRESS }] },
  });
}

function routerPort(logicalSwitch: string, port: string, peer: string): readonly (readonly string[])[] {
  return [
    ['lsp-add', logicalSwitch, port],
    ['lsp-set-type', port, 'router'],
    ['lsp-set-addresses', port, 'router'],
    ['lsp-set-options', port, `router-port=${peer}`],
  ];
}

/** A pod of the subnet, the n-th. */
export function testPod(n: number): TestPod {
  return {
    name: `web-${n}`,
    v4: `10.16.0.${n + 10}`,
    v6: `fd00:10:16::${(n + 10).toString(16)}`,
    mac: `0a:00:00:10:01:${(n + 10).toString(16).padStart(2, '0')}`,
  };
}

/** The pod's logical port and its annotations. */
export async function createPod(
  node: OvnNode,
  api: FakeApi,
  pod: TestPod,
  port: { readonly addresses: string } = { addresses: `${pod.mac} ${pod.v4} ${pod.v6}` },
): Promise<void> {
  await node.nbctl(
    '--may-exist',
    'lsp-add',
    'ovn-default',
    `${pod.name}.shop`,
    '--',
    'lsp-set-addresses',
    `${pod.name}.shop`,
    port.addresses,
  );
  api.collection('pods').put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: 'shop',
      uid: `uid-${pod.name}`,
      annotations: {
        'ovn.kubernetes.io/allocated': 'true',
        'ovn.kubernetes.io/ip_address': `${pod.v4},${pod.v6}`,
        'ovn.kubernetes.io/mac_address': pod.mac,
        'ovn.kubernetes.io/cidr': '10.16.0.0/16,fd00:10:16::/64',
        'ovn.kubernetes.io/gateway': `${GATEWAY4},${GATEWAY6}`,
        'ovn.kubernetes.io/logical_switch': 'ovn-default',
      },
    },
    spec: { nodeName: 'node1' },
  });
}
