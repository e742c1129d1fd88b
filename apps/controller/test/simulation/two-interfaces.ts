/** The same cluster with a second network and pools: pods of two interfaces, of which both have addresses or neither, and IPPools. */
import { allocatedProviders, NETWORKS_ANNOTATION } from '@kube-ovn/api';
import type { FakeObject } from '@kube-ovn/kube/testing';
import { collection, NAMESPACES, NODES, plain, type Workload } from './workload.ts';
import type { World } from './world.ts';

/** So few addresses that pods wait for each other's. */
const SECOND = { cidrBlock: '10.40.0.0/28', provider: 'second.shop.ovn' };
const POOLS: Readonly<Record<string, object>> = {
  // overlap: one of the two is refused
  low: { subnet: 'second', ips: ['10.40.0.2..10.40.0.6'] },
  mid: { subnet: 'second', ips: ['10.40.0.5..10.40.0.9'] },
  // for all pods of a namespace
  bank: { subnet: 'wide', ips: ['10.31.0.16..10.31.0.20'], namespaces: ['bank'] },
};

/** The definition of the network, and its Subnet. */
export function addSecondNetwork(world: World): void {
  const config = JSON.stringify({ cniVersion: '1.0.0', type: 'kube-ovn', provider: SECOND.provider });
  collection(world, 'network-attachment-definitions').put({
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { namespace: 'shop', name: 'second' },
    spec: { config },
  });
  collection(world, 'subnets').put({
    apiVersion: 'kubeovn.io/v1',
    kind: 'Subnet',
    metadata: { name: 'second', uid: world.random.uuid(), generation: 1 },
    spec: SECOND,
  });
}

function createPod(world: World): void {
  const { random } = world;
  const [namespace, name] = [random.pick(NAMESPACES), `d${random.between(1, 6)}`];
  if (collection(world, 'pods').get(`${namespace}/${name}`) !== undefined) return;
  const pool = random.pick(['', '', 'low', 'mid']);
  const key = `${SECOND.provider}.kubernetes.io/ip_pool`;
  const annotations = { [NETWORKS_ANNOTATION]: 'shop/second', ...(pool === '' ? {} : { [key]: pool }) };
  collection(world, 'pods').put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, uid: random.uuid(), creationTimestamp: '2026-01-01T00:00:00Z', annotations },
    spec: { nodeName: random.pick(NODES), restartPolicy: 'Always', containers: [{ name: 'main', image: 'none' }] },
  });
}

function createPool(world: World): void {
  const name = world.random.pick(Object.keys(POOLS));
  const pools = collection(world, 'ippools');
  if (pools.get(name) !== undefined) return;
  pools.put({
    apiVersion: 'kubeovn.io/v1',
    kind: 'IPPool',
    metadata: { name, uid: world.random.uuid(), generation: 1 },
    spec: POOLS[name],
  });
}

function deletePool(world: World): void {
  const pools = collection(world, 'ippools');
  const pool = pools.get(world.random.pick(Object.keys(POOLS)));
  if (pool !== undefined && pool.metadata.deletionTimestamp === undefined) pools.remove(pool);
}

export const withSecondNetwork: Workload = [...plain, [30, createPod], [5, createPool], [2, deletePool]];

/** At every moment: a pod of two interfaces has been told of both, or of none. @throws when it has not */
export function checkTogether(world: World): void {
  for (const pod of podsOfTwo(world)) {
    const told = allocatedProviders(pod);
    if (told.length === 1) throw new Error(`pod ${pod.metadata.namespace}/${pod.metadata.name} was told of ${told.join()} alone`);
  }
}

/** How many have been told of both. */
export function servedOfTwo(world: World): number {
  return podsOfTwo(world).filter((pod) => allocatedProviders(pod).length === 2).length;
}

function podsOfTwo(world: World): FakeObject[] {
  const pods = collection(world, 'pods');
  const all = pods.keys().map((key) => pods.get(key) as FakeObject);
  return all.filter((pod) => pod.metadata.annotations?.[NETWORKS_ANNOTATION] !== undefined);
}
