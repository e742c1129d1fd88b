/**
 * The machine room of a lab: namespaces, underlay, central OVN, one Open vSwitch and ovn-controller per node, and
 * the outside. Steps that don't need each other run side by side.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from '../errors.ts';
import { startCentral } from './central.ts';
import type { Layout } from './layout.ts';
import { describeLeftovers, findLeftovers, linksWithLabNames } from './leftovers.ts';
import { isAlive, startTicks } from './proc.ts';
import { readManifest, record } from './manifest.ts';
import { configureChassis, makeNodeFolders, startNode, type DpdkSettings } from './node.ts';
import { connectCentral, connectNode, connectOutside, makeNamespace, makeSwitches } from './network.ts';
import type { Supervisor } from './supervisor.ts';
import { tearDown } from './teardown.ts';
import { connectTrunk, startTrunk } from './trunk.ts';
import { throwIfCancelled } from './wait.ts';

export type Progress = (text: string) => void;

export interface InfraOptions {
  readonly layout: Layout;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** make the nodes chassis here, because no daemon will */
  readonly withoutDaemon?: boolean;
  /** nodes with DPDK, by name */
  readonly dpdk?: Readonly<Record<string, DpdkSettings>>;
}

/**
 * Take the lab's name: make its folder and write the first lines of the manifest.
 * What a supervisor that died has left under that name is removed first.
 *
 * @throws {LabError} LAB_NAME_IN_USE when a lab of that name runs
 */
export async function claimName(layout: Layout, progress: Progress): Promise<void> {
  const owner = supervisorOf(layout);
  if (owner !== undefined) {
    throw new LabError(
      'LAB_NAME_IN_USE',
      `a lab named ${layout.name} runs already (supervisor pid ${owner}); take it down with "down --name ${layout.name}" or choose another --name`,
    );
  }
  const left = describeLeftovers(findLeftovers(layout));
  if (left.length > 0) {
    progress(`removing what a lab named ${layout.name} left behind (${left.length} items)`);
    await tearDown(layout);
  }
  mkdirSync(dirname(layout.dir), { recursive: true, mode: 0o755 });
  try {
    mkdirSync(layout.dir, { mode: 0o700 });
  } catch (cause) {
    throw new LabError('LAB_NAME_IN_USE', `${layout.dir} was made by another lab just now; choose another --name`, { cause });
  }
  record(layout.manifest, { kind: 'supervisor', pid: process.pid, startTicks: startTicks(process.pid) ?? '' });
  record(layout.manifest, { kind: 'lab', nodes: layout.nodes, raft: layout.raft, families: layout.families });
  record(layout.manifest, { kind: 'links', names: linksWithLabNames() });
  record(layout.manifest, { kind: 'folder', path: layout.dir });
}

/** Pid of the living supervisor of a lab, if there is one. */
export function supervisorOf(layout: Pick<Layout, 'manifest'>): number | undefined {
  const entry = readManifest(layout.manifest).find(({ kind }) => kind === 'supervisor');
  return entry?.kind === 'supervisor' && isAlive(entry) ? entry.pid : undefined;
}

/** Start the machine room; on return every daemon answers and every node has its addresses. */
export async function startInfra(options: InfraOptions, supervisor: Supervisor): Promise<void> {
  const { layout, progress, signal } = options;
  const switches = makeNamespace(layout, layout.underlayNamespace).then(() => makeSwitches(layout));
  const run = async (title: string, work: () => Promise<void>): Promise<void> => {
    throwIfCancelled(signal);
    await work();
    throwIfCancelled(signal);
    progress(title);
  };
  const central = run('central: Northbound, Southbound and northd answer', async () => {
    await Promise.all([makeNamespace(layout, layout.central.namespace), switches]);
    await connectCentral(layout);
    await startCentral(layout, supervisor);
  });
  const outside = run(`outside: host ${layout.outside.host} is reachable from the underlay`, async () => {
    await Promise.all([makeNamespace(layout, layout.outside.namespace), switches]);
    await connectOutside(layout);
  });
  const namespaces = new Map(layout.nodeList.map(({ namespace }) => [namespace, makeNamespace(layout, namespace)]));
  const trunk = run(`physical network: VLANs ${layout.trunk.hosts.map(({ vlan }) => vlan).join(', ')} reach every node`, async () => {
    await Promise.all([outside, ...namespaces.values()]);
    await Promise.all(layout.nodeList.map((node) => connectTrunk(layout, node)));
    await startTrunk(layout, supervisor);
  });
  const nodes = layout.nodeList.map((node) =>
    run(`${node.name}: Open vSwitch and ovn-controller run`, async () => {
      makeNodeFolders(node);
      await Promise.all([namespaces.get(node.namespace), switches]);
      await connectNode(layout, node);
      await startNode(layout, node, { supervisor, central, dpdk: options.dpdk?.[node.name] });
      if (options.withoutDaemon === true) await configureChassis(layout, node);
    }),
  );
  // All of them end before an error is passed on: whoever cleans up must not race with half of the start.
  const results = await Promise.allSettled([switches, central, outside, trunk, ...namespaces.values(), ...nodes]);
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
  const first = failures.find((failure) => !(failure instanceof LabError && failure.code === 'LAB_CANCELLED')) ?? failures[0];
  if (first !== undefined) throw first instanceof Error ? first : new Error('start-up failed', { cause: first });
}
