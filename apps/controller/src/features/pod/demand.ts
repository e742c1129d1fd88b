/**
 * Pod → the addresses it needs, interface by interface (places.ts says where from).
 *
 * A pod that asks for something that can not be had gets nothing until that is
 * mended, and an event says so; once it runs, that holds for the interface alone.
 */
import type { Problem } from '@kube-ovn/api';
import { deriveTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { AddressDemand } from '../../effects/demand.ts';
import type { PodInput, PodInterface } from '../../inputs/pod.ts';
import type { Graph } from '../graph.ts';
import { type Offers, offersFor, type Places, placesOf } from './places.ts';

export interface PodDemands {
  /** By port name. */
  readonly demands: readonly (readonly [string, AddressDemand])[];
  readonly problems: readonly Problem[];
}

/** Of all pods. */
export function podPlans(graph: Omit<Graph, 'podPlans'>): Table<PodDemands> {
  return deriveTable('pod demand plans', graph.pods, (_key, pod) => podDemands(pod, offersFor(pod.namespace, graph)), {
    equals: isSamePlainData,
  });
}

/** Demands of one pod. */
export function podDemands(pod: PodInput, offers: Offers): PodDemands {
  const asked = pod.interfaces.map((each) => ({ each, ...placesOf(each, offers) }));
  const problems = [...pod.problems, ...asked.flatMap((ask) => ask.problem ?? [])];
  const isWaiting = asked.some(({ each, places }) => places === undefined && !each.isInUse);
  if (!pod.isStarted && (problems.length > 0 || isWaiting)) return { demands: [], problems };
  const served = asked.flatMap(({ each, places, problem: found }) => {
    const isUnclear = found !== undefined || each.problems.length > 0;
    return each.isInUse || (places !== undefined && !isUnclear) ? [{ each, places: places ?? { subnets: [] } }] : [];
  });
  const fresh = served.filter(({ each }) => !each.isInUse).map(({ each }) => each.port);
  const demands = served.map(({ each, places }): [string, AddressDemand] => {
    const isTogether = fresh.length > 1 && !each.isInUse;
    return [each.port, { ...demandOf(pod, each, places), ...(isTogether ? { together: fresh } : {}) }];
  });
  return { demands, problems };
}

function demandOf(pod: PodInput, { families, addresses, candidates, mac }: PodInterface, places: Places): AddressDemand {
  return {
    holder: { kind: 'Pod', namespace: pod.namespace, name: pod.ownerName, uid: pod.uid },
    node: pod.node,
    ...(families === undefined ? {} : { families }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(candidates === undefined ? {} : { candidates }),
    ...(mac === undefined ? {} : { mac }),
    ...places, // of a Vip: with its addresses
    podType: pod.podType,
  };
}
