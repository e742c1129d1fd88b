/**
 * Pods that speak vhost-user: their sockets, CPUs and hugepages, and the arguments with which DPDK inside them finds all that.
 *
 * Those who state their CPUs come first, so that a pod that runs keeps what it has when another one comes.
 */
import type { Fragment } from '@kube-ovn/ovsdb';
import { formatCpuList, readCpuList } from './cpu-set.ts';
import type { CpuPlan } from './cpus.ts';
import { noBuffers, shown, type Refusal, type RefusalCode } from './finding.ts';
import type { Cpu, Inventory } from './inventory.ts';
import type { HugepageBudget } from './memory.ts';
import { mtuProblem, nameProblems, rangeProblem } from './names.ts';
import { portFragment } from './open-vswitch.ts';
import { pathTooLong, vhostPortName, vhostSocket, type VhostSocket } from './vhost-socket.ts';
import type { PodWish } from './wish.ts';

/** A pod's interface in a plan. */
export interface PlannedPod {
  readonly pod: string;
  readonly portName: string;
  /** On the node; `directory` is where the pod's volume is to be mounted. */
  readonly socket: VhostSocket;
  readonly numaNode: number;
  /** Its own CPUs, as a list; empty where it runs beside others. State it as `cpus` from now on, so that it is kept. */
  readonly cpus: string;
  readonly memoryMib: number;
  readonly queues: number;
  /** Arguments of a DPDK program in the pod, before `--`. */
  readonly ealArguments: readonly string[];
  /** For the planner of `@kube-ovn/ovsdb`. */
  readonly fragment: Fragment;
}

/** What pods are placed on. */
export interface PodContext {
  readonly inventory: Inventory;
  readonly cpus: CpuPlan;
  readonly budget: HugepageBudget;
  /** Whether Open vSwitch has hugepages on a NUMA node. */
  readonly hasBuffers: (numaNode: number) => boolean;
  readonly directory: string;
  /** Names of other ports in Open vSwitch. */
  readonly portNames: ReadonlySet<string>;
}

/** The pods of a plan. */
export interface PodsPlan {
  readonly pods: readonly PlannedPod[];
  readonly refusals: readonly Refusal[];
}

/** Where a pod runs. */
interface Place {
  readonly numaNode: number;
  readonly cpus: readonly number[];
}

type Placing = { readonly ok: true; readonly place: Place } | { readonly ok: false; readonly refusal: Refusal };

/** Place the pods of a wish. */
export function planPods(wishes: readonly PodWish[], context: PodContext): PodsPlan {
  const planner = new PodPlanner(context);
  for (const wish of wishes.toSorted(byPrecedence)) planner.add(wish);
  return { pods: planner.pods.toSorted((a, b) => compareText(a.socket.path, b.socket.path)), refusals: planner.refusals };
}

const MAX_QUEUES = 64;
const MOST_MIB = 2 ** 30;

class PodPlanner {
  readonly pods: PlannedPod[] = [];
  readonly refusals: Refusal[] = [];
  readonly #context: PodContext;
  readonly #free: Map<number, Cpu>;
  readonly #names: Set<string>;
  readonly #paths = new Set<string>();

  constructor(context: PodContext) {
    this.#context = context;
    this.#free = new Map(context.cpus.free.map((cpu) => [cpu.id, cpu]));
    this.#names = new Set(context.portNames);
  }

  add(wish: PodWish): void {
    const object = `pod ${wish.pod}`;
    const problems = valueProblems(object, wish);
    if (problems.length > 0) {
      this.refusals.push(...problems);
      return;
    }
    const { directory } = this.#context;
    const socket = vhostSocket({ directory, ...wish });
    const portName = wish.portName ?? vhostPortName(wish);
    if (socket === undefined) {
      this.refusals.push(pathTooLong(object, { directory, socket: wish.socket }));
    } else if (this.#paths.has(socket.path)) {
      const reason = 'another interface has this socket';
      this.#refuse('DPDK_NAME_TAKEN', {
        object,
        field: 'socket',
        value: socket.path,
        reason,
        remedy: 'name the sockets of a volume apart',
      });
    } else if (this.#names.has(portName)) {
      const reason = 'another port has this name';
      this.#refuse('DPDK_NAME_TAKEN', { object, field: 'portName', value: portName, reason, remedy: 'leave portName out' });
    } else {
      const placing = this.#place(object, wish);
      if (placing.ok) this.#accept(wish, { socket, portName, place: placing.place });
      else this.refusals.push(placing.refusal);
    }
  }

  #refuse(code: RefusalCode, rest: Omit<Refusal, 'code'>): void {
    this.refusals.push({ code, ...rest });
  }

  #accept(wish: PodWish, at: { readonly socket: VhostSocket; readonly portName: string; readonly place: Place }): void {
    const { socket, portName, place } = at;
    const { memoryMib = 0, queues = 1 } = wish;
    this.#paths.add(socket.path);
    this.#names.add(portName);
    for (const id of place.cpus) this.#free.delete(id);
    this.pods.push({
      pod: wish.pod,
      portName,
      socket,
      numaNode: place.numaNode,
      cpus: formatCpuList(place.cpus),
      memoryMib,
      queues,
      ealArguments: guestArguments({
        path: `${wish.mountPath ?? socket.directory}/${wish.socket}`,
        memoryMib,
        queues,
        ...this.#threads(place),
      }),
      fragment: portFragment({
        name: portName,
        bridge: wish.bridge,
        type: 'dpdkvhostuserclient',
        options: { 'vhost-server-path': socket.path },
        otherConfig: {},
        externalIds: wish.externalIds ?? {},
        mtuBytes: wish.mtuBytes,
      }),
    });
  }

  #threads({ cpus, numaNode }: Place): { readonly cpus: readonly number[]; readonly numaNode: number } {
    return { cpus: cpus.length > 0 ? cpus : this.#context.cpus.shared, numaNode };
  }

  #place(object: string, wish: PodWish): Placing {
    return typeof wish.cpus === 'string' ? this.#placeOn(object, wish, wish.cpus) : this.#placeSomewhere(object, wish);
  }

  /** On the CPUs that it states. */
  #placeOn(object: string, wish: PodWish, text: string): Placing {
    const field = 'cpus';
    const value = shown(text);
    const ids = readCpuList(text);
    const fail = (code: RefusalCode, reason: string, remedy: string): Placing => ({
      ok: false,
      refusal: { code, object, field, value, reason, remedy },
    });
    if (ids === undefined) return fail('DPDK_BAD_CPU_LIST', 'this names no CPUs', 'write it like 0-3,8');
    if (ids.length === 0) return this.#placeSomewhere(object, { ...wish, cpus: 0 });
    const online = new Map(this.#context.inventory.cpus.map((cpu) => [cpu.id, cpu]));
    const missing = ids.filter((id) => !online.has(id));
    if (missing.length > 0) return fail('DPDK_CPU_OFFLINE', `CPU ${formatCpuList(missing)} is not online`, 'let them be chosen anew');
    const taken = ids.filter((id) => !this.#free.has(id));
    if (taken.length > 0) {
      return fail('DPDK_CPU_TAKEN', `CPU ${formatCpuList(taken)} polls, is the host's or another pod's`, 'let them be chosen anew');
    }
    const numaNode = wish.numaNode ?? online.get(ids[0] ?? 0)?.numaNode ?? 0;
    return this.#withMemory(object, wish, { cpus: ids, nodes: [numaNode] });
  }

  /** Where its CPUs and memory are to be had. */
  #placeSomewhere(object: string, wish: PodWish): Placing {
    const count = typeof wish.cpus === 'number' ? wish.cpus : 0;
    const nodes = this.#context.inventory.numaNodes.map(({ id }) => id).filter((id) => wish.numaNode === undefined || id === wish.numaNode);
    if (nodes.length === 0) {
      const reason = 'there is no such NUMA node';
      return {
        ok: false,
        refusal: {
          code: 'DPDK_NO_SUCH_NUMA_NODE',
          object,
          field: 'numaNode',
          value: shown(wish.numaNode ?? 0),
          reason,
          remedy: 'leave it out',
        },
      };
    }
    const roomy = nodes.filter((id) => this.#freeOn(id).length >= count);
    if (roomy.length === 0) {
      const most = Math.max(...nodes.map((id) => this.#freeOn(id).length));
      const reason = `at most ${most} CPUs of one NUMA node are free`;
      const remedy = 'ask for fewer, or free some';
      return { ok: false, refusal: { code: 'DPDK_NOT_ENOUGH_CPUS', object, field: 'cpus', value: shown(count), reason, remedy } };
    }
    return this.#withMemory(object, wish, { cpus: count, nodes: roomy });
  }

  #withMemory(
    object: string,
    wish: PodWish,
    on: { readonly cpus: number | readonly number[]; readonly nodes: readonly number[] },
  ): Placing {
    const { memoryMib = 0 } = wish;
    const { budget, hasBuffers } = this.#context;
    const nodes = on.nodes.filter(hasBuffers);
    const [numaNode] = on.nodes;
    if (nodes.length === 0 && numaNode !== undefined) {
      return { ok: false, refusal: noBuffers(object, { field: 'numaNode', value: shown(numaNode), numaNode }) };
    }
    for (const numaNode of nodes) {
      if (!budget.take(numaNode, memoryMib)) continue;
      const cpus = typeof on.cpus === 'number' ? this.#freeOn(numaNode).slice(0, on.cpus) : on.cpus;
      return { ok: true, place: { numaNode, cpus: [...cpus].toSorted((a, b) => a - b) } };
    }
    const most = nodes.map((id) => `${budget.freeMib(id)} MiB on NUMA node ${id}`).join(', ');
    const reason = `hugepages to be had: ${most}`;
    const remedy = 'ask for less, or move a pod away';
    return { ok: false, refusal: { code: 'DPDK_NOT_ENOUGH_MEMORY', object, field: 'memoryMib', value: shown(memoryMib), reason, remedy } };
  }

  #freeOn(numaNode: number): readonly number[] {
    return [...this.#free.values()].filter((cpu) => cpu.numaNode === numaNode).map(({ id }) => id);
  }
}

/**
 * Arguments of DPDK in the pod: two threads or more on its CPUs, its hugepages, and the interface, whose socket it serves.
 *
 * Open vSwitch maps the pod's memory by its file descriptors, of which there may be few; hence single-file segments.
 * @source DPDK, "EAL parameters"; "Poll Mode Driver for Emulated Virtio NIC", virtio_user
 */
function guestArguments(guest: {
  readonly path: string;
  readonly memoryMib: number;
  readonly queues: number;
  readonly cpus: readonly number[];
  readonly numaNode: number;
}): readonly string[] {
  const { path, memoryMib, queues, cpus, numaNode } = guest;
  const shared = `(${cpus.join(',')})`;
  const memory = Array.from({ length: numaNode + 1 }, (_, id) => (id === numaNode ? memoryMib : 0)).join(',');
  return [
    '--in-memory',
    '--single-file-segments',
    '--no-pci',
    ...(cpus.length > 1 ? ['--lcores', cpus.map((cpu, lcore) => `${lcore}@${cpu}`).join(',')] : ['--lcores', `0@${shared},1@${shared}`]),
    ...(memoryMib === 0 ? [] : ['--socket-mem', memory]),
    `--vdev=net_virtio_user0,path=${path},server=1,queues=${queues}`,
  ];
}

function valueProblems(object: string, wish: PodWish): readonly Refusal[] {
  const { uid, volume, socket, mountPath, bridge, portName } = wish;
  return [
    ...nameProblems(object, { uid, volume, socket, mountPath, bridge, portName }),
    ...(typeof wish.cpus === 'number' ? rangeProblem(object, 'cpus', { value: wish.cpus, from: 0, to: 1024 }) : []),
    ...rangeProblem(object, 'memoryMib', { value: wish.memoryMib, from: 0, to: MOST_MIB }),
    ...rangeProblem(object, 'queues', { value: wish.queues, from: 1, to: MAX_QUEUES }),
    ...mtuProblem(object, wish.mtuBytes),
  ];
}

function byPrecedence(a: PodWish, b: PodWish): number {
  const states = ({ cpus }: PodWish): number => (typeof cpus === 'string' ? 0 : 1);
  return states(a) - states(b) || compareText(keyOf(a), keyOf(b));
}

function keyOf({ uid, volume, socket, pod }: PodWish): string {
  return `${uid}/${volume}/${socket}/${pod}`;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
