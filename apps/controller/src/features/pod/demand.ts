/**
 * Pod → the addresses it needs.
 *
 * A Subnet named on the pod is the only candidate; otherwise the Subnets of its namespace are, in their order. An annotation that
 * can not be read makes no demand: the pod waits, with an event, until it is mended.
 */
import type { AddressDemand } from '../../effects/demand.ts';
import type { PodInput } from '../../inputs/pod.ts';

/**
 * Demand of one pod; undefined while its annotations can not be read.
 *
 * @param binding Subnets of its namespace; undefined while the namespace has not been seen yet: its pods may come by another watch
 *   sooner than it does
 */
export function podDemand(pod: PodInput, binding: readonly string[] | undefined): AddressDemand | undefined {
  const subnets = pod.subnet === undefined ? binding : [pod.subnet];
  if (subnets === undefined || (pod.problems.length > 0 && !pod.isAllocated)) return undefined;
  return {
    holder: { kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    node: pod.node,
    subnets,
    ...(pod.families === undefined ? {} : { families: pod.families }),
    ...(pod.addresses === undefined ? {} : { addresses: pod.addresses }),
    ...(pod.mac === undefined ? {} : { mac: pod.mac }),
    podType: pod.podType,
  };
}
