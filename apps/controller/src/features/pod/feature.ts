import { deriveTable, expandTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { AddressDemand, HeldLease } from '../../effects/demand.ts';
import { networkAllocated, type PodInput } from '../../inputs/pod.ts';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { boundPools } from '../ip-pool/judge.ts';
import { isPortSeen } from '../lease.ts';
import { allocatedAnnotations } from './annotations.ts';
import { podCondition } from './condition.formula.ts';
import { podDemand } from './demand.ts';
import { podFragment } from './pod.formula.ts';

/** From a pod that needs an address to a pod whose daemon may plumb it. */
export const podFeature: Feature = {
  name: 'pod',
  wire: (graph) => ({
    demands: [demands(graph)],
    fragments: [
      fragmentTable('pod', graph.pods, (_key, pod) => {
        const lease = graph.leases.get(pod.port);
        return lease === undefined ? undefined : podFragment(pod, lease);
      }),
    ],
    patches: { pod: patches(graph) },
    notices: notices(graph),
  }),
};

function demands(graph: Graph): Table<AddressDemand> {
  const { pods, bindings, ipPools } = graph;
  return expandTable(
    'pod demands',
    pods,
    (_key, pod): [string, AddressDemand][] => {
      const demand = podDemand(pod, {
        binding: bindings.get(pod.namespace),
        boundPools: boundPools(graph, pod.namespace),
        findPool: (name) => ipPools.get(name),
      });
      return demand === undefined ? [] : [[pod.port, demand]];
    },
    { equals: isSamePlainData },
  );
}

function patches({ pods, leases, subnets, refusals, northbound }: Graph): Table<ObjectPatch> {
  return deriveTable(
    'pod patches',
    pods,
    (_key, pod): ObjectPatch | undefined => {
      const lease = leaseFor(pod, leases);
      const subnet = lease === undefined ? undefined : subnets.get(lease.subnet);
      const isReady = lease !== undefined && subnet !== undefined && isPortSeen(northbound.ports.get(pod.port), lease);
      const condition = podCondition(pod, lease !== undefined, refusals.get(pod.port));
      if (!isReady && condition === undefined) return undefined;
      return {
        ...(isReady ? { annotations: allocatedAnnotations(lease, subnet) } : {}),
        ...(condition === undefined ? {} : { status: { conditions: [{ type: networkAllocated, ...condition }] } }),
      };
    },
    { equals: isSamePlainData },
  );
}

/** A pod hears of a lease when the journal says that it is for this very pod: until then its predecessor's may still go. */
function leaseFor(pod: PodInput, leases: Table<HeldLease>): HeldLease | undefined {
  const lease = leases.get(pod.port);
  return lease?.holder.uid === pod.uid ? lease : undefined;
}

/** Told when the condition does not say it yet. @source Kube-OVN event reasons of pods */
function notices({ pods, leases, refusals }: Graph): Table<Notice> {
  return deriveTable(
    'pod notices',
    pods,
    (key, pod): Notice | undefined => {
      const wanted = podCondition(pod, leaseFor(pod, leases) !== undefined, refusals.get(pod.port));
      const isNews = wanted?.status === 'False' && pod.condition?.message !== wanted.message;
      return isNews ? { kind: 'pod', key, type: 'Warning', reason: wanted.reason, message: wanted.message } : undefined;
    },
    { equals: isSamePlainData },
  );
}
