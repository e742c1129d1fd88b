/** Label selectors. @source Kubernetes meta/v1 LabelSelector */
import type { LabelSelector } from '@kube-ovn/api';

type Labels = Readonly<Record<string, string>>;

/** Whether a selector matches; an absent one matches nothing, an empty one everything. */
export function selects(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false;
  const has = labels ?? {};
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => has[key] === value) &&
    (selector.matchExpressions ?? []).every((requirement) => meets(requirement.operator, has[requirement.key], requirement.values ?? []))
  );
}

/** Whether a value meets one requirement; Gt and Lt compare integers. @source core/v1 NodeSelectorOperator */
export function meets(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
