/**
 * Mirror → its status: whether it can be in force, the address of the pod that gets the copies, and how far the nodes are.
 *
 * Reads: the Mirror with what nodes have told in its status, the pod of `spec.sink.pod`, the interfaces that it selects. Nodes copy by
 * themselves; the address of a pod elsewhere is all that they need to be told.
 */
import {
  describeObject,
  type Mirror,
  type MirrorInput,
  type Pod,
  podAnnotations,
  type Problem,
  problem,
  type Reading,
} from '@kube-ovn/api';
import type { ObjectPatch } from '@kube-ovn/kube';
import { hasEnded } from '../../inputs/pod.ts';

/** What is known of one Mirror. */
export interface MirrorSituation {
  readonly reading: Reading<MirrorInput>;
  /** Address of the pod that gets the copies; undefined: no pod does. */
  readonly sink: Reading<string> | undefined;
  /** How many interfaces it selects on each node. */
  readonly selected: ReadonlyMap<string, number>;
  /** Whether there is a node of this name. */
  readonly hasNode: (name: string) => boolean;
}

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Nodes that are named in a message. */
const MAX_NAMED = 5;

/** Where the copies go that go to a pod. */
export function podSink(mirror: Mirror, pod: Pod | undefined, clusterRouter: string): Reading<string> {
  const { namespace = '', name = '' } = mirror.spec.sink.pod ?? {};
  const refuse = (hint: string): Reading<never> => ({
    ok: false,
    problem: problem({
      code: 'API_BAD_FIELD',
      object: describeObject(mirror, 'Mirror'),
      field: 'spec.sink.pod',
      value: `${namespace}/${name}`,
      hint,
    }),
  });
  if (pod === undefined || hasEnded(pod)) return refuse('there is no such pod that runs; make it, or name another one');
  if (pod.spec?.hostNetwork === true)
    return refuse('the pod is on the network of its node; name one with an address of its own, or a collector');
  const vpc = podAnnotations('ovn').logical_router.read(pod);
  if (vpc.ok && vpc.value !== undefined && vpc.value !== clusterRouter)
    return refuse(`nodes do not reach pods of Vpc ${vpc.value}; name a pod of Vpc ${clusterRouter}, or a collector`);
  const pair = podAnnotations('ovn').ip_address.read(pod);
  const address = pair.ok ? (pair.value?.v4 ?? pair.value?.v6) : undefined;
  return address === undefined ? refuse('the pod has no address yet') : { ok: true, value: address };
}

/** The patch of its status. */
export function mirrorPatch(mirror: Mirror, situation: MirrorSituation): ObjectPatch {
  const told = Object.keys(mirror.status?.nodes ?? {});
  const gone = told.filter((node) => !situation.hasNode(node));
  return {
    status: {
      sinkAddress: situation.sink?.ok === true ? situation.sink.value : null,
      ...(gone.length === 0 ? {} : { nodes: Object.fromEntries(gone.map((node) => [node, null])) }),
      conditions: [{ type: 'Ready', ...verdictOf(mirror, situation), observedGeneration: mirror.metadata.generation ?? 0 }],
    },
  };
}

/** The fault that its author can mend, if there is one. */
export function mirrorFault({ reading, sink }: Pick<MirrorSituation, 'reading' | 'sink'>): Problem | undefined {
  if (!reading.ok) return reading.problem;
  return sink?.ok === false ? sink.problem : undefined;
}

function verdictOf(mirror: Mirror, situation: MirrorSituation): Verdict {
  const { reading, selected } = situation;
  const fault = mirrorFault(situation);
  if (fault !== undefined) return { status: 'False', reason: reading.ok ? 'SinkNotThere' : 'Refused', message: fault.message };
  const reports = Object.entries(mirror.status?.nodes ?? {}).filter(([node]) => situation.hasNode(node));
  const bad = reports.flatMap(([node, { problem: why }]) => (why === undefined ? [] : [`${node}: ${why}`]));
  if (bad.length > 0) return { status: 'False', reason: 'NotOnNode', message: bad.slice(0, MAX_NAMED).join('; ') };
  const copied = new Map(reports.map(([node, { interfaces = 0 }]) => [node, interfaces]));
  const behind = [...selected].filter(([node, count]) => (copied.get(node) ?? 0) < count).map(([node]) => node);
  if (behind.length > 0) {
    const names = behind.toSorted().slice(0, MAX_NAMED).join(', ');
    return { status: 'False', reason: 'Progressing', message: `not all interfaces are copied yet on ${names}` };
  }
  const total = [...copied.values()].reduce((sum, count) => sum + count, 0);
  const message = total === 0 ? 'it selects no interface' : `${total} interfaces on ${copied.size} nodes are copied`;
  return { status: 'True', reason: total === 0 ? 'NothingSelected' : 'Copying', message };
}
