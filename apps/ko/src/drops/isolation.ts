/** Which NetworkPolicies isolate a pod: what none of their rules allows is dropped by a rule that they share. Pure. */
import type { NetworkPolicy, Pod } from '@kube-ovn/api';
import { matchesSelector, type Policy, readNetworkPolicy } from '@kube-ovn/policy';

/** `NetworkPolicy shop/a, NetworkPolicy shop/b`; undefined: none. */
export type Isolation = (pod: Pod, direction: 'ingress' | 'egress') => string | undefined;

export function isolationBy(objects: readonly NetworkPolicy[]): Isolation {
  const byNamespace = Map.groupBy(
    objects.map((object): Policy => readNetworkPolicy(object).value),
    ({ namespace }) => namespace,
  );
  return ({ metadata: { namespace, labels = {} } }, direction) => {
    const found = (byNamespace.get(namespace) ?? []).filter(
      ({ isolates, subject }) => isolates.includes(direction) && matchesSelector(subject.pods, labels),
    );
    return found.length === 0 ? undefined : found.map(({ name }) => `NetworkPolicy ${namespace}/${name}`).join(', ');
  };
}
