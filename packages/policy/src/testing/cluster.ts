/** Random namespaces, nodes and pods. */
import fc from 'fast-check';
import type { Labels, NamespaceObject, NodeObject, PodObject } from '../verdict/objects.ts';
import { labels } from './labels.ts';

/** What stands where, before any policy. */
export interface Inhabitants {
  readonly namespaces: readonly NamespaceObject[];
  readonly nodes: readonly NodeObject[];
  readonly pods: readonly PodObject[];
}

/** Names of the subnets that pods are on, each with its blocks. */
export const subnetBlocks: Readonly<Record<string, { readonly v4: string; readonly v6: string }>> = {
  one: { v4: '10.16.0.0/24', v6: 'fd00:10:16::/64' },
  two: { v4: '10.17.0.0/24', v6: 'fd00:10:17::/64' },
};

/** Ports that flows and rules name. */
export const portNumbers: readonly number[] = [53, 80, 81];
/** Names of container ports; the same name is another number on another pod. */
export const portNames: readonly string[] = ['http', 'dns'];
export const protocols = ['TCP', 'UDP', 'SCTP'] as const;

const namespaceNames = ['a', 'b', 'c'] as const;
const nodeNames = ['n1', 'n2'] as const;

const containerPort = fc.record(
  { name: fc.constantFrom(...portNames), containerPort: fc.constantFrom(...portNumbers), protocol: fc.constantFrom(...protocols) },
  { requiredKeys: ['name', 'containerPort'] },
);

/** Within a pod, a name is given once. @source core/v1 ContainerPort.name: "Each named port in a pod must have a unique name" */
const containerPorts = fc.uniqueArray(containerPort, { maxLength: 2, selector: ({ name }) => name });

interface PodTraits {
  readonly namespace: number;
  readonly node: number;
  readonly subnet: string;
  readonly labels: Labels;
  readonly families: readonly (4 | 6)[];
  readonly kind: 'network' | 'host' | 'ended' | 'pending';
  readonly isSidecar: boolean;
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly protocol?: string }[];
  readonly securityGroups: readonly string[];
}

const familyChoices: readonly (readonly (4 | 6)[])[] = [[4], [4, 6], [4, 6], [6]];
const noGroups: readonly string[] = [];

const podTraits: fc.Arbitrary<PodTraits> = fc.record({
  namespace: fc.nat(2),
  node: fc.nat(1),
  subnet: fc.constantFrom('one', 'one', 'two'),
  labels,
  families: fc.constantFrom(...familyChoices),
  kind: fc.constantFrom('network', 'network', 'network', 'network', 'network', 'network', 'host', 'ended', 'pending'),
  isSidecar: fc.constantFrom(false, false, false, true),
  ports: containerPorts,
  securityGroups: fc.oneof(
    { arbitrary: fc.constant(noGroups), weight: 5 },
    { arbitrary: fc.subarray(['sg1', 'sg2'], { minLength: 1 }), weight: 1 },
  ),
});

/**
 * One to three namespaces, one or two nodes, one to six pods: of one family or both, on the pod network or their node's, running,
 * waiting for an address or ended (with an address that another pod has now).
 */
export const inhabitants: fc.Arbitrary<Inhabitants> = fc
  .record({
    namespaces: fc.array(labels, { minLength: 1, maxLength: 3 }),
    nodes: fc.array(fc.record({ labels, isJoined: fc.boolean() }), { minLength: 1, maxLength: 2 }),
    pods: fc.array(podTraits, { minLength: 1, maxLength: 6 }),
  })
  .map(({ namespaces, nodes, pods }) => ({
    namespaces: namespaces.map((own, index) => namespaceObject(namespaceNames[index] ?? 'a', own)),
    nodes: nodes.map(({ labels: own, isJoined }, index) => nodeObject(index, own, isJoined)),
    pods: pods.map((traits, index) =>
      podObject(index, traits, {
        namespace: namespaceNames[traits.namespace % namespaces.length] ?? 'a',
        node: nodeNames[traits.node % nodes.length] ?? 'n1',
      }),
    ),
  }));

function namespaceObject(name: string, own: Labels): NamespaceObject {
  return { metadata: { name, labels: { ...own, 'kubernetes.io/metadata.name': name } } };
}

function nodeObject(index: number, own: Labels, isJoined: boolean): NodeObject {
  const join = { 'ovn.kubernetes.io/ip_address': `100.64.0.${index + 2},fd00:100:64::${index + 2}` };
  return {
    metadata: { name: nodeNames[index] ?? 'n1', labels: own, ...(isJoined ? { annotations: join } : {}) },
    status: {
      addresses: [
        { type: 'InternalIP', address: `172.18.0.${index + 2}` },
        { type: 'InternalIP', address: `fd00:172:18::${index + 2}` },
        { type: 'Hostname', address: nodeNames[index] ?? 'n1' },
      ],
    },
  };
}

/** An ended pod keeps the address of the pod before it in its status. */
function podObject(index: number, traits: PodTraits, at: { readonly namespace: string; readonly node: string }): PodObject {
  const { kind, subnet, families, ports, securityGroups } = traits;
  const host = kind === 'ended' ? Math.max(index - 1, 0) : index;
  const ips = kind === 'host' ? nodeIps(at.node) : families.map((family) => podIp(subnet, family, host));
  const container = { name: 'main', ports };
  return {
    metadata: {
      name: `p${index}`,
      namespace: at.namespace,
      labels: traits.labels,
      annotations: {
        'ovn.kubernetes.io/logical_switch': subnet,
        ...(securityGroups.length > 0 ? { 'ovn.kubernetes.io/security_groups': securityGroups.join(',') } : {}),
      },
    },
    spec: {
      nodeName: at.node,
      ...(kind === 'host' ? { hostNetwork: true } : {}),
      containers: traits.isSidecar ? [{ name: 'main' }] : [container],
      ...(traits.isSidecar ? { initContainers: [{ ...container, name: 'sidecar', restartPolicy: 'Always' }] } : {}),
    },
    status: {
      phase: { network: 'Running', host: 'Running', ended: 'Succeeded', pending: 'Pending' }[kind],
      ...(kind === 'pending' || ips[0] === undefined ? {} : { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    },
  };
}

function podIp(subnet: string, family: 4 | 6, host: number): string {
  const blocks = subnetBlocks[subnet];
  return family === 4 ? `${blocks?.v4.split('0/')[0]}${10 + host}` : `${blocks?.v6.split('/')[0]}${10 + host}`;
}

function nodeIps(node: string): readonly string[] {
  const number = nodeNames.findIndex((name) => name === node) + 2;
  return [`172.18.0.${number}`, `fd00:172:18::${number}`];
}
