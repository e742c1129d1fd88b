/** LabelSelector → Selector. @source Kubernetes meta/v1 LabelSelector, LabelSelectorRequirement */
import type { PodSet, Requirement, Selector } from '../model.ts';
import { everySelector, selectorOf } from '../select/selector.ts';
import type { LabelSelector } from './objects.ts';
import { below, complain, type Field, listOf } from './report.ts';

const operators: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** Read a selector that is there; undefined, and a problem, when it cannot be read. */
export function readSelector(field: Field, selector: LabelSelector): Selector | undefined {
  if (typeof selector !== 'object' || selector === null) return complain(field, selector, 'make it a selector, or leave it out');
  const requirements: Requirement[] = [];
  const labels = below(field, 'matchLabels');
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!isLabelKey(key) || typeof value !== 'string') return complain(labels, { [key]: value }, 'write labels as text');
    requirements.push({ key, operator: 'In', values: [value] });
  }
  const expressions = below(field, 'matchExpressions');
  for (const [index, expression] of listOf(expressions, selector.matchExpressions).entries()) {
    const requirement = readRequirement(below(expressions, index), expression);
    if (requirement === undefined) return undefined;
    requirements.push(requirement);
  }
  return selectorOf(requirements);
}

function readRequirement(field: Field, expression: NonNullable<LabelSelector['matchExpressions']>[number]): Requirement | undefined {
  const { key, operator, values = [] } = expression;
  if (!isLabelKey(key)) return complain(below(field, 'key'), key, 'write the key of a label');
  if (!operators.includes(operator)) return complain(below(field, 'operator'), operator, `write one of ${operators.join(', ')}`);
  if (!Array.isArray(values) || values.some((value) => typeof value !== 'string'))
    return complain(below(field, 'values'), values, 'make it a list of text');
  const isSetBased = operator === 'In' || operator === 'NotIn';
  if (isSetBased !== values.length > 0) {
    return complain(below(field, 'values'), values, isSetBased ? 'name at least one value' : `leave it empty with ${operator}`);
  }
  return { key, operator: operator as Requirement['operator'], values: [...values] };
}

/** @source Kubernetes, Labels and Selectors: an optional prefix and a slash, letters, digits, `-`, `_` and `.` */
function isLabelKey(key: unknown): boolean {
  return typeof key === 'string' && /^[A-Za-z0-9][-A-Za-z0-9._/]*$/.test(key);
}

/** Pods of a namespace, or of the namespaces that a selector matches. An absent pod selector stands for all pods. */
export function readPodSet(
  field: Field,
  {
    podSelector,
    namespaceSelector,
  }: { readonly podSelector?: LabelSelector | undefined; readonly namespaceSelector?: LabelSelector | undefined },
  namespace: string | undefined,
): PodSet | undefined {
  const pods = podSelector === undefined ? everySelector : readSelector(below(field, 'podSelector'), podSelector);
  if (pods === undefined) return undefined;
  if (namespaceSelector === undefined && namespace !== undefined) return { namespaces: { kind: 'name', name: namespace }, pods };
  const selector = namespaceSelector === undefined ? everySelector : readSelector(below(field, 'namespaceSelector'), namespaceSelector);
  return selector === undefined ? undefined : { namespaces: { kind: 'labels', selector }, pods };
}
