/**
 * What becomes of the pods of a node that is in trouble: they are not ready when the node is not, they go when they no
 * longer tolerate its NoExecute taints, and they are removed when the node is gone for good.
 *
 * @source Kubernetes documentation "Taint based evictions"; pkg/controller/{tainteviction,podgc} (behaviour)
 */
import { deletion, type Action, type Plan } from '../../shared/action.ts';
import { keyOf, kinds, type Node, type Pod, type Taint } from '../../shared/objects.ts';
import { isFinished, isReady } from '../../shared/pods.ts';
import { timestamp, type Time } from '../../shared/time.ts';
import { tolerates } from '../../scheduling/node-match.ts';

/** What the decision rests on. */
export interface EvictionObserved {
  readonly pod: Pod;
  /** The node that the pod is bound to; absent when there is no such node. */
  readonly node: Node | undefined;
  readonly time: Time;
}

/** What to do with one bound pod. */
export function planEviction({ pod, node, time }: EvictionObserved): Plan {
  if (pod.spec?.nodeName === undefined) return [];
  if (node === undefined) return [{ do: 'delete', resource: kinds.pod, key: keyOf(pod), uid: pod.metadata.uid ?? '', graceSeconds: 0 }];
  return [...unready(pod, node, time), ...(pod.metadata.deletionTimestamp === undefined && isDue(pod, node, time) ? eviction(pod) : [])];
}

function unready(pod: Pod, node: Node, time: Time): readonly Action[] {
  const nodeReady = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  if (nodeReady !== 'Unknown' || !isReady(pod) || isFinished(pod)) return [];
  const condition = { type: 'Ready', status: 'False', reason: 'NodeNotReady', lastTransitionTime: timestamp(time.now()) };
  return [
    {
      do: 'patch',
      resource: kinds.pod,
      key: keyOf(pod),
      body: { status: { conditions: [condition] } },
      subresource: 'status',
      type: 'strategic',
    },
  ];
}

/** The first NoExecute taint whose time is up; one that is not tolerated at all is due at once. */
function isDue(pod: Pod, node: Node, time: Time): boolean {
  return (node.spec?.taints ?? []).some((taint) => taint.effect === 'NoExecute' && isOver(pod, taint, time));
}

function isOver(pod: Pod, taint: Taint, time: Time): boolean {
  const matching = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (matching.length === 0) return true;
  const limits = matching.flatMap((toleration) => toleration.tolerationSeconds ?? []);
  const since = Date.parse(taint.timeAdded ?? '');
  if (limits.length === 0 || Number.isNaN(since)) return false;
  return time.reached(since + Math.max(0, Math.min(...limits)) * 1000);
}

function eviction(pod: Pod): readonly Action[] {
  const message = `Marking for deletion Pod ${keyOf(pod)}`;
  return [deletion(kinds.pod, pod), { do: 'event', about: pod, type: 'Normal', reason: 'TaintManagerEviction', message }];
}
