/** Vips come, are asked for by name, named by pods, and go, among pods that take addresses of the same Subnets. */
import type { FakeObject } from '@kube-ovn/kube/testing';
import { toldAddresses } from './checks.ts';
import { type Action, collection, NODES, plain, type Workload } from './workload.ts';
import type { World } from './world.ts';

const NAMES = ['v1', 'v2', 'v3', 'v4'];
/** With an address of their own, which pods may have already; the second is in a Subnet that pods fill. */
const PLACES: readonly object[] = [
  { subnet: 'wide', namespace: 'bank' },
  { subnet: 'small', namespace: 'shop', v4ip: '10.30.0.3' },
  { subnet: 'dual', namespace: 'play', v6ip: 'fd00:32::5' },
  { subnet: 'dual', namespace: 'play' },
];

function createVip({ api, random }: World): void {
  const name = random.pick(NAMES);
  const vips = api.collection('vips');
  if (vips.get(name) !== undefined) return;
  const metadata = { name, uid: random.uuid(), generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' };
  vips.put({ apiVersion: 'kubeovn.io/v1', kind: 'Vip', metadata, spec: random.pick(PLACES) });
}

function deleteVip({ api, random }: World): void {
  const vips = api.collection('vips');
  const keys = vips.keys();
  const vip = keys.length === 0 ? undefined : vips.get(random.pick(keys));
  if (vip !== undefined && vip.metadata.deletionTimestamp === undefined) vips.remove(vip);
}

/** A user writes another address into it. */
function editVip({ api, random }: World): void {
  const vips = api.collection('vips');
  const keys = vips.keys();
  const vip = keys.length === 0 ? undefined : vips.get(random.pick(keys));
  if (vip !== undefined) vips.put({ ...vip, spec: { ...(vip.spec as object), v4ip: random.pick(['10.30.0.4', '10.32.0.9', '']) } });
}

/** Some pod of its namespace names all Vips. */
const namePod: Action = (world) => {
  const pods = collection(world, 'pods');
  const keys = pods.keys();
  const pod = keys.length === 0 ? undefined : pods.get(world.random.pick(keys));
  if (pod === undefined) return;
  const annotations = { ...pod.metadata.annotations, 'ovn.kubernetes.io/aaps': NAMES.join(','), 'ovn.kubernetes.io/port_security': 'true' };
  pods.put({ ...pod, metadata: { ...pod.metadata, annotations } });
};

/** A pod that takes the addresses of a Vip, if there is one by now. */
function createTaker({ api, random }: World): void {
  const name = `t${random.between(1, 3)}`;
  const pods = api.collection('pods');
  if (pods.get(`play/${name}`) !== undefined) return;
  const annotations = { 'ovn.kubernetes.io/vip': random.pick(NAMES) };
  pods.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'play', name, uid: random.uuid(), annotations, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { nodeName: random.pick(NODES), restartPolicy: 'Always', containers: [{ name: 'main', image: 'none' }] },
  });
}

/** Addresses of Vips that some pod has as its own. */
function lentVips(world: World): ReadonlySet<string> {
  const ips = world.api.collection('ips');
  return new Set(ips.keys().flatMap((name) => ips.get(name)?.metadata.annotations?.['ovn.kubernetes.io/vip'] ?? []));
}

export const withVips: Workload = [[8, createTaker], ...plain, [12, createVip], [7, deleteVip], [4, editVip], [5, namePod]];

/** Addresses that Vips say they have, and whose they are. */
function heldAddresses(world: World): readonly (readonly [string, string])[] {
  const vips = world.api.collection('vips');
  return vips.keys().flatMap((name) => {
    const { v4ip = '', v6ip = '' } = ((vips.get(name) as FakeObject).status ?? {}) as Readonly<Record<string, string>>;
    return [v4ip, v6ip].filter((address) => address !== '').map((address) => [address, name] as const);
  });
}

/** At every moment: an address of a Vip is no other Vip's, and a pod was told of it only if it takes that Vip's. @throws when it is not so */
export function checkVips(world: World): void {
  const pods = new Map(toldAddresses(world).map(({ who, address }) => [address, who]));
  const owners = new Map<string, string>();
  for (const [address, vip] of heldAddresses(world)) {
    const pod = pods.get(address);
    const taken = world.api.collection('pods').get(pod ?? '')?.metadata.annotations?.['ovn.kubernetes.io/vip'];
    if (pod !== undefined && taken !== vip) throw new Error(`address ${address} was given to ${pod}, and is that of Vip ${vip}`);
    const other = owners.get(address);
    if (other !== undefined) throw new Error(`address ${address} is that of Vip ${other} and of Vip ${vip}`);
    owners.set(address, vip);
  }
}

export interface VipFacts {
  /** Being deleted, and not gone. */
  readonly left: readonly string[];
  /** `name address`, as Vips say it, and as OVN has it. */
  readonly told: readonly string[];
  /** As the specs of those that are not being deleted repeat it. */
  readonly specs: readonly string[];
  readonly ports: readonly string[];
  /** Vips whose addresses a pod has: OVN has the pod's port for them. */
  readonly lent: ReadonlySet<string>;
}

/** What can be told of Vips from outside once all is settled. */
export function vipFacts(world: World): VipFacts {
  const vips = world.api.collection('vips');
  const objects = vips.keys().map((name) => vips.get(name) as FakeObject);
  const lines = (object: FakeObject, part: unknown): readonly string[] => {
    const { v4ip = '', v6ip = '' } = (part ?? {}) as Readonly<Record<string, string>>;
    return [v4ip, v6ip].filter((address) => address !== '').map((address) => `${object.metadata.name} ${address}`);
  };
  const isHeld = ({ status }: FakeObject): boolean => lines({ metadata: { name: '' } }, status).length > 0;
  const rows = [...(world.database.content.get('Logical_Switch_Port')?.values() ?? [])];
  const ports = rows.flatMap((row) => {
    const vip = textOf(row.get('external_ids')?.get('"vip"')?.[1]);
    return vip === '' ? [] : [`${vip} ${textOf(row.get('options')?.get('"virtual-ip"')?.[1])}`];
  });
  return {
    left: objects.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map(({ metadata }) => metadata.name),
    told: objects.flatMap((object) => lines(object, object.status)).toSorted(),
    specs: objects
      .filter((object) => isHeld(object) && object.metadata.deletionTimestamp === undefined)
      .flatMap((object) => lines(object, object.spec))
      .toSorted(),
    ports: ports.toSorted(),
    lent: lentVips(world),
  };
}

function textOf(wire: unknown): string {
  return typeof wire === 'string' ? wire : '';
}
