/**
 * Sets of CPUs: the kernel's lists (`0-3,8`), and masks in hexadecimal as DPDK and Open vSwitch take them.
 */
import { DpdkError } from './errors.ts';
import { shown } from './finding.ts';

/** CONFIG_NR_CPUS is at most this on any architecture. */
const MAX_CPU_ID = 8191;

/** Ascending numbers of the CPUs in a list; undefined when it is none. The empty text is the empty list. */
export function readCpuList(text: string): readonly number[] | undefined {
  if (text.trim() === '') return [];
  const found = new Set<number>();
  for (const part of text.trim().split(',')) {
    const { first, last = first } = /^(?<first>\d{1,4})(?:-(?<last>\d{1,4}))?$/.exec(part)?.groups ?? {};
    const from = Number(first);
    const to = Number(last);
    if (!(from <= to && to <= MAX_CPU_ID)) return undefined;
    for (let id = from; id <= to; id++) found.add(id);
  }
  return [...found].toSorted((a, b) => a - b);
}

/**
 * Parse a list of CPUs.
 *
 * @throws {DpdkError} DPDK_BAD_CPU_LIST
 * @source cpuset(7), "List format"
 */
export function parseCpuList(text: string): readonly number[] {
  const cpus = readCpuList(text);
  if (cpus === undefined) throw new DpdkError('DPDK_BAD_CPU_LIST', `${shown(text)} is no list of CPUs such as 0-3,8`);
  return cpus;
}

/** The shortest list of some CPUs. */
export function formatCpuList(cpus: Iterable<number>): string {
  const runs: { first: number; last: number }[] = [];
  for (const id of [...new Set(cpus)].toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.last === id - 1) run.last = id;
    else runs.push({ first: id, last: id });
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/**
 * The mask of some CPUs, `0x10c`: bit n is CPU n.
 * @source ovs-vswitchd.conf.db(5) other_config:pmd-cpu-mask, other_config:dpdk-lcore-mask
 */
export function cpuMask(cpus: Iterable<number>): string {
  let mask = 0n;
  for (const id of cpus) mask |= 1n << BigInt(id);
  return `0x${mask.toString(16)}`;
}
