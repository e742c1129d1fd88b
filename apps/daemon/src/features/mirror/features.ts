/**
 * Copies of traffic, put together.
 *
 *     Mirrors, attachments, Pods, Namespaces ─► orders ─┬─► fragments ─► Open_vSwitch database ─► ports of ours
 *                                                       ├─► rules of br-mirror ◄───────────────────────┤
 *                                                       └─► entries in the status of Mirrors ◄─────────┘
 */
import { podAnnotations, type Mirror, type Namespace, type Pod, type Problem, readMirror } from '@kube-ovn/api';
import { deriveTable, expandTable, formula, isSamePlainData, sourceTable, type Cell, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Fragment } from '@kube-ovn/ovsdb';
import { readPodInterface } from '../../inputs/pod-interface.ts';
import type { Attachment } from '../attachment/record.ts';
import { mirrorFlows } from './flows.formula.ts';
import { orderFragment, orderOwner } from './fragment.formula.ts';
import { type NodeInterface, type Orders, ordersOf } from './orders.formula.ts';
import { MIRROR_BRIDGE } from './rows.ts';
import { type PortFacts, reportPatch, reportsOf } from './reports.formula.ts';

/** What is known of the rules of the bridge. */
export interface FlowState {
  /** Those that were written last. */
  readonly written: readonly string[] | undefined;
  /** Why others could not be written. */
  readonly problem: string | undefined;
}

export interface MirrorInputs {
  readonly config: { readonly nodeName: string; readonly mirrorsAll: boolean; readonly mirrorInterface: string };
  readonly mirrors: Table<Mirror>;
  readonly attachments: Table<Attachment>;
  readonly pods: Table<Pod>;
  readonly namespaces: Table<Namespace>;
  /** The lists of Mirrors, pods and namespaces are complete, and so is what was found in the database. */
  readonly mirrorsKnown: Cell<boolean>;
  readonly links: Cell<readonly { readonly name: string }[]>;
  readonly database: Cell<{ readonly isUserspaceDatapath: boolean }>;
  /** Ports of ours for copies, by name. */
  readonly mirrorPorts: Cell<ReadonlyMap<string, PortFacts>>;
  /** How many ports each Mirror row of ours selects, by name. */
  readonly mirrorRows: Cell<ReadonlyMap<string, number>>;
  readonly flowState: Cell<FlowState>;
}

export interface MirrorFeatures {
  /** By owner; nothing until it is known what is wanted. */
  readonly fragments: Table<Fragment>;
  /** An interface of a pod, or what is wrong with its annotation; by attachment. */
  readonly readings: Table<InterfaceReading>;
  /** Interfaces of the node that get copies. */
  readonly links: Cell<readonly string[]>;
  /** Rules of the bridge; undefined while Open vSwitch has none. */
  readonly flows: Cell<readonly string[] | undefined>;
  /** By name of the Mirror. */
  readonly patches: Table<ObjectPatch>;
}

/** An interface of a pod as Mirrors see it. */
export interface InterfaceReading {
  /** Undefined: its pod is not known, or is another one by now. */
  readonly value: NodeInterface | undefined;
  /** Its annotation can not be read. */
  readonly problem: Problem | undefined;
}

const same = { equals: isSamePlainData };
const NONE: Orders = { accepted: [], refused: [] };
/** Name under which the planner knows the rows that were there when the daemon started. */
export const FOUND_MIRRORS = 'mirrors as found';

/** Put the formulas together. */
export function mirrorFeatures(inputs: MirrorInputs): MirrorFeatures {
  const { config, mirrors, mirrorsKnown, mirrorPorts, flowState } = inputs;
  const readings = deriveTable('copied interfaces', inputs.attachments, (_, attachment) => readingOf(attachment, inputs), same);
  // the status of a Mirror changes with every node that tells of itself
  const sources = deriveTable('mirrors without their reports', mirrors, (_, mirror) => withoutReports(mirror), same);
  const all = <T>(table: Table<T>): readonly T[] => [...table.entries()].map(([, each]) => each);
  const interfaces = formula(
    () =>
      all(readings)
        .flatMap(({ value }) => value ?? [])
        .toSorted((a, b) => (a.link < b.link ? -1 : 1)),
    same,
  );
  const foreignLinks = formula(() => inputs.links.value.flatMap(({ name }) => (mirrorPorts.value.has(name) ? [] : [name])), same);
  const orders = formula(
    () =>
      mirrorsKnown.value
        ? ordersOf({ ...config, mirrors: all(sources), interfaces: interfaces.value, foreignLinks: foreignLinks.value })
        : undefined,
    same,
  );
  const addresses = formula(() => [...new Set(all(sources).flatMap(sinkAddresses))].toSorted(), same);
  const flows = formula(() => {
    const { accepted } = orders.value ?? NONE;
    const port = (name: string): number | undefined => mirrorPorts.value.get(name)?.number;
    return accepted.length === 0 || port(MIRROR_BRIDGE) === undefined ? undefined : mirrorFlows(accepted, addresses.value, port);
  }, same);
  const reports = formula(() => {
    if (orders.value === undefined) return undefined;
    const { written, problem } = flowState.value;
    const isWritten = orders.value.accepted.length === 0 || (flows.value !== undefined && isSamePlainData(written, flows.value));
    // what is on its way is not told
    return !isWritten && problem === undefined
      ? undefined
      : reportsOf(orders.value, {
          ports: mirrorPorts.value,
          selected: inputs.mirrorRows.value,
          flowProblem: isWritten ? undefined : problem,
        });
  }, same);
  const only = sourceTable<true>('copies');
  only.set('orders', true);
  return {
    readings,
    links: formula(() => [...new Set((orders.value ?? NONE).accepted.flatMap(({ sink }) => ('link' in sink ? [sink.link] : [])))], same),
    flows,
    fragments: expandTable(
      'fragments of copies',
      only,
      () => {
        if (orders.value === undefined) return [];
        const datapathType = inputs.database.value.isUserspaceDatapath ? 'netdev' : 'system';
        const wanted = orders.value.accepted.map((order) => [orderOwner(order), orderFragment(order, datapathType)] as const);
        // in place of what was found
        return [...wanted, [FOUND_MIRRORS, { rows: [], members: [] }] as const];
      },
      same,
    ),
    patches: deriveTable(
      'reports of copies',
      mirrors,
      (name, mirror) => (reports.value === undefined ? undefined : reportPatch(mirror, config.nodeName, reports.value.get(name))),
      same,
    ),
  };
}

function readingOf(attachment: Attachment, { pods, namespaces }: MirrorInputs): InterfaceReading {
  const key = `${attachment.namespace}/${attachment.pod}`;
  const pod = pods.get(key);
  const nic = pod === undefined || pod.metadata.uid !== attachment.podUid ? undefined : readPodInterface(pod, attachment);
  if (pod === undefined || nic?.state !== 'ready') return { value: undefined, problem: undefined };
  const { provider } = nic.value;
  const wish = podAnnotations(provider).mirror.read(pod);
  return {
    value: {
      link: attachment.hostLink,
      name: attachment.ifName,
      pod: key,
      provider,
      labels: pod.metadata.labels ?? {},
      namespaceLabels: namespaces.get(attachment.namespace)?.metadata.labels ?? {},
      isAnnotated: wish.ok && wish.value === true,
    },
    problem: wish.ok ? undefined : wish.problem,
  };
}

function withoutReports({ metadata, spec, status }: Mirror): Mirror {
  const { name, deletionTimestamp } = metadata;
  return {
    metadata: { name, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
    spec,
    ...(status?.sinkAddress === undefined ? {} : { status: { sinkAddress: status.sinkAddress } }),
  };
}

/** Where copies are sent to, by whichever node. */
function sinkAddresses(mirror: Mirror): readonly string[] {
  const reading = readMirror(mirror);
  if (!reading.ok || reading.value.sink.kind === 'interface') return [];
  if (reading.value.sink.kind === 'collector') return [reading.value.sink.address];
  return mirror.status?.sinkAddress === undefined || mirror.status.sinkAddress === '' ? [] : [mirror.status.sinkAddress];
}
