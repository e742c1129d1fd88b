/** What happens to the cluster: objects come, change and go; processes die; people edit the database by hand. */
import type { FakeCollection, FakeObject } from '@kube-ovn/kube/testing';
import type { World } from './world.ts';

export const NAMESPACES = ['shop', 'bank', 'play'];
export const NODES = ['n1', 'n2', 'n3'];
const SUBNETS: Readonly<Record<string, object>> = {
  small: { cidrBlock: '10.30.0.0/29', namespaces: ['shop'] },
  wide: { cidrBlock: '10.31.0.0/16', namespaces: ['bank'] },
  dual: { cidrBlock: '10.32.0.0/24,fd00:32::/64', namespaces: ['play'], protocol: 'Dual' },
};

/** Nodes and namespaces, as an installation has them. */
export function populate(world: World): void {
  for (const [at, name] of NODES.entries()) {
    world.api.collection('nodes').put({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { addresses: [{ type: 'InternalIP', address: `192.168.0.${at + 1}` }] },
    });
  }
  for (const name of NAMESPACES) world.api.collection('namespaces').put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

export type Action = (world: World) => void;
export type Workload = readonly (readonly [number, Action])[];

export function collection(world: World, plural: string): FakeCollection {
  return world.api.collection(plural);
}

function createPod(world: World): void {
  const { random } = world;
  const [namespace, name] = [random.pick(NAMESPACES), `p${random.between(1, 6)}`];
  if (collection(world, 'pods').get(`${namespace}/${name}`) !== undefined) return;
  collection(world, 'pods').put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, uid: random.uuid(), creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { nodeName: random.pick(NODES), restartPolicy: random.pick(['Always', 'Never']), containers: [{ name: 'main', image: 'none' }] },
  });
}

function deletePod(world: World): void {
  const pods = collection(world, 'pods');
  const keys = pods.keys();
  if (keys.length > 0) pods.remove(pods.get(world.random.pick(keys)) as FakeObject);
}

function finishPod(world: World): void {
  const pods = collection(world, 'pods');
  const isJob = ({ spec }: FakeObject): boolean => (spec as { readonly restartPolicy: string }).restartPolicy === 'Never';
  const jobs = pods.keys().filter((key) => isJob(pods.get(key) as FakeObject));
  if (jobs.length === 0) return;
  const pod = pods.get(world.random.pick(jobs)) as FakeObject;
  pods.put({ ...pod, status: { phase: 'Succeeded' } });
}

function createSubnet(world: World): void {
  const name = world.random.pick(Object.keys(SUBNETS));
  const subnets = collection(world, 'subnets');
  if (subnets.get(name) !== undefined) return;
  subnets.put({
    apiVersion: 'kubeovn.io/v1',
    kind: 'Subnet',
    metadata: { name, uid: world.random.uuid(), generation: 1 },
    spec: SUBNETS[name],
  });
}

function deleteSubnet(world: World): void {
  const subnets = collection(world, 'subnets');
  const subnet = subnets.get(world.random.pick(Object.keys(SUBNETS)));
  if (subnet !== undefined && subnet.metadata.deletionTimestamp === undefined) subnets.remove(subnet);
}

/** Somebody removes a port, or an annotation, that is ours. */
function vandalise(world: World): void {
  const ports = [...(world.database.content.get('Logical_Switch_Port') ?? [])];
  if (ports.length === 0) return;
  const [uuid] = world.random.pick(ports);
  const reference = ['uuid', uuid] as const;
  world.server.edit([
    {
      op: 'mutate',
      table: 'Logical_Switch',
      where: [['ports', 'includes', reference]],
      mutations: [['ports', 'delete', ['set', [reference]]]],
    },
  ]);
}

function crash(world: World): void {
  const running = [...world.controllers];
  if (running.length > 0) world.random.pick(running).kill();
  while (world.controllers.size < 2) world.start();
}

function forget(world: World): void {
  collection(world, world.random.pick(['pods', 'subnets', 'ips'])).compact();
  world.api.cutWatches(world.random.pick(['end', 'reset']));
}

/** The API server is set back, as far as one IP object goes: it is there again as it once was. */
function resurrect(world: World): void {
  const ips = collection(world, 'ips');
  const gone = [...world.formerIps].filter(([name]) => ips.get(name) === undefined);
  if (gone.length === 0) return;
  const [name, object] = world.random.pick(gone);
  ips.put(object);
  world.setBackIps.set(name, object);
}

function refuse(world: World): void {
  const code = world.random.pick([409, 422, 429, 500, 503]);
  world.api.failNext(({ method }) => method === 'PATCH' || method === 'POST', { code }, world.random.between(1, 3));
}

/** Pods of one interface. */
export const plain: Workload = [
  [40, createPod],
  [22, deletePod],
  [4, finishPod],
  [6, createSubnet],
  [2, deleteSubnet],
  [5, vandalise],
  [4, crash],
  [4, forget],
  [4, refuse],
  [3, resurrect],
];

/** One of these, as the seed decides. */
export function act(world: World, actions: Workload = plain): void {
  for (const name of collection(world, 'ips').keys()) world.formerIps.set(name, collection(world, 'ips').get(name) as FakeObject);
  const total = actions.reduce((sum, [weight]) => sum + weight, 0);
  let at = world.random.next() * total;
  for (const [weight, action] of actions) {
    at -= weight;
    if (at < 0) return action(world);
  }
}
