/**
 * A term: from taking the lease to losing it. Everything that writes lives here and ends here; what only reads (informers, replica,
 * formulas) is older than a term and stays warm between terms.
 */
import { type IP, type OvnEip, resources, type Vip } from '@kube-ovn/api';
import {
  deriveTable,
  type DerivedTable,
  expandTable,
  isSamePlainData,
  mergeTables,
  type Scheduler,
  type SourceTable,
  type Table,
} from '@kube-ovn/dataflow';
import { Allocator, type SubnetUsage } from '@kube-ovn/ipam';
import { type EventRecorder, eventRecorder, type Informer } from '@kube-ovn/kube';
import type { Config } from './config/config.ts';
import type { AllocationPool, AllocationSubnet } from './effects/address-space.ts';
import { Allocation } from './effects/allocation.ts';
import type { Refusal } from './effects/waiting.ts';
import { createDefaults } from './effects/create-defaults.ts';
import { defaultObjects } from './effects/defaults.ts';
import { eipKey, eipOfKey, type HeldLease, vipKey, vipOfKey } from './effects/demand.ts';
import { eipEntry, eipJournal } from './effects/eip-object.ts';
import { KubeJournal } from './effects/journal.ts';
import { ReleaseTeller } from './effects/release-teller.ts';
import { type RestoredLease, takeOver } from './effects/restore.ts';
import { joinJournals, ObjectJournal } from './effects/object-journal.ts';
import { vipEntry, vipJournal } from './effects/vip-object.ts';
import { readWitnesses } from './effects/witnesses.ts';
import type { Graph } from './features/graph.ts';
import { isRetained, type Keepers } from './features/pod/retained.formula.ts';
import { rangeText } from './inputs/ip-pool.ts';
import { cidrOf, gatewayOf } from './inputs/subnet.ts';
import type { Ports } from './ports.ts';
import { objectOfHolder, reportDisagreement, reportRefusedFragment } from './reports.ts';
import type { Wanted } from './sinks/combine.ts';
import { type KubernetesSinks, kubernetesSinks } from './sinks/kubernetes.ts';
import { type NorthboundSink, northboundSink } from './sinks/northbound.ts';
import type { KubernetesSources } from './sources/kubernetes.ts';

/** Cells that the allocation writes and formulas read. */
export interface AllocationCells {
  readonly leases: SourceTable<HeldLease>;
  readonly holds: SourceTable<string>;
  readonly usage: SourceTable<SubnetUsage>;
  readonly poolUsage: SourceTable<SubnetUsage>;
  readonly refusals: SourceTable<Refusal>;
}

export interface TermOptions {
  readonly config: Config;
  /** Fenced: they refuse to write once the lease is lost. */
  readonly ports: Ports;
  readonly sources: KubernetesSources;
  readonly graph: Graph;
  readonly cells: AllocationCells;
  readonly wanted: Wanted;
  /** Nothing is deleted because a list was empty: no safety brake. */
  readonly hasFollowed: boolean;
  /** Nothing is sent to OVN. */
  readonly isRehearsal?: boolean;
}

/** As many Events of one Subnet as of all: in a burst each tells of many addresses. */
const releaseRate = { burst: 200, refillMs: 100 };

/** How long the end of a term waits for IP objects that are being written, and then for Events. */
const drainMs = 5000;

const brakeMessage =
  'safety brake: a larger share of the rows in OVN than this has no object in Kubernetes; nothing is deleted. If the objects are really gone, restart with --safety-brake-share=1';

export interface Term extends AsyncDisposable {
  readonly northbound: NorthboundSink;
  readonly kubernetes: KubernetesSinks;
  readonly allocation: Allocation;
  readonly events: EventRecorder;
}

/**
 *     witnesses ──► allocator, leases ──► fragments ──► Northbound
 *                        ▲                   patches ──► Kubernetes
 *     demands ──► allocation ──► journal (IP objects)
 *
 * @throws {KubeError} when the journal can not be read; nothing has been written then
 */
export async function startTerm(options: TermOptions): Promise<Term> {
  const { config, ports, sources, graph, cells, wanted } = options;
  const { kube, scheduler, log, wallClock } = ports;
  // Not from the cache, which may be behind the former leader's last write.
  const [{ items: journal }, { items: vips }, { items: eips }] = await Promise.all([
    kube.list(resources.ip),
    kube.list(resources.vip),
    kube.list(resources.ovnEip),
  ]);
  for (const ip of journal) sources.ips.upsert(ip);
  for (const vip of vips) sources.vips.upsert(vip);
  for (const eip of eips) sources.ovnEips.upsert(eip);
  const events = eventRecorder(kube, 'kube-ovn-controller', { scheduler, random: ports.random, wallClock });
  const allocator = new Allocator({ random: ports.random });
  const subnets = allocationSubnets(graph);
  const pools = allocationPools(graph);
  const restored = restore(options, { allocator, journal, vips, eips, events });
  const northbound = northboundSink({
    client: ports.northbound,
    clock: ports.clock,
    fragments: wanted.fragments,
    brakeShare: options.hasFollowed ? 1 : config.brakeShare,
    isRehearsal: options.isRehearsal,
    onReport: (owner, problem) => reportRefusedFragment({ log, events, sources, interfaces: graph.interfaces }, owner, problem),
  });
  const keepers = keepersOf(options);
  const retained = deriveTable('retained leases', sources.ips.table, (_name, ip) => (isRetained(ip, keepers) ? true : undefined));
  const vipEntries = expandTable('vip entries', sources.vips.table, (name, vip) => [[vipKey(name), vipEntry(vip)] as const], {
    equals: isSamePlainData,
  });
  const eipEntries = expandTable('eip entries', sources.ovnEips.table, (name, eip) => [[eipKey(name), eipEntry(eip)] as const], {
    equals: isSamePlainData,
  });
  const entries = mergeTables('journal entries', [sources.ips.table, vipEntries, eipEntries]);
  const shown = shownLeases(graph);
  const maxWrites = config.maxJournalWrites;
  const written = joinJournals(new KubeJournal(kube, sources.ips, maxWrites), [
    {
      isOf: (key) => vipOfKey(key) !== undefined,
      journal: new ObjectJournal(kube, { form: vipJournal, informer: sources.vips, entries: vipEntries, maxWrites }),
    },
    {
      isOf: (key) => eipOfKey(key) !== undefined,
      journal: new ObjectJournal(kube, { form: eipJournal, informer: sources.ovnEips, entries: eipEntries, maxWrites }),
    },
  ]);
  const told = eventRecorder(kube, 'kube-ovn-controller', { scheduler, random: ports.random, wallClock, perObject: releaseRate });
  const releases = releaseTeller(options, told);
  const allocation = new Allocation({
    allocator,
    journal: written,
    scheduler,
    demands: wanted.demands,
    subnets,
    pools,
    entries,
    retained,
    ports: shown.table,
    isPortSettled: (lease) => ownersOf(lease).every((owner) => northbound.synchronizer.realised(owner)),
    ...cells,
    onFailure: (name, error) => log.warn({ name, error }, 'IP object could not be written; trying again'),
    onReleased: (ended) => releases.released(ended),
    onSubnetRefused: (name, messages) => log.warn({ subnet: name, messages }, 'Subnet stays as it was for the allocation'),
  });
  allocation.start(restored);
  void northbound.synchronizer.settled().then(() => {
    if (northbound.synchronizer.stats.brakeEngaged) log.error({ share: config.brakeShare }, brakeMessage);
  });
  const kubernetes = kubernetesSinks({
    client: kube,
    events,
    sources,
    patches: wanted.patches,
    objects: wanted.objects,
    notices: wanted.notices,
    scheduler,
    random: ports.random,
    wallClock,
  });
  const defaults = createDefaults({
    client: kube,
    wanted: defaultObjects(config),
    vpcs: sources.vpcs.table,
    subnets: sources.subnets.table,
    scheduler,
    log,
  });
  const end = async (): Promise<void> => {
    for (const each of [defaults, kubernetes, allocation, retained, subnets, pools, entries, vipEntries, eipEntries, shown])
      each[Symbol.dispose]();
    await northbound[Symbol.asyncDispose]();
    await atMost(written.settled(), { scheduler, ms: drainMs });
    releases[Symbol.dispose]();
    await atMost(told.settled(), { scheduler, ms: drainMs });
    for (const cell of Object.values(cells)) cell.replace([]);
  };
  return { northbound, kubernetes, allocation, events, [Symbol.asyncDispose]: end };
}

function releaseTeller({ sources, ports: { scheduler, wallClock } }: TermOptions, events: EventRecorder): ReleaseTeller {
  return new ReleaseTeller({
    events,
    scheduler,
    subnet: (name) => sources.subnets.table.peek(name) ?? { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', name },
    holder: (lease) => objectOfHolder(sources, lease),
    wallClock,
  });
}

/** Wait for work, but no longer than this. */
function atMost(work: Promise<void>, bound: { readonly scheduler: Scheduler; readonly ms: number }): Promise<void> {
  return new Promise((resolve) => {
    const cancel = bound.scheduler.setTimeout(resolve, bound.ms);
    void work.finally(() => {
      cancel();
      resolve();
    });
  });
}

/** What keeps addresses beyond a pod. */
function keepersOf({ config: { keepVmIp }, sources, graph }: TermOptions): Keepers {
  const { statefulSets, virtualMachines, virtualMachineInstances } = sources;
  return {
    statefulSet: (key) => statefulSets.table.get(key),
    virtualMachine: (key) => (keepVmIp ? virtualMachines.table.get(key) : undefined),
    virtualMachineInstance: (key) => (keepVmIp ? virtualMachineInstances.table.get(key) : undefined),
    attachment: (key) => graph.attachments.get(key),
    isHidden: () => keepVmIp && [virtualMachines, virtualMachineInstances].some(isHidden),
  };
}

/**
 * Whether a kind may have objects that have not been seen. That the server does not know the kind is no answer: one that has just started
 * may say so of a kind whose objects it has, and addresses that are given back do not return.
 */
function isHidden({ state }: Pick<Informer<unknown>, 'state'>): boolean {
  return state.value !== 'live';
}

/** Subnets in force as the allocator takes them. */
function allocationSubnets({ subnets }: Graph): DerivedTable<AllocationSubnet> {
  return deriveTable(
    'allocation subnets',
    subnets,
    (name, subnet): AllocationSubnet => ({
      config: { name, cidr: cidrOf(subnet), gateway: gatewayOf(subnet), exclude: subnet.excludeIps },
      isOpen: !subnet.isTerminating,
      isKept: subnet.isKept,
    }),
    { equals: isSamePlainData },
  );
}

/** What OVN shows of leases: ports, and by their keys Vips, OvnEips and junctions of Subnets. */
function shownLeases({ northbound }: Graph): Disposable & { readonly table: Table<unknown> } {
  const ofVips = expandTable('ports of vips', northbound.ports, (name, { vip }) => (vip === name ? [[vipKey(vip), true] as const] : []));
  const ofRows = expandTable('rows of leases', northbound.external, (_key, { lease }) => [[lease, true] as const]);
  const table = mergeTables<unknown>('ports of leases', [northbound.ports, ofVips, ofRows]);
  return {
    table,
    [Symbol.dispose]: () => {
      table[Symbol.dispose]();
      ofVips[Symbol.dispose]();
      ofRows[Symbol.dispose]();
    },
  };
}

/** IPPools in force as the allocator takes them. */
function allocationPools({ ipPools }: Graph): DerivedTable<AllocationPool> {
  return deriveTable(
    'allocation pools',
    ipPools,
    (name, { subnet, ranges, isTerminating }): AllocationPool => ({
      config: { subnet, name, ranges: ranges.map(rangeText) },
      isOpen: !isTerminating,
    }),
    { equals: isSamePlainData },
  );
}

function restore(
  { config, sources, graph, ports: { log } }: TermOptions,
  into: {
    readonly allocator: Allocator;
    readonly journal: readonly IP[];
    readonly vips: readonly Vip[];
    readonly eips: readonly OvnEip[];
    readonly events: EventRecorder;
  },
): readonly RestoredLease[] {
  for (const [name, subnet] of graph.subnets.entries()) {
    into.allocator.setSubnet({ name, cidr: cidrOf(subnet), gateway: gatewayOf(subnet), exclude: subnet.excludeIps });
  }
  const witnesses = readWitnesses({
    ips: into.journal,
    vips: into.vips,
    eips: into.eips,
    pods: [...sources.pods.table.entries()].map(([, pod]) => pod),
    attachment: (key) => graph.attachments.peek(key),
    keepVmIp: config.keepVmIp,
    nodes: [...sources.nodes.table.entries()].map(([, node]) => node),
    ports: graph.northbound.ports.entries(),
  });
  const { leases, disagreements } = takeOver(into.allocator, witnesses);
  for (const disagreement of disagreements)
    reportDisagreement({ log, events: into.events, sources, interfaces: graph.interfaces }, disagreement);
  log.info({ leases: leases.length, witnesses: witnesses.length, disagreements: disagreements.length }, 'leases restored');
  return leases;
}

/** Owners of the fragments that state a lease's port. */
function ownersOf({ holder, owner: port, subnet }: HeldLease): readonly string[] {
  // the feature's prefix and the key's are the same
  if (holder.kind === 'Vip') return [vipKey(holder.name)];
  if (holder.kind === 'OvnEip') return [eipKey(holder.name)];
  if (holder.kind === 'Subnet') return [`interconnection/${subnet}`];
  return holder.kind === 'Node' ? [`node/${holder.name}`] : [`pod/${port}`, `gateway/pod/${port}`];
}
