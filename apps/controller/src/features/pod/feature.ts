import { deriveTable, expandTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import { networkAllocated, type PodInput, type PodInterface } from '../../inputs/pod.ts';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { portLease } from '../port-lease.ts';
import type { Graph } from '../graph.ts';
import { allocatedAnnotations, type ReadyInterface, servedInterface } from './annotations.ts';
import { podCondition, type PodConditionWanted } from './condition.formula.ts';
import type { PodDemands } from './demand.ts';
import { sharedVips } from '../vip/shared.ts';
import { interfaceFragment } from './pod.formula.ts';

/** From a pod that needs addresses to a pod whose daemon may plumb its interfaces. */
export const podFeature: Feature = {
  name: 'pod',
  wire: (graph) => {
    const plans = graph.podPlans;
    const conditions = wantedConditions(graph, plans);
    return {
      demands: [expandTable('pod demands', plans, (_key, { demands }) => demands, { equals: isSamePlainData })],
      fragments: [
        fragmentTable('pod', graph.interfaces, (port, nic) => {
          const lease = portLease(graph, port);
          return lease === undefined
            ? undefined
            : interfaceFragment(nic, lease, {
                vips: sharedVips(nic, lease, graph),
                launchers: nic.machine === undefined ? undefined : graph.launchers.get(nic.machine),
              });
        }),
      ],
      patches: { pod: patches(graph, conditions) },
      notices: notices(graph, conditions),
    };
  },
};

function wantedConditions({ pods, leases, refusals }: Graph, plans: Table<PodDemands>): Table<PodConditionWanted> {
  return deriveTable(
    'pod conditions',
    pods,
    (key, pod) => {
      const { demands, problems } = plans.get(key) ?? { demands: [], problems: [] };
      return podCondition(pod, {
        problems,
        isComplete: demands.length > 0 && demands.every(([port]) => leases.get(port)?.holder.uid === pod.uid),
        refusals: pod.interfaces.flatMap(({ port }) => refusals.get(port) ?? []),
      });
    },
    { equals: isSamePlainData },
  );
}

function patches(graph: Graph, conditions: Table<PodConditionWanted>): Table<ObjectPatch> {
  return deriveTable(
    'pod patches',
    graph.pods,
    (key, pod): ObjectPatch | undefined => {
      const ready = pod.interfaces.flatMap((nic) => readyInterface(nic, graph) ?? []);
      const annotations = {
        ...Object.fromEntries(pod.formerKeys.map((formerKey) => [formerKey, null])),
        ...Object.assign({}, ...told(pod, ready).map(allocatedAnnotations)),
      } as Readonly<Record<string, string | null>>;
      const condition = conditions.get(key);
      const hasAnnotations = Object.keys(annotations).length > 0;
      if (!hasAnnotations && condition === undefined) return undefined;
      return {
        ...(hasAnnotations ? { annotations } : {}),
        ...(condition === undefined ? {} : { status: { conditions: [{ type: networkAllocated, ...condition }] } }),
      };
    },
    { equals: isSamePlainData },
  );
}

/** A pod hears of a lease when the journal says that it is for this very pod: until then its predecessor's may still go. */
function readyInterface(nic: PodInterface, graph: Graph): ReadyInterface | undefined {
  return graph.leases.get(nic.port)?.holder.uid === nic.uid ? servedInterface(nic, graph) : undefined;
}

/** A pod that does not run yet hears of all its interfaces together; afterwards of each by itself. */
function told(pod: PodInput, ready: readonly ReadyInterface[]): readonly ReadyInterface[] {
  return pod.isStarted || ready.length === pod.interfaces.length ? ready : [];
}

/** Told when the condition does not say it yet. @source Kube-OVN event reasons of pods */
function notices({ pods }: Graph, conditions: Table<PodConditionWanted>): Table<Notice> {
  return deriveTable(
    'pod notices',
    pods,
    (key, pod): Notice | undefined => {
      const wanted = conditions.get(key);
      const isNews = wanted?.status === 'False' && pod.condition?.message !== wanted.message;
      return isNews ? { kind: 'pod', key, type: 'Warning', reason: wanted.reason, message: wanted.message } : undefined;
    },
    { equals: isSamePlainData },
  );
}
