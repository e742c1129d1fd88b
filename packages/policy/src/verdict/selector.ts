/** Label selectors, sentence by sentence. */
import type { ClusterObjects, Labels, PodObject, Selector } from './objects.ts';

/**
 * Whether a selector selects an object with these labels.
 *
 * @source apimachinery meta/v1 LabelSelector: "The result of matchLabels and matchExpressions are ANDed. An empty label selector
 *   matches all objects. A null label selector matches no objects."
 */
export function selects(selector: Selector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels[key] !== value) return false;
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (!meets(operator, labels[key], values)) return false;
  }
  return true;
}

/**
 * @source apimachinery meta/v1 LabelSelectorRequirement: "Valid operators are In, NotIn, Exists and DoesNotExist"; Kubernetes, Labels
 *   and Selectors: NotIn and != also select resources without the key
 */
function meets(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new Error(`${operator} is no operator of a label selector`);
  }
}

/**
 * Labels of a namespace, with the one that the control plane sets.
 *
 * @source Kubernetes, Network Policies, "Targeting a Namespace by its name": "The Kubernetes control plane sets an immutable label
 *   kubernetes.io/metadata.name on all namespaces, the value of the label is the namespace name"
 */
export function namespaceLabels(cluster: ClusterObjects, name: string): Labels {
  const found = cluster.namespaces.find(({ metadata }) => metadata.name === name);
  return { ...found?.metadata.labels, 'kubernetes.io/metadata.name': name };
}

/** Whether a pod matches a selector of its namespace and one of itself, as admin policies put them side by side. */
export function podInNamespaces(
  cluster: ClusterObjects,
  pod: PodObject,
  selectors: { readonly namespaceSelector: Selector; readonly podSelector: Selector },
): boolean {
  const inNamespace = selects(selectors.namespaceSelector, namespaceLabels(cluster, pod.metadata.namespace ?? 'default'));
  return inNamespace && selects(selectors.podSelector, pod.metadata.labels ?? {});
}
