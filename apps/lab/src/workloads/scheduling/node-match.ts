/** Whether a pod may run on a node by labels and taints. @source Kubernetes component-helpers scheduling/corev1 (behaviour) */
import { meets } from '../shared/selector.ts';
import type { Node, NodeSelectorTerm, Pod, PodSpec, Taint, Toleration } from '../shared/objects.ts';

/** Whether spec.nodeSelector and required node affinity admit the node. */
export function matchesNode(spec: PodSpec | undefined, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => matchesTerm(term, node));
}

/** Expressions look at labels, fields at metadata.name; an empty term matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every(({ key, operator, values }) => meets(operator, node.metadata.labels?.[key], values ?? [])) &&
    matchFields.every(({ key, operator, values }) => key === 'metadata.name' && meets(operator, node.metadata.name, values ?? []))
  );
}

/** @source core/v1 Toleration: an empty key with Exists tolerates all, an empty effect all effects */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if ((toleration.effect ?? '') !== '' && toleration.effect !== taint.effect) return false;
  const key = toleration.key ?? '';
  if (key !== '' && key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return key !== '' && (toleration.value ?? '') === (taint.value ?? '');
}

/** The first taint of these effects that the pod does not tolerate. */
export function untolerated(pod: Pod, taints: readonly Taint[], effects: readonly string[]): Taint | undefined {
  const tolerations = pod.spec?.tolerations ?? [];
  return taints.find((taint) => effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)));
}

/** A node's taints, those included that follow from its state but are not written on it yet. */
export function effectiveTaints(node: Node): readonly Taint[] {
  const taints = node.spec?.taints ?? [];
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const implied: Taint[] = [];
  if (ready?.status !== 'True') implied.push({ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' });
  if (node.spec?.unschedulable === true) implied.push({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' });
  return [...taints, ...implied.filter((taint) => !taints.some((known) => known.key === taint.key && known.effect === taint.effect))];
}
