/** Kubernetes objects that tests create, and what they ask of a cluster. */
import { type Namespace, type Node, type Pod, resources, type StatefulSet, type Subnet, type SubnetSpec } from '@kube-ovn/api';
import type { KubeClient } from '@kube-ovn/kube';
import type { Cluster } from './cluster.ts';
import { eventually } from './wait.ts';

export function namespaceObject(name: string, labels: Readonly<Record<string, string>> = {}): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export function nodeObject(name: string, internalIp: string): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { addresses: [{ type: 'InternalIP', address: internalIp }] } };
}

export function subnetObject(name: string, spec: SubnetSpec): Subnet {
  return { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name }, spec };
}

export interface PodOptions {
  readonly namespace?: string;
  readonly node?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly hostNetwork?: boolean;
}

export function podObject(name: string, options: PodOptions = {}): Pod {
  const { namespace = 'shop', node = 'node1', annotations = {}, hostNetwork = false } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations },
    spec: { nodeName: node, hostNetwork, terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'none' }] },
  };
}

/** In namespace `shop`. */
export function statefulSetObject(name: string, replicas: number): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'none' }] } },
    },
  };
}

/** Nodes have their status written by its own door. */
export async function createNode(kube: KubeClient, node: Node): Promise<void> {
  await kube.create(resources.node, node);
  await kube.patch(resources.node, node.metadata.name, { status: node.status }, { subresource: 'status' });
}

/** The pod's annotations under `ovn.kubernetes.io/`, once it is allocated. */
export function allocated(cluster: Cluster, key: string, timeoutMs?: number): Promise<Readonly<Record<string, string>>> {
  return eventually(async () => {
    const pod = await cluster.kube.get(resources.pod, key);
    const found = Object.entries(pod.metadata.annotations ?? {}).filter(([name]) => name.startsWith('ovn.kubernetes.io/'));
    const values = Object.fromEntries(found.map(([name, value]) => [name.slice('ovn.kubernetes.io/'.length), value]));
    if (values['allocated'] !== 'true') throw new Error(`pod ${key} is not allocated`);
    return values;
  }, timeoutMs);
}

/** Message of an event about an object, once there is one. */
export function eventMessage(cluster: Cluster, name: string, reason: string): Promise<string> {
  return eventually(async () => {
    const { items } = await cluster.kube.list(resources.event);
    return items.find((event) => event.involvedObject?.name === name && event.reason === reason)?.message;
  });
}
