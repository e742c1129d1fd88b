/**
 * Hugepages: how many Open vSwitch needs on a NUMA node, how many pods, and how many have to be set aside.
 *
 * Pages are only added. Whoever set some aside before us may be using them.
 */
import { shown, type Refusal } from './finding.ts';
import type { Inventory, NumaNode } from './inventory.ts';
import type { HugepagesStep } from './step.ts';
import type { DpdkWish } from './wish.ts';

const MIB = 2 ** 20;
const KIB_PER_MIB = 1024;
const DEFAULT_SIZE_KIB = 2048;
const DEFAULT_SOCKET_MIB = 1024;
const DEFAULT_HOST_MIB = 1024;

/** Fewest buffers with which Open vSwitch still opens a port. @source Open vSwitch, lib/netdev-dpdk.c MIN_NB_MBUF */
const MIN_BUFFERS = 16_384;
/** Ethernet header and frame check sequence. */
const FRAME_BYTES = 18;
/** What DPDK keeps free before a packet. @source DPDK, RTE_PKTMBUF_HEADROOM */
const HEADROOM_BYTES = 128;
const ALIGN_BYTES = 1024;
/** A buffer without its data. @source Open vSwitch documentation, "DPDK Device Memory Models": 3008 bytes for MTU 1500, 10176 for 9000 */
const OVERHEAD_BYTES = 960;
/** What DPDK itself takes. Measured with DPDK 22.11: of 48 MiB a pool of 47 MiB is not to be had, of 64 MiB it is. */
const BASE_MIB = 16;

/** Memory of a NUMA node under a plan, in MiB of hugepages. */
export interface NumaMemory {
  readonly numaNode: number;
  /** Of Open vSwitch. */
  readonly socketMib: number;
  /** Of pods. */
  readonly podsMib: number;
}

/** Keeps count of what is promised on each NUMA node. */
export interface HugepageBudget {
  /** Promise memory to a pod; false, and nothing is promised, when the NUMA node cannot give as much. */
  take(numaNode: number, mib: number): boolean;
  /** MiB that could still be promised there. */
  freeMib(numaNode: number): number;
  memory(): readonly NumaMemory[];
  /** What has to be set aside beyond what is. */
  steps(): readonly HugepagesStep[];
}

/** The budget, or why Open vSwitch itself cannot run. */
export type BudgetResult =
  | { readonly ok: true; readonly budget: HugepageBudget; readonly socketMib: readonly number[] }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** What a budget depends on beside the host and the wish. */
export interface BudgetNeeds {
  /** NUMA nodes with poll-mode threads. */
  readonly pmdNodes: ReadonlySet<number>;
  readonly mtusBytes: readonly number[];
}

/**
 * Bytes of one packet buffer of Open vSwitch.
 * @param mtuBytes MTU of the port
 */
export function bufferBytes(mtuBytes: number): number {
  return Math.ceil((mtuBytes + FRAME_BYTES + HEADROOM_BYTES) / ALIGN_BYTES) * ALIGN_BYTES + OVERHEAD_BYTES;
}

/**
 * Least memory of Open vSwitch in MiB, for ports with these MTUs: ports whose buffers are of one size share them.
 *
 * With less it opens no port, and 3.1 was seen to crash with the port.
 */
export function leastSocketMib(mtusBytes: readonly number[]): number {
  const sizes = new Set(mtusBytes.map(bufferBytes));
  return BASE_MIB + Math.ceil([...sizes].reduce((sum, bytes) => sum + bytes * MIN_BUFFERS, 0) / MIB);
}

/** Give Open vSwitch its memory, and keep count of the rest. */
export function planMemory(inventory: Inventory, wish: DpdkWish, needs: BudgetNeeds): BudgetResult {
  const { hugepageSizeKib: sizeKib = DEFAULT_SIZE_KIB, hostMemoryMib = DEFAULT_HOST_MIB } = wish;
  const nodes = new Map(inventory.numaNodes.map((node) => [node.id, new NodeBudget(node, sizeKib, hostMemoryMib)]));
  const socketMib = socketMemory(inventory, wish, needs.pmdNodes);
  const wrong = valueProblems(wish);
  if (wrong.length > 0) return { ok: false, refusals: wrong };
  const refusals = [...sizeProblems(inventory, sizeKib, socketMib), ...bufferProblems(socketMib, needs)];
  if (refusals.length > 0) return { ok: false, refusals };
  for (const [numaNode, mib] of socketMib.entries()) {
    if (mib === 0) continue;
    const node = nodes.get(numaNode);
    if (node === undefined) refusals.push(noSuchNode(numaNode, mib, nodes));
    else if (!node.takeSocket(wholePages(mib, sizeKib))) refusals.push(tooLittle(numaNode, mib, node.freeMib));
  }
  if (refusals.length > 0) return { ok: false, refusals };
  const budget: HugepageBudget = {
    take: (numaNode, mib) => mib === 0 || nodes.get(numaNode)?.takePod(mib) === true,
    freeMib: (numaNode) => nodes.get(numaNode)?.freeMib ?? 0,
    memory: () => [...nodes.values()].map((node) => node.memory),
    steps: () => [...nodes.values()].flatMap((node) => node.step ?? []),
  };
  return { ok: true, budget, socketMib: socketMib.map((mib) => wholePages(mib, sizeKib)) };
}

/** What DPDK takes for so much. Its limit must not be less than the last page. */
function wholePages(mib: number, sizeKib: number): number {
  return (Math.ceil((mib * KIB_PER_MIB) / sizeKib) * sizeKib) / KIB_PER_MIB;
}

/** One NUMA node's pages of the chosen size. */
class NodeBudget {
  readonly #id: number;
  readonly #sizeKib: number;
  readonly #total: number;
  readonly #most: number;
  #socketMib = 0;
  #podsMib = 0;
  #pages = 0;

  constructor(node: NumaNode, sizeKib: number, hostMib: number) {
    this.#id = node.id;
    this.#sizeKib = sizeKib;
    const pool = node.hugepages.find((one) => one.sizeKib === sizeKib);
    this.#total = pool?.total ?? 0;
    const spareBytes = Math.max(0, node.availableBytes - hostMib * MIB);
    this.#most = this.#total + (pool === undefined ? 0 : Math.floor(spareBytes / (sizeKib * 1024)));
  }

  takeSocket(mib: number): boolean {
    if (!this.#take(mib)) return false;
    this.#socketMib += mib;
    return true;
  }

  takePod(mib: number): boolean {
    if (!this.#take(mib)) return false;
    this.#podsMib += mib;
    return true;
  }

  get freeMib(): number {
    return Math.floor(((this.#most - this.#pages) * this.#sizeKib) / KIB_PER_MIB);
  }

  get memory(): NumaMemory {
    return { numaNode: this.#id, socketMib: this.#socketMib, podsMib: this.#podsMib };
  }

  get step(): HugepagesStep | undefined {
    if (this.#pages <= this.#total) return undefined;
    return { kind: 'hugepages', numaNode: this.#id, sizeKib: this.#sizeKib, from: this.#total, to: this.#pages };
  }

  #take(mib: number): boolean {
    const pages = Math.ceil((mib * KIB_PER_MIB) / this.#sizeKib);
    if (this.#pages + pages > this.#most) return false;
    this.#pages += pages;
    return true;
  }
}

/** By NUMA node: position n is NUMA node n. */
function socketMemory(
  { numaNodes }: Inventory,
  { socketMemoryMib = DEFAULT_SOCKET_MIB }: DpdkWish,
  pmdNodes: ReadonlySet<number>,
): number[] {
  if (typeof socketMemoryMib !== 'number') return [...socketMemoryMib];
  const last = Math.max(...numaNodes.map(({ id }) => id), 0);
  return Array.from({ length: last + 1 }, (_, id) => (pmdNodes.has(id) ? socketMemoryMib : 0));
}

function valueProblems({ socketMemoryMib = DEFAULT_SOCKET_MIB, hostMemoryMib = DEFAULT_HOST_MIB }: DpdkWish): readonly Refusal[] {
  const stated = [
    ...[socketMemoryMib].flat().map((value) => ({ field: 'socketMemoryMib', value })),
    { field: 'hostMemoryMib', value: hostMemoryMib },
  ];
  return stated
    .filter(({ value }) => !Number.isInteger(value) || value < 0)
    .map(({ field, value }) => ({
      code: 'DPDK_BAD_VALUE' as const,
      object: 'node',
      field,
      value: shown(value),
      reason: 'this is no amount of memory',
      remedy: 'use a whole number of MiB',
    }));
}

function sizeProblems({ numaNodes }: Inventory, sizeKib: number, socketMib: readonly number[]): readonly Refusal[] {
  const without = numaNodes.filter(({ id, hugepages }) => (socketMib[id] ?? 0) > 0 && !hugepages.some((pool) => pool.sizeKib === sizeKib));
  return without.map(({ id, hugepages }) => ({
    code: 'DPDK_HUGEPAGE_SIZE' as const,
    object: 'node',
    field: 'hugepageSizeKib',
    value: shown(sizeKib),
    reason: `NUMA node ${id} has no hugepages of this size`,
    remedy: hugepages.length === 0 ? 'use a kernel with hugepages' : `use one of ${hugepages.map((pool) => pool.sizeKib).join(', ')}`,
  }));
}

function bufferProblems(socketMib: readonly number[], { pmdNodes, mtusBytes }: BudgetNeeds): readonly Refusal[] {
  const least = leastSocketMib(mtusBytes);
  const mtus = [...new Set(mtusBytes)].toSorted((a, b) => a - b).join(', ');
  const buffers = mtus === '' ? '' : `with packet buffers for MTU ${mtus} `;
  const nodes = new Set([...pmdNodes, ...[...socketMib.keys()].filter((id) => (socketMib[id] ?? 0) > 0)]);
  return [...nodes]
    .filter((id) => (socketMib[id] ?? 0) < least)
    .map((id) => ({
      code: 'DPDK_BUFFERS_TOO_LARGE' as const,
      object: 'node',
      field: 'socketMemoryMib',
      value: shown(socketMib[id] ?? 0),
      reason: `DPDK ${buffers}needs ${least} MiB on NUMA node ${id}`,
      remedy: `set ${least} or more, or use fewer different MTUs`,
    }));
}

function noSuchNode(numaNode: number, mib: number, nodes: ReadonlyMap<number, unknown>): Refusal {
  return {
    code: 'DPDK_NO_SUCH_NUMA_NODE',
    object: 'node',
    field: 'socketMemoryMib',
    value: shown(mib),
    reason: `there is no NUMA node ${numaNode}`,
    remedy: `give memory on ${[...nodes.keys()].join(', ')} alone`,
  };
}

function tooLittle(numaNode: number, mib: number, freeMib: number): Refusal {
  return {
    code: 'DPDK_NOT_ENOUGH_MEMORY',
    object: 'node',
    field: 'socketMemoryMib',
    value: shown(mib),
    reason: `NUMA node ${numaNode} can give ${freeMib} MiB as hugepages`,
    remedy: 'ask for less, add memory, or lower hostMemoryMib',
  };
}
