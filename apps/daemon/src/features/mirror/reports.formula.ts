/** What a node copies → its entry in the status of each Mirror. */
import type { Mirror } from '@kube-ovn/api';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Orders } from './orders.formula.ts';
import { sinkPort, wayOf } from './rows.ts';

/** A port of ours as Open vSwitch has it. */
export interface PortFacts {
  /** Undefined while it is not in use. */
  readonly number: number | undefined;
  readonly error: string;
}

/** What became of the orders. */
export interface Progress {
  readonly ports: ReadonlyMap<string, PortFacts>;
  /** How many ports each Mirror row selects. */
  readonly selected: ReadonlyMap<string, number>;
  /** Why the rules of the bridge are not as they shall be. */
  readonly flowProblem: string | undefined;
}

interface Entry {
  readonly interfaces: number;
  readonly pods: Readonly<Record<string, string>>;
  readonly problem: string | undefined;
}

/** How many pods are told by name. */
const MAX_PODS = 100;

/** By name of the Mirror; those that this node has nothing to do with are not there. What is on its way is not told yet. */
export function reportsOf(
  { accepted, refused }: Orders,
  { ports, selected, flowProblem }: Progress,
): ReadonlyMap<string, Entry | 'on its way'> {
  const reports = new Map<string, Entry | 'on its way'>();
  for (const { mirror, interfaces, sink, rows } of accepted) {
    if (mirror === undefined) continue;
    const needed = [sinkPort(sink), ...Object.values(rows).map((row) => wayOf(row).near)];
    const broken = needed.find((name) => (ports.get(name)?.error ?? '') !== '');
    const problem = flowProblem ?? (broken === undefined ? undefined : `Open vSwitch can not use ${broken}: ${ports.get(broken)?.error}`);
    const isUsed = needed.every((name) => ports.get(name)?.number !== undefined);
    const isSelected = Object.values(rows).every((row) => selected.get(row) === interfaces.length);
    reports.set(mirror, problem === undefined && !(isUsed && isSelected) ? 'on its way' : entryOf(interfaces, problem));
  }
  for (const { mirror, interfaces, problem } of refused) reports.set(mirror, entryOf(interfaces, problem));
  return reports;
}

/** The node's part of a Mirror's status; undefined when it says the same already, or nothing is to be said. */
export function reportPatch(mirror: Mirror, node: string, entry: Entry | 'on its way' | undefined): ObjectPatch | undefined {
  if (entry === 'on its way') return undefined;
  const told = mirror.status?.nodes?.[node];
  if (entry === undefined) return told === undefined ? undefined : { status: { nodes: { [node]: null } } };
  const gone = Object.keys(told?.pods ?? {}).filter((pod) => entry.pods[pod] === undefined);
  return {
    status: {
      nodes: {
        [node]: {
          interfaces: entry.interfaces,
          pods: { ...entry.pods, ...Object.fromEntries(gone.map((pod) => [pod, null])) },
          problem: entry.problem ?? null,
        },
      },
    },
  };
}

function entryOf(interfaces: readonly { readonly pod: string; readonly name: string }[], problem: string | undefined): Entry {
  const byPod = new Map<string, string[]>();
  for (const { pod, name } of interfaces) byPod.set(pod, [...(byPod.get(pod) ?? []), name]);
  const pods = [...byPod].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, MAX_PODS);
  return {
    interfaces: problem === undefined ? interfaces.length : 0,
    pods: problem === undefined ? Object.fromEntries(pods.map(([pod, names]) => [pod, names.toSorted().join(' ')])) : {},
    problem,
  };
}
