/**
 * Physical ports: a card that Open vSwitch drives itself, or a link of the kernel that it polls through a virtual device.
 */
import type { Fragment } from '@kube-ovn/ovsdb';
import { noBuffers, type Refusal, type Warning } from './finding.ts';
import type { Cpu, Inventory } from './inventory.ts';
import { mtuProblem, nameProblems, rangeProblem } from './names.ts';
import { planBinding } from './nic.ts';
import { portFragment } from './open-vswitch.ts';
import type { Step } from './step.ts';
import type { LinkPortWish, PciPortWish, PortWish } from './wish.ts';

/** A physical port of a plan. */
export interface PlannedPort {
  readonly name: string;
  readonly bridge: string;
  /** `options:dpdk-devargs`. */
  readonly devargs: string;
  /** Undefined for cards that stay the kernel's, and where the platform does not say. */
  readonly numaNode: number | undefined;
  readonly rxQueues: number;
  /** CPU of each receive queue, where they are pinned. */
  readonly rxCpus: readonly number[] | undefined;
  /** For the planner of `@kube-ovn/ovsdb`. */
  readonly fragment: Fragment;
}

/** The ports of a plan. */
export interface PortsPlan {
  readonly ports: readonly PlannedPort[];
  readonly steps: readonly Step[];
  /** Cards that DPDK drives. */
  readonly pciAddresses: readonly string[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly Warning[];
}

/** Where a port's packets come from. */
interface Source {
  readonly numaNode: number | undefined;
  readonly steps: readonly Step[];
  readonly pciAddress: string | undefined;
}

const MAX_QUEUES = 64;
const DESCRIPTORS = { from: 64, to: 4096 };

/** What ports are planned on. */
export interface PortContext {
  readonly inventory: Inventory;
  /** CPUs that poll. */
  readonly pmd: readonly Cpu[];
  /** Whether Open vSwitch has hugepages on a NUMA node. */
  readonly hasBuffers: (numaNode: number) => boolean;
}

/**
 * Plan the ports of a wish.
 *
 * Cards of one IOMMU group go to vfio together or not at all, so when one is refused the others are looked at again.
 */
export function planPorts(wishes: readonly PortWish[], context: PortContext): PortsPlan {
  const ordered = wishes.toSorted(
    (a, b) =>
      Number(a.kind !== 'pci') - Number(b.kind !== 'pci') || compareText(a.name, b.name) || compareText(sourceName(a), sourceName(b)),
  );
  let going = new Set(wishes.flatMap((wish) => (wish.kind === 'pci' ? [wish.pciAddress] : [])));
  for (;;) {
    const planner = new PortPlanner(context, going);
    for (const wish of ordered) planner.add(wish);
    const staying = [...going].filter((address) => planner.pciAddresses.includes(address));
    if (staying.length === going.size) return planner;
    going = new Set(staying);
  }
}

class PortPlanner implements PortsPlan {
  readonly ports: PlannedPort[] = [];
  readonly steps: Step[] = [];
  readonly pciAddresses: string[] = [];
  readonly refusals: Refusal[] = [];
  readonly warnings: Warning[] = [];
  readonly #context: PortContext;
  readonly #going: ReadonlySet<string>;
  readonly #names = new Set<string>();
  readonly #sources = new Map<string, string>();
  /** Links that vanish with their driver. */
  readonly #vanishing = new Map<string, string>();
  /** Turns by which pinned queues go round the CPUs, so that the second port does not begin with the first one's. */
  #turn = 0;

  constructor(context: PortContext, going: ReadonlySet<string>) {
    this.#context = context;
    this.#going = going;
  }

  add(wish: PortWish): void {
    const problems = [...valueProblems(wish), ...this.#taken(wish)];
    if (problems.length > 0) {
      this.refusals.push(...problems);
      return;
    }
    // Held even if it is refused: otherwise who gets a name would depend on what becomes of others.
    this.#names.add(wish.name);
    this.#sources.set(sourceName(wish), wish.name);
    const source = wish.kind === 'pci' ? this.#card(wish) : this.#link(wish);
    if (source === undefined) return;
    this.steps.push(...source.steps);
    if (source.pciAddress !== undefined) this.pciAddresses.push(source.pciAddress);
    this.ports.push(this.#port(wish, source));
  }

  #taken(wish: PortWish): readonly Refusal[] {
    const object = `port ${wish.name}`;
    const holder = this.#sources.get(sourceName(wish));
    const field = wish.kind === 'pci' ? 'pciAddress' : 'link';
    const name = { code: 'DPDK_NAME_TAKEN' as const, object, field: 'name', value: wish.name };
    const source = { code: 'DPDK_NAME_TAKEN' as const, object, field, value: sourceName(wish) };
    return [
      ...(this.#names.has(wish.name) ? [{ ...name, reason: 'another port has this name', remedy: 'name them differently' }] : []),
      ...(holder === undefined ? [] : [{ ...source, reason: `port ${holder} has it`, remedy: 'leave out one of the two' }]),
    ];
  }

  #card(wish: PciPortWish): Source | undefined {
    const binding = planBinding(wish, { inventory: this.#context.inventory, going: this.#going });
    if (!binding.ok) {
      this.refusals.push(binding.refusal);
      return undefined;
    }
    const { numaNode } = binding.nic;
    if (numaNode !== undefined && !this.#context.hasBuffers(numaNode)) {
      const field = 'pciAddress';
      this.refusals.push(noBuffers(`port ${wish.name}`, { field, value: wish.pciAddress, numaNode }));
      return undefined;
    }
    if (binding.steps.length > 0) for (const link of binding.nic.links) this.#vanishing.set(link, wish.name);
    return { numaNode, steps: binding.steps, pciAddress: wish.pciAddress };
  }

  #link(wish: LinkPortWish): Source | undefined {
    const field = 'link';
    const object = `port ${wish.name}`;
    const taker = this.#vanishing.get(wish.link);
    if (taker !== undefined) {
      const reason = `it goes when port ${taker} takes its card`;
      this.refusals.push({ code: 'DPDK_NAME_TAKEN', object, field, value: wish.link, reason, remedy: 'leave out one of the two' });
      return undefined;
    }
    if (this.#context.inventory.links.includes(wish.link)) return { numaNode: undefined, steps: [], pciAddress: undefined };
    const reason = 'there is no such network link';
    const remedy = `choose among ${this.#context.inventory.links.join(', ')}`;
    this.refusals.push({ code: 'DPDK_NO_SUCH_LINK', object, field, value: wish.link, reason, remedy });
    return undefined;
  }

  #port(wish: PortWish, { numaNode }: Source): PlannedPort {
    const pmd = this.#pollers(wish, numaNode);
    const rxQueues = wish.rxQueues ?? (wish.kind === 'pci' ? Math.min(pmd.length, MAX_QUEUES) : 1);
    const rxCpus = wish.pinQueues === true ? Array.from({ length: rxQueues }, () => pmd[this.#turn++ % pmd.length]?.id ?? 0) : undefined;
    const devargs = devargsOf(wish, rxQueues);
    const descriptors = wish.kind === 'pci' && wish.descriptors !== undefined ? String(wish.descriptors) : undefined;
    const fragment = portFragment({
      name: wish.name,
      bridge: wish.bridge,
      type: 'dpdk',
      options: {
        'dpdk-devargs': devargs,
        n_rxq: String(rxQueues),
        ...(descriptors === undefined ? {} : { n_rxq_desc: descriptors, n_txq_desc: descriptors }),
      },
      otherConfig: rxCpus === undefined ? {} : { 'pmd-rxq-affinity': rxCpus.map((cpu, queue) => `${queue}:${cpu}`).join(',') },
      externalIds: {},
      mtuBytes: wish.mtuBytes,
    });
    return { name: wish.name, bridge: wish.bridge, devargs, numaNode, rxQueues, rxCpus, fragment };
  }

  /** CPUs that poll near the card. */
  #pollers(wish: PortWish, numaNode: number | undefined): readonly Cpu[] {
    if (numaNode === undefined) return this.#context.pmd;
    const near = this.#context.pmd.filter((cpu) => cpu.numaNode === numaNode);
    if (near.length > 0) return near;
    this.warnings.push({
      code: 'DPDK_REMOTE_NUMA_NODE',
      object: `port ${wish.name}`,
      field: 'pmdCpus',
      value: this.#context.pmd.map(({ id }) => id).join(','),
      reason: `no CPU of NUMA node ${numaNode}, where the card is, polls`,
      remedy: `add a CPU of NUMA node ${numaNode}`,
    });
    return this.#context.pmd;
  }
}

function sourceName(wish: PortWish): string {
  return wish.kind === 'pci' ? wish.pciAddress : wish.link;
}

/** @source ovs-vswitchd.conf.db(5) options:dpdk-devargs; DPDK, "AF_PACKET poll mode driver", "AF_XDP poll mode driver" */
function devargsOf(wish: PortWish, rxQueues: number): string {
  switch (wish.kind) {
    case 'pci':
      return wish.pciAddress;
    case 'af_packet':
      return `net_af_packet_${wish.name},iface=${wish.link}${rxQueues === 1 ? '' : `,qpairs=${rxQueues}`}`;
    case 'af_xdp':
      return `net_af_xdp_${wish.name},iface=${wish.link}${rxQueues === 1 ? '' : `,queue_count=${rxQueues}`}`;
  }
}

function valueProblems(wish: PortWish): readonly Refusal[] {
  const object = `port ${wish.name}`;
  const names = wish.kind === 'pci' ? {} : { link: wish.link };
  return [
    ...nameProblems(object, { name: wish.name, bridge: wish.bridge, ...names }),
    ...rangeProblem(object, 'rxQueues', { value: wish.rxQueues, from: 1, to: MAX_QUEUES }),
    ...mtuProblem(object, wish.mtuBytes),
    ...(wish.kind === 'pci' ? descriptorProblem(object, wish.descriptors) : []),
  ];
}

function descriptorProblem(object: string, value: number | undefined): readonly Refusal[] {
  const problems = rangeProblem(object, 'descriptors', { value, ...DESCRIPTORS });
  if (value === undefined || problems.length > 0 || Number.isInteger(Math.log2(value))) return problems;
  return [
    {
      code: 'DPDK_BAD_VALUE',
      object,
      field: 'descriptors',
      value: String(value),
      reason: 'Open vSwitch takes only powers of 2 and uses 2048 instead',
      remedy: 'use 512, 1024, 2048 or 4096',
    },
  ];
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
