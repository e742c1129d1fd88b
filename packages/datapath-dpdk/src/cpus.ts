/**
 * Which CPUs poll, which does DPDK's other work, and which pods may have for themselves.
 *
 * A thread that polls never lets go of its CPU, so one is chosen per core, its sibling is given to nobody, and the core of the first
 * CPU that the scheduler uses stays with the host.
 */
import { formatCpuList, readCpuList } from './cpu-set.ts';
import { shown, type Refusal, type RefusalCode, type Warning } from './finding.ts';
import type { Cpu, Inventory } from './inventory.ts';
import type { DpdkWish } from './wish.ts';

/** CPUs of a node, by what they are for. */
export interface CpuPlan {
  /** Poll-mode threads. */
  readonly pmd: readonly Cpu[];
  /** DPDK's other threads. */
  readonly lcore: readonly number[];
  /** Everything that does not poll may run there. */
  readonly shared: readonly number[];
  /** Pods may have them alone; the best first. */
  readonly free: readonly Cpu[];
}

/** The CPUs, or why not. */
export type CpuResult =
  | { readonly ok: true; readonly cpus: CpuPlan; readonly warnings: readonly Warning[] }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

type Choice = { readonly ok: true; readonly cpus: readonly Cpu[] } | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** Share out the CPUs of a node. */
export function planCpus(inventory: Inventory, wish: DpdkWish): CpuResult {
  const pmd = wish.pmdCpus === undefined ? choosePmd(inventory, wish) : statedCpus(inventory, 'pmdCpus', wish.pmdCpus);
  if (!pmd.ok) return pmd;
  const taken = new Set(pmd.cpus.map(({ id }) => id));
  const lcore = wish.lcoreCpus === undefined ? chooseLcore(inventory, pmd.cpus) : statedCpus(inventory, 'lcoreCpus', wish.lcoreCpus);
  if (!lcore.ok) return lcore;
  const both = lcore.cpus.filter(({ id }) => taken.has(id));
  if (both.length > 0) {
    const reason = `CPU ${listOf(both)} polls, and would leave nothing to another thread`;
    return refused('DPDK_CPU_TAKEN', {
      field: 'lcoreCpus',
      value: listOf(lcore.cpus),
      reason,
      remedy: 'name CPUs that are not in pmdCpus',
    });
  }
  const busy = new Set([...pmd.cpus, ...lcore.cpus].flatMap(({ siblings }) => siblings));
  const cpus: CpuPlan = {
    pmd: pmd.cpus,
    lcore: lcore.cpus.map(({ id }) => id),
    shared: sharedCpus(inventory, lcore.cpus, taken),
    free: inventory.cpus.filter(({ id }) => !busy.has(id)).toSorted(bestFirst),
  };
  return { ok: true, cpus, warnings: notIsolated(pmd.cpus) };
}

function sharedCpus({ cpus }: Inventory, lcore: readonly Cpu[], pmd: ReadonlySet<number>): readonly number[] {
  const others = cpus.filter(({ id, isIsolated }) => !isIsolated && !pmd.has(id));
  return (others.length > 0 ? others : lcore).map(({ id }) => id);
}

/** CPUs that the wish names. */
function statedCpus(inventory: Inventory, field: 'pmdCpus' | 'lcoreCpus', text: string): Choice {
  const ids = readCpuList(text);
  const value = shown(text);
  if (ids === undefined || ids.length === 0) {
    return refused('DPDK_BAD_CPU_LIST', { field, value, reason: 'this names no CPUs', remedy: 'write it like 0-3,8' });
  }
  const online = new Map(inventory.cpus.map((cpu) => [cpu.id, cpu]));
  const missing = ids.filter((id) => !online.has(id));
  if (missing.length > 0) {
    const reason = `CPU ${formatCpuList(missing)} is not online`;
    return refused('DPDK_CPU_OFFLINE', { field, value, reason, remedy: `choose among ${formatCpuList(online.keys())}` });
  }
  return { ok: true, cpus: ids.flatMap((id) => online.get(id) ?? []) };
}

function choosePmd(inventory: Inventory, { pmdCpusPerNumaNode: count = 1 }: DpdkWish): Choice {
  const field = 'pmdCpusPerNumaNode';
  if (!Number.isInteger(count) || count < 1) {
    return refused('DPDK_BAD_VALUE', {
      field,
      value: shown(count),
      reason: 'without a thread that polls nothing moves',
      remedy: 'use 1 or more',
    });
  }
  const host = new Set(hostCore(inventory));
  const chosen: Cpu[] = [];
  for (const numaNode of new Set(inventory.cpus.map((cpu) => cpu.numaNode))) {
    const cores = inventory.cpus.filter((cpu) => cpu.numaNode === numaNode && !host.has(cpu.id) && cpu.id === Math.min(...cpu.siblings));
    if (cores.length < count) {
      const reason = `NUMA node ${numaNode} has ${cores.length} cores beside that of the host`;
      const remedy = 'ask for fewer, or name CPUs in pmdCpus';
      return refused('DPDK_NOT_ENOUGH_CPUS', { field, value: shown(count), reason, remedy });
    }
    chosen.push(...cores.toSorted(bestFirst).slice(0, count));
  }
  return { ok: true, cpus: chosen.toSorted(byId) };
}

/** The core that stays with the host. */
function hostCore({ cpus }: Inventory): readonly number[] {
  return (cpus.find(({ isIsolated }) => !isIsolated) ?? cpus[0])?.siblings ?? [];
}

/** One CPU that does not poll: best of all one that the scheduler uses anyway, and not on a core that polls. */
function chooseLcore({ cpus }: Inventory, pmd: readonly Cpu[]): Choice {
  const polling = new Set(pmd.map(({ id }) => id));
  const disturbing = new Set(pmd.flatMap(({ siblings }) => siblings));
  const score = (cpu: Cpu): number => (cpu.isIsolated ? 2 : 0) + (disturbing.has(cpu.id) ? 1 : 0);
  const [best] = cpus.filter(({ id }) => !polling.has(id)).toSorted((a, b) => score(a) - score(b) || a.id - b.id);
  if (best !== undefined) return { ok: true, cpus: [best] };
  const reason = 'no CPU is left to the host and to the other threads of Open vSwitch';
  return refused('DPDK_NO_CPU_LEFT', { field: 'pmdCpus', value: listOf(pmd), reason, remedy: 'leave out one of them' });
}

function notIsolated(pmd: readonly Cpu[]): readonly Warning[] {
  const disturbed = pmd.filter(({ isIsolated }) => !isIsolated);
  if (disturbed.length === 0) return [];
  return [
    {
      code: 'DPDK_CPU_NOT_ISOLATED',
      object: 'node',
      field: 'pmdCpus',
      value: listOf(disturbed),
      reason: 'the scheduler may run other threads there, which delays packets',
      remedy: `boot with isolcpus=${listOf(disturbed)}`,
    },
  ];
}

function refused(code: RefusalCode, rest: Omit<Refusal, 'code' | 'object'>): { readonly ok: false; readonly refusals: readonly Refusal[] } {
  return { ok: false, refusals: [{ code, object: 'node', ...rest }] };
}

function listOf(cpus: readonly Cpu[]): string {
  return formatCpuList(cpus.map(({ id }) => id));
}

function byId(a: Cpu, b: Cpu): number {
  return a.id - b.id;
}

/** Isolated ones, then core by core. */
function bestFirst(a: Cpu, b: Cpu): number {
  return Number(b.isIsolated) - Number(a.isIsolated) || Math.min(...a.siblings) - Math.min(...b.siblings) || a.id - b.id;
}
