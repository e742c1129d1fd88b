/** What pods ask of a node and what a node has left: cpu, memory and the number of pods. */
import type { Node, Pod } from '../shared/objects.ts';
import { parseQuantity } from './quantity.ts';

type Amounts = Readonly<Record<string, number>>;

const counted = ['cpu', 'memory'] as const;

/** What a pod asks for: the sum of its containers, or its largest init container. @source Kubernetes documentation "Resource sharing within containers" */
function requestsOf(pod: Pod): Amounts {
  const of = (resource: string, containers: NonNullable<Pod['spec']>['containers']): readonly number[] =>
    (containers ?? []).map((container) => parseQuantity(container.resources?.requests?.[resource]) ?? 0);
  const amounts = counted.map((resource) => {
    const sum = of(resource, pod.spec?.containers).reduce((total, amount) => total + amount, 0);
    return [resource, Math.max(sum, ...of(resource, pod.spec?.initContainers))] as const;
  });
  return { ...Object.fromEntries(amounts), pods: 1 };
}

/** The resource of which a node has too little left, or undefined; what a node does not state is not limited. */
export function lacking(node: Node, placed: readonly Pod[], pod: Pod): string | undefined {
  const wanted = requestsOf(pod);
  const used = placed.map(requestsOf);
  return [...counted, 'pods'].find((resource) => {
    const allocatable = parseQuantity(node.status?.allocatable?.[resource]);
    const asked = wanted[resource] ?? 0;
    if (allocatable === undefined || asked === 0) return false;
    return used.reduce((total, amounts) => total + (amounts[resource] ?? 0), 0) + asked > allocatable;
  });
}
