/**
 * Pod → the addresses it needs.
 *
 * A Subnet named on the pod is the only candidate; otherwise the Subnets of its namespace are, in their order; a namespace that
 * IPPools list uses their Subnets and addresses alone. An annotation that can not be read makes no demand: the pod waits, with an event, until it is mended.
 */
import type { AddressDemand, PoolChoice } from '../../effects/demand.ts';
import type { IpPoolInput } from '../../inputs/ip-pool.ts';
import type { PodInput } from '../../inputs/pod.ts';

/** What a pod's demand is made from, beside the pod. */
export interface DemandInputs {
  /**
   * Subnets of its namespace; undefined while the namespace has not been seen yet: its pods may come by another watch sooner than it
   * does.
   */
  readonly binding: readonly string[] | undefined;
  /** IPPools that list its namespace. */
  readonly boundPools: readonly IpPoolInput[];
  readonly findPool: (name: string) => IpPoolInput | undefined;
}

/** Demand of one pod; undefined while its annotations can not be read. */
export function podDemand(pod: PodInput, inputs: DemandInputs): AddressDemand | undefined {
  if ((inputs.binding === undefined && pod.subnet === undefined) || (pod.problems.length > 0 && !pod.isAllocated)) return undefined;
  return {
    holder: { kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    node: pod.node,
    ...placesOf(pod, inputs),
    ...(pod.families === undefined ? {} : { families: pod.families }),
    ...(pod.addresses === undefined ? {} : { addresses: pod.addresses }),
    ...(pod.candidates === undefined ? {} : { candidates: pod.candidates }),
    ...(pod.mac === undefined ? {} : { mac: pod.mac }),
    podType: pod.podType,
  };
}

/**
 * Subnets, and pools in them. Addresses asked for by name may be in any pool; a pool named on the pod goes before the pools of its
 * namespace, and a Subnet named on the pod is the only one.
 */
function placesOf(pod: PodInput, { binding = [], boundPools, findPool }: DemandInputs): Pick<AddressDemand, 'subnets' | 'pools'> {
  const subnets = pod.subnet === undefined ? binding : [pod.subnet];
  if (pod.addresses !== undefined || pod.candidates !== undefined) return { subnets };
  if (pod.pool !== undefined) {
    const pool = findPool(pod.pool);
    const [subnet = ''] = pod.subnet === undefined && pool !== undefined ? [pool.subnet] : subnets;
    return { subnets: [subnet], pools: { [subnet]: pool === undefined ? { names: [pod.pool] } : choiceOf([pool]) } };
  }
  const usable = boundPools.filter(({ subnet }) => pod.subnet === undefined || pod.subnet === subnet);
  if (usable.length === 0) return { subnets };
  const places = Map.groupBy(usable, ({ subnet }) => subnet);
  return { subnets: [...places.keys()], pools: Object.fromEntries([...places].map(([subnet, pools]) => [subnet, choiceOf(pools)])) };
}

function choiceOf(pools: readonly IpPoolInput[]): PoolChoice {
  return {
    names: pools.map(({ name }) => name),
    families: [...new Set(pools.flatMap(({ families }) => families))].toSorted((a, b) => a - b),
  };
}
