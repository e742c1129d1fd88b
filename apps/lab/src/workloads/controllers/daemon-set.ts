/**
 * DaemonSet: one pod on each node that admits it. Pods carry their node as a required affinity; the scheduler binds them.
 * Not served: maxSurge, and history by ControllerRevisions (`kubectl rollout undo`).
 *
 * @source Kubernetes pkg/controller/daemon (behaviour)
 */
import { deletion, type Action, type Plan } from '../shared/action.ts';
import { contentHash } from '../shared/hash.ts';
import { resolveCount } from '../shared/int-or-percent.ts';
import { kinds, type DaemonSet, type Node, type Pod, type PodSpec, type Toleration } from '../shared/objects.ts';
import { claim } from '../shared/ownership.ts';
import { draftPod, isAvailable, isFinished, isReady } from '../shared/pods.ts';
import { statusChange } from '../shared/status.ts';
import type { Time } from '../shared/time.ts';
import { effectiveTaints, matchesNode, untolerated } from '../scheduling/node-match.ts';

const hashLabel = 'controller-revision-hash';

/** @source Kubernetes documentation "DaemonSet: Taints and tolerations" */
const addedTolerations: readonly Toleration[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
].map(([key, effect]) => ({ key: `node.kubernetes.io/${key ?? ''}`, operator: 'Exists', effect: effect ?? '' }));
const hostNetworkToleration: Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' };

/** What the decision rests on. */
export interface DaemonSetObserved {
  readonly set: DaemonSet;
  /** Pods that it controls, and orphans of its namespace. */
  readonly candidates: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly time: Time;
}

/** Create where a pod is missing, delete where it is too many, finished or outdated. */
export function planDaemonSet(observed: DaemonSetObserved): Plan {
  const { set, nodes, time } = observed;
  const { owned, actions } = claim(
    { owner: set, ownerResource: kinds.daemonSet, selector: set.spec?.selector, resource: kinds.pod },
    observed.candidates,
  );
  if (set.metadata.deletionTimestamp !== undefined) return actions;
  const hash = contentHash(set.spec?.template);
  const draft = draftPod({ owner: set, ownerResource: kinds.daemonSet, template: set.spec?.template, labels: { [hashLabel]: hash } });
  const spec = tolerant(draft.spec);
  const byNode = Map.groupBy(owned, (pod) => nodeOf(pod) ?? '');
  const wanted = nodes.filter((node) => admits(node, spec, ['NoSchedule', 'NoExecute']));
  // what runs already is only driven away by NoExecute
  const kept = nodes.filter((node) => admits(node, spec, ['NoExecute']));
  const wantedNames = new Set(wanted.map((node) => node.metadata.name));
  const round: Round = { set, hash, byNode, wanted, wantedNames, keptNames: new Set(kept.map((node) => node.metadata.name)), time };
  const creations = wanted
    .filter((node) => (byNode.get(node.metadata.name) ?? []).length === 0)
    .map((node): Action => ({
      do: 'create',
      resource: kinds.pod,
      object: { ...draft, spec: pinned(spec, node.metadata.name) } as typeof draft,
    }));
  return [...actions, ...creations, ...removals(round), ...statusChange(kinds.daemonSet, set, statusOf(round))];
}

interface Round {
  readonly set: DaemonSet;
  readonly hash: string;
  readonly byNode: ReadonlyMap<string, readonly Pod[]>;
  readonly wanted: readonly Node[];
  readonly wantedNames: ReadonlySet<string>;
  readonly keptNames: ReadonlySet<string>;
  readonly time: Time;
}

function tolerant(spec: PodSpec): PodSpec {
  const more = spec.hostNetwork === true ? [...addedTolerations, hostNetworkToleration] : addedTolerations;
  return { ...spec, tolerations: [...(spec.tolerations ?? []), ...more] };
}

function admits(node: Node, spec: PodSpec, effects: readonly string[]): boolean {
  return matchesNode(spec, node) && untolerated({ metadata: { name: '' }, spec }, effectiveTaints(node), effects) === undefined;
}

/** The node stands in every term of the required affinity, so that other terms of the template keep their say. */
function pinned(spec: PodSpec, node: string): PodSpec {
  const field = { key: 'metadata.name', operator: 'In', values: [node] };
  const old = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  const nodeSelectorTerms = old.map((term) => ({ ...term, matchFields: [...(term.matchFields ?? []), field] }));
  return {
    ...spec,
    affinity: {
      ...spec.affinity,
      nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  };
}

/** The node that a pod is bound to or meant for. */
function nodeOf(pod: Pod): string | undefined {
  if (pod.spec?.nodeName !== undefined) return pod.spec.nodeName;
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap((term) => term.matchFields ?? []).find((field) => field.key === 'metadata.name')?.values?.[0];
}

function removals(round: Round): readonly Action[] {
  const doomed = new Set<Pod>();
  for (const [node, pods] of round.byNode) {
    const [, ...surplus] = pods.toSorted(
      (left, right) =>
        Number(right.spec?.nodeName !== undefined) - Number(left.spec?.nodeName !== undefined) ||
        ((left.metadata.creationTimestamp ?? '') < (right.metadata.creationTimestamp ?? '') ? -1 : 1),
    );
    for (const pod of round.keptNames.has(node) ? surplus : pods) doomed.add(pod);
    for (const pod of pods.filter(isFinished)) doomed.add(pod);
  }
  for (const pod of outdated(round)) doomed.add(pod);
  return [...doomed].filter((pod) => pod.metadata.deletionTimestamp === undefined).map((pod) => deletion(kinds.pod, pod));
}

/** Outdated pods that may go now: those that are not available anyway, and others up to maxUnavailable. */
function outdated(round: Round): readonly Pod[] {
  const { set, byNode, wanted, time } = round;
  if (set.spec?.updateStrategy?.type === 'OnDelete') return [];
  const limit = Math.max(1, resolveCount(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, 'up'));
  const isUp = (pod: Pod | undefined): boolean =>
    pod !== undefined && pod.metadata.deletionTimestamp === undefined && isAvailable(pod, set.spec?.minReadySeconds ?? 0, time);
  const pods = wanted.map((node) => byNode.get(node.metadata.name)?.[0]);
  const old = pods.filter((pod) => pod !== undefined && pod.metadata.labels?.[hashLabel] !== round.hash);
  const budget = Math.max(0, limit - pods.filter((pod) => !isUp(pod)).length);
  return [...old.filter((pod) => !isUp(pod)), ...old.filter(isUp).slice(0, budget)].filter((pod) => pod !== undefined);
}

function statusOf(round: Round): object {
  const { set, byNode, wanted, wantedNames, hash, time } = round;
  const current = wanted.flatMap((node) =>
    (byNode.get(node.metadata.name) ?? []).filter((pod) => pod.metadata.deletionTimestamp === undefined).slice(0, 1),
  );
  const available = current.filter((pod) => isAvailable(pod, set.spec?.minReadySeconds ?? 0, time)).length;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    desiredNumberScheduled: wanted.length,
    currentNumberScheduled: current.length,
    numberMisscheduled: [...byNode].filter(([node]) => !wantedNames.has(node)).length,
    numberReady: current.filter(isReady).length,
    updatedNumberScheduled: current.filter((pod) => pod.metadata.labels?.[hashLabel] === hash).length,
    numberAvailable: available,
    numberUnavailable: wanted.length - available,
  };
}
