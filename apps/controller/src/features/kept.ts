/** What keeps an object that is being deleted: a condition and an event that say who still uses its addresses. */
import type { Condition, ObjectMeta } from '@kube-ovn/api';

const maxNamed = 5;

/** The condition; an addition to Kube-OVN's. */
export function keptCondition(metadata: ObjectMeta, message: string): Condition {
  return { type: 'InUse', status: 'True', reason: 'AddressesInUse', message, observedGeneration: metadata.generation ?? 0 };
}

/** Whether an object says so already, whoever the users were then: an event need not repeat it. */
export function isToldKept(conditions: readonly Condition[] | undefined): boolean {
  return conditions?.some(({ type, status }) => type === 'InUse' && status === 'True') === true;
}

/** `a, b and 3 more`. */
export function someOf(names: Iterable<string>): string {
  const sorted = [...names].toSorted();
  const more = sorted.length > maxNamed ? ` and ${sorted.length - maxNamed} more` : '';
  return `${sorted.slice(0, maxNamed).join(', ')}${more}`;
}
