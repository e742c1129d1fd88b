/**
 * From what a host has and what is wished to a plan, as plain data. It follows from the two alone: the plan of a host that is where the
 * plan wants it has no steps, and the order in which ports and pods are named changes nothing.
 */
import type { Fragment } from '@kube-ovn/ovsdb';
import { formatCpuList, parseCpuList } from './cpu-set.ts';
import { planCpus } from './cpus.ts';
import type { Refusal, Warning } from './finding.ts';
import type { Inventory } from './inventory.ts';
import { planMemory, type NumaMemory } from './memory.ts';
import { isMtu, nameProblems, rangeProblem } from './names.ts';
import { dpdkOtherConfig, extraArguments, settingsFragment } from './open-vswitch.ts';
import { planPods, type PlannedPod } from './pod.ts';
import { planPorts, type PlannedPort } from './port.ts';
import { undoSteps, type Step } from './step.ts';
import { VHOST_SOCKET_DIRECTORY } from './vhost-socket.ts';
import type { DpdkWish } from './wish.ts';

/** A plan: what the node will be like, and how it gets there. */
export interface DpdkPlan {
  /** Lists of CPUs: those that poll, those of DPDK's other threads, and those that are left to pods that want their own. */
  readonly cpus: { readonly pmd: string; readonly lcore: string; readonly free: string };
  /** Hugepages by NUMA node. */
  readonly memory: readonly NumaMemory[];
  /** Arguments to DPDK in Open vSwitch, beside those that it makes of its other settings. */
  readonly ealArguments: readonly string[];
  /** `Open_vSwitch.other_config`. */
  readonly otherConfig: Readonly<Record<string, string>>;
  /** The same for the planner of `@kube-ovn/ovsdb`. Ports have fragments of their own, to be wanted once `dpdk_initialized` is true. */
  readonly fragment: Fragment;
  readonly ports: readonly PlannedPort[];
  readonly pods: readonly PlannedPod[];
  /** What has to be done on the host, in this order, before ovs-vswitchd starts. */
  readonly steps: readonly Step[];
  /** The way back. Note it down before the steps are carried out: afterwards nobody knows what was before. */
  readonly undo: readonly Step[];
}

/** The plan without the ports and pods that are refused; or no plan, where the node itself cannot do it. */
export type DpdkPlanResult =
  | { readonly ok: true; readonly plan: DpdkPlan; readonly refusals: readonly Refusal[]; readonly warnings: readonly Warning[] }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

const DEFAULT_MTU_BYTES = 1500;
/** @source ovs-vswitchd.conf.db(5) other_config:pmd-maxsleep */
const MAX_SLEEP_US = 10_000;

/**
 * Plan DPDK on a host.
 *
 * @returns `ok: false` when CPUs, hugepages or a setting of the node itself are in the way; a port or pod that cannot be is left out and
 *   named in `refusals`
 */
export function planDpdk(inventory: Inventory, wish: DpdkWish): DpdkPlanResult {
  const { ports: portWishes = [], pods: podWishes = [], socketDirectory = VHOST_SOCKET_DIRECTORY } = wish;
  const problems = [
    ...nameProblems('node', { socketDirectory }),
    ...rangeProblem('node', 'pmdMaxSleepUs', { value: wish.pmdMaxSleepUs, from: 0, to: MAX_SLEEP_US }),
  ];
  const cpuResult = planCpus(inventory, wish);
  if (!cpuResult.ok) return { ok: false, refusals: [...problems, ...cpuResult.refusals] };
  const { cpus } = cpuResult;
  const memory = planMemory(inventory, wish, {
    pmdNodes: new Set(cpus.pmd.map(({ numaNode }) => numaNode)),
    mtusBytes: [...portWishes, ...podWishes].map(({ mtuBytes = DEFAULT_MTU_BYTES }) => mtuBytes).filter(isMtu),
  });
  if (!memory.ok || problems.length > 0) return { ok: false, refusals: [...problems, ...(memory.ok ? [] : memory.refusals)] };
  const { budget, socketMib } = memory;
  const hasBuffers = (numaNode: number): boolean => (socketMib[numaNode] ?? 0) > 0;
  const ports = planPorts(portWishes, { inventory, pmd: cpus.pmd, hasBuffers });
  const portNames = new Set(ports.ports.map(({ name }) => name));
  const pods = planPods(podWishes, { inventory, cpus, budget, hasBuffers, directory: socketDirectory, portNames });
  const taken = new Set(pods.pods.flatMap((pod) => parseCpuList(pod.cpus)));
  const otherConfig = dpdkOtherConfig({
    cpus,
    socketMib,
    pciAddresses: ports.pciAddresses,
    hasPinnedQueues: ports.ports.some(({ rxCpus }) => rxCpus !== undefined),
    pmdMaxSleepUs: wish.pmdMaxSleepUs,
  });
  const steps = [...budget.steps(), ...ports.steps];
  const plan: DpdkPlan = {
    cpus: {
      pmd: formatCpuList(cpus.pmd.map(({ id }) => id)),
      lcore: formatCpuList(cpus.lcore),
      free: formatCpuList(cpus.free.map(({ id }) => id).filter((id) => !taken.has(id))),
    },
    memory: budget.memory(),
    ealArguments: extraArguments(ports.pciAddresses),
    otherConfig,
    fragment: settingsFragment(otherConfig),
    ports: ports.ports,
    pods: pods.pods,
    steps,
    undo: undoSteps(steps),
  };
  return { ok: true, plan, refusals: [...ports.refusals, ...pods.refusals], warnings: [...cpuResult.warnings, ...ports.warnings] };
}
