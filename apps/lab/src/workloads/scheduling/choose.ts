/**
 * Where a pod goes: filters that say why not, then a score that spreads the pods of one owner over the nodes.
 * Not looked at: topologySpreadConstraints, preferred pod affinity, volumes, priorities and preemption.
 *
 * @source Kubernetes pkg/scheduler/framework/plugins (behaviour of the filters named here)
 */
import { controllerOf } from '../shared/ownership.ts';
import { selects } from '../shared/selector.ts';
import type { Node, Pod, PodAffinityTerm } from '../shared/objects.ts';
import { effectiveTaints, matchesNode, matchesTerm, untolerated } from './node-match.ts';
import { lacking } from './resources.ts';

/** A node with the pods that are bound to it and not finished. */
export interface Candidate {
  readonly node: Node;
  readonly pods: readonly Pod[];
}

/** Where a pod goes, or why it can't go anywhere. */
export type Choice = { readonly node: string } | { readonly unschedulable: string };

/** Choose a node. The same input always gives the same node. */
export function chooseNode(pod: Pod, candidates: readonly Candidate[]): Choice {
  const refusals = new Map<string, number>();
  const fitting: Candidate[] = [];
  for (const candidate of candidates) {
    const refusal = refusalOf(pod, candidate, candidates);
    if (refusal === undefined) fitting.push(candidate);
    else refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
  }
  const [best] = fitting.toSorted(
    (left, right) => order(cost(pod, left), cost(pod, right)) || (left.node.metadata.name < right.node.metadata.name ? -1 : 1),
  );
  return best === undefined ? { unschedulable: explain(candidates.length, refusals) } : { node: best.node.metadata.name };
}

function explain(nodes: number, refusals: ReadonlyMap<string, number>): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const reasons = [...refusals].map(([reason, count]) => `${count} ${reason}`).toSorted();
  return `0/${nodes} nodes are available: ${reasons.join(', ')}.`;
}

function refusalOf(pod: Pod, candidate: Candidate, all: readonly Candidate[]): string | undefined {
  const { node, pods } = candidate;
  if (!matchesNode(pod.spec, node)) return "node(s) didn't match Pod's node affinity/selector";
  const taint = untolerated(pod, effectiveTaints(node), ['NoSchedule', 'NoExecute']);
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (hostPortTaken(pod, pods)) return "node(s) didn't have free ports for the requested pod ports";
  const resource = lacking(node, pods, pod);
  if (resource !== undefined) return resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`;
  return affinityRefusal(pod, node, all);
}

function hostPortTaken(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = new Set(hostPorts(pod));
  return wanted.size > 0 && others.some((other) => hostPorts(other).some((port) => wanted.has(port)));
}

/** With hostNetwork every container port is a port of the node. */
function hostPorts(pod: Pod): readonly string[] {
  const isHost = pod.spec?.hostNetwork === true;
  return (pod.spec?.containers ?? []).flatMap((container) =>
    (container.ports ?? []).flatMap((port) => {
      const number = port.hostPort ?? (isHost ? port.containerPort : 0);
      return number > 0 ? [`${port.protocol ?? 'TCP'}/${number}`] : [];
    }),
  );
}

function affinityRefusal(pod: Pod, node: Node, all: readonly Candidate[]): string | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const isNear = (of: Pod, term: PodAffinityTerm): boolean => domainPods(term, node, all).some((other) => isMeant(of, term, other));
  for (const term of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    // the first pod of a group that wants to be together may go anywhere
    const isFirst = isMeant(pod, term, pod) && !all.some(({ pods }) => pods.some((other) => isMeant(pod, term, other)));
    if (!isFirst && !isNear(pod, term)) return "node(s) didn't match pod affinity rules";
  }
  if ((podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some((term) => isNear(pod, term)))
    return "node(s) didn't match pod anti-affinity rules";
  const isShunned = all.some(({ node: there, pods }) =>
    pods.some((other) =>
      (other.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
        (term) => sameDomain(term, there, node) && isMeant(other, term, pod),
      ),
    ),
  );
  return isShunned ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
}

function domainPods(term: PodAffinityTerm, node: Node, all: readonly Candidate[]): readonly Pod[] {
  return all.filter((candidate) => sameDomain(term, candidate.node, node)).flatMap((candidate) => candidate.pods);
}

function sameDomain(term: PodAffinityTerm, left: Node, right: Node): boolean {
  const label = (node: Node): string | undefined =>
    node.metadata.labels?.[term.topologyKey] ?? (term.topologyKey === 'kubernetes.io/hostname' ? node.metadata.name : undefined);
  return label(left) !== undefined && label(left) === label(right);
}

/** A term speaks of pods in the namespaces that it names, or in its own pod's. */
function isMeant(of: Pod, term: PodAffinityTerm, other: Pod): boolean {
  const namespaces = term.namespaces?.length ? term.namespaces : [of.metadata.namespace ?? ''];
  return namespaces.includes(other.metadata.namespace ?? '') && selects(term.labelSelector, other.metadata.labels);
}

/** Lower is better, the first difference decides. */
function cost(pod: Pod, { node, pods }: Candidate): readonly number[] {
  const owner = controllerOf(pod)?.uid;
  const siblings = pods.filter(
    (other) =>
      other.metadata.deletionTimestamp === undefined && (owner === undefined ? sameLabels(pod, other) : controllerOf(other)?.uid === owner),
  );
  const preferred = (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    .filter(({ preference }) => matchesTerm(preference, node))
    .reduce((weight, preference) => weight + preference.weight, 0);
  const shy = untolerated(pod, effectiveTaints(node), ['PreferNoSchedule']) === undefined ? 0 : 1;
  return [shy, -preferred, siblings.length, pods.length];
}

function sameLabels(left: Pod, right: Pod): boolean {
  const labels = Object.entries(left.metadata.labels ?? {});
  return (
    labels.length > 0 &&
    left.metadata.namespace === right.metadata.namespace &&
    labels.every(([key, value]) => right.metadata.labels?.[key] === value)
  );
}

function order(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) if (value !== right[index]) return value - (right[index] ?? 0);
  return 0;
}
