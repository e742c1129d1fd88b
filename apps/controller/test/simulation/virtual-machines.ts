/** Virtual machines that start, stop, move while they run, and are deleted: two pods may have the address of one, one after the other. */
import { DEFAULT_PROVIDER, machineOfPod, MIGRATION_ANNOTATION, podAnnotations } from '@kube-ovn/api';
import type { FakeObject } from '@kube-ovn/kube/testing';
import { toldAddresses } from './checks.ts';
import { collection, NODES, plain, type Workload } from './workload.ts';
import type { World } from './world.ts';

const NAMES = ['m1', 'm2', 'm3'];
const NAMESPACE = 'bank';
const created = (second: number): string =>
  `2026-01-01T00:${String(Math.trunc(second / 60) % 60).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}Z`;

function launchers(world: World, machine: string): FakeObject[] {
  const pods = collection(world, 'pods');
  const found = pods.keys().map((key) => pods.get(key) as FakeObject);
  return found.filter((pod) => machineOfPod(pod) === machine && !isOver(pod));
}

function isOver({ status }: FakeObject): boolean {
  return (status as { readonly phase?: string } | undefined)?.phase === 'Succeeded';
}

function launch(world: World, machine: string, isMove: boolean): void {
  const { random } = world;
  const busy = new Set(launchers(world, machine).map(({ spec }) => (spec as { readonly nodeName: string }).nodeName));
  const free = NODES.filter((node) => !busy.has(node));
  const [uid, name] = [random.uuid(), `virt-launcher-${machine}-${random.between(1, 1_000_000)}`];
  const ownerReferences = [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: machine, uid: 'vmi', controller: true }];
  const annotations = isMove ? { [MIGRATION_ANNOTATION]: 'move' } : {};
  const creationTimestamp = created(Math.trunc(world.clock.now() / 1000));
  collection(world, 'pods').put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: NAMESPACE, name, uid, creationTimestamp, annotations, ownerReferences },
    spec: { nodeName: random.pick(free), restartPolicy: 'Never', containers: [{ name: 'compute', image: 'none' }] },
  });
}

/** Machines that have not run yet. */
export function addMachines(world: World): void {
  for (const name of NAMES) createMachine(world, name);
}

/** One machine runs, lest a storm in which all of them stopped tells nothing. */
export function startOneMachine(world: World): void {
  const name = world.random.pick(NAMES);
  createMachine(world, name);
  if (launchers(world, name).length === 0) launch(world, name, false);
}

function create(world: World): void {
  createMachine(world, world.random.pick(NAMES));
}

function createMachine(world: World, name: string): void {
  const machines = collection(world, 'virtualmachines');
  if (machines.get(`${NAMESPACE}/${name}`) !== undefined || launchers(world, name).length > 0) return;
  machines.put({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { namespace: NAMESPACE, name, uid: world.random.uuid() },
    spec: {},
  });
}

function start(world: World): void {
  const name = world.random.pick(NAMES);
  const isThere = collection(world, 'virtualmachines').get(`${NAMESPACE}/${name}`) !== undefined;
  if (isThere && launchers(world, name).length === 0) launch(world, name, false);
}

function move(world: World): void {
  const name = world.random.pick(NAMES);
  if (launchers(world, name).length === 1) launch(world, name, true);
}

/** A move comes to its end, or a machine stops. */
function end(world: World): void {
  const pods = launchers(world, world.random.pick(NAMES));
  if (pods.length > 0) collection(world, 'pods').put({ ...world.random.pick(pods), status: { phase: 'Succeeded' } });
}

function destroy(world: World): void {
  const machines = collection(world, 'virtualmachines');
  const machine = machines.get(`${NAMESPACE}/${world.random.pick(NAMES)}`);
  if (machine === undefined) return;
  machines.remove(machine);
  for (const pod of launchers(world, machine.metadata.name)) collection(world, 'pods').put({ ...pod, status: { phase: 'Succeeded' } });
}

export const withMachines: Workload = [...plain, [6, create], [40, start], [20, move], [20, end], [3, destroy]];

/** How long a controller may take a Subnet of a namespace for its Subnet when it is no more: its watch may be cut in a storm. */
const LAG_MS = 20_000;

/** Keeps what each machine has been told. */
export class MachineWatch {
  readonly #told = new Map<string, string>();
  /** When the machines' namespace was in each Subnet last, by its block. */
  readonly #subnets = new Map<string, number>();
  #served = 0;

  /**
   * At every moment: a machine that has an address has the one it had before, unless it has started in another Subnet of its namespace.
   *
   * @throws when it has another of the same Subnet
   */
  check(world: World): void {
    this.#forgetMoved(world);
    const machines = collection(world, 'virtualmachines');
    for (const { who, address } of toldAddresses(world)) {
      const uid = machines.get(who)?.metadata.uid;
      if (uid === undefined) continue;
      const before = this.#told.get(uid);
      if (before !== undefined && before !== address && blockOf(before) === blockOf(address))
        throw new Error(`machine ${who} had ${before} and was told ${address}`);
      if (before === undefined) this.#served += 1;
      this.#told.set(uid, address);
    }
  }

  /** One that starts while its namespace is in another Subnet gives up what it had, even when it stops before it is told an address there. */
  #forgetMoved(world: World): void {
    const now = world.clock.now();
    for (const block of blocksOf(world, NAMESPACE)) this.#subnets.set(block, now);
    const recent = [...this.#subnets].filter(([, atMs]) => now - atMs < LAG_MS);
    for (const name of NAMES) {
      const uid = collection(world, 'virtualmachines').get(`${NAMESPACE}/${name}`)?.metadata.uid ?? '';
      const before = this.#told.get(uid);
      const isElsewhere = recent.some(([block]) => before !== undefined && block !== blockOf(before));
      if (isElsewhere && launchers(world, name).some(isUntold)) this.#told.delete(uid);
    }
  }

  /** How many have been told an address. */
  get served(): number {
    return this.#served;
  }
}

function isUntold({ metadata }: FakeObject): boolean {
  return metadata.annotations?.[podAnnotations(DEFAULT_PROVIDER).ip_address.key] === undefined;
}

/** Of the Subnets that pods of a namespace get addresses from. */
function blocksOf(world: World, namespace: string): readonly string[] {
  const subnets = collection(world, 'subnets');
  const all = subnets.keys().map((key) => subnets.get(key) as FakeObject);
  const own = all.filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && namespacesOf(spec).includes(namespace));
  const found = own.length > 0 ? own : all.filter(({ metadata }) => metadata.name === 'ovn-default');
  return found.map(({ spec }) => blockOf((spec as { readonly cidrBlock: string }).cidrBlock));
}

function namespacesOf(spec: unknown): readonly string[] {
  return (spec as { readonly namespaces?: readonly string[] }).namespaces ?? [];
}

/** Subnets differ in the first two bytes. */
function blockOf(address: string): string {
  return address.split('.').slice(0, 2).join('.');
}

/** Lines of the journal that are of machines which do not run. */
export function idleMachines(world: World): ReadonlySet<string> {
  const machines = collection(world, 'virtualmachines');
  const ips = collection(world, 'ips');
  const lines = ips.keys().flatMap((key) => {
    const { podName, v4IpAddress } = (ips.get(key) as FakeObject).spec as Readonly<Record<string, string>>;
    const isIdle = machines.get(`${NAMESPACE}/${podName}`) !== undefined && launchers(world, podName ?? '').length === 0;
    return isIdle ? [`${NAMESPACE}/${podName} ${v4IpAddress}`] : [];
  });
  return new Set(lines);
}
