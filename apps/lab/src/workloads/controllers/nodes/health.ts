/**
 * Node health: a node that has not been heard of for too long is of unknown readiness, and taints say to the scheduler
 * and to the pods what its conditions say.
 *
 * @source Kubernetes documentation "Nodes: heartbeats", "Taint based evictions"; pkg/controller/nodelifecycle (behaviour)
 */
import type { CoreCondition, Lease } from '@kube-ovn/api';
import type { Action, Plan } from '../../shared/action.ts';
import { keyOf, kinds, type Node, type Taint } from '../../shared/objects.ts';
import { timestamp, type Time } from '../../shared/time.ts';

/** @source kube-controller-manager --node-monitor-grace-period */
export const defaultGraceMs = 40_000;

/** What the decision rests on. */
export interface NodeObserved {
  readonly node: Node;
  /** The node's lease in kube-node-lease, if it renews one. */
  readonly lease: Lease | undefined;
  readonly time: Time;
  readonly graceMs: number;
}

/** Mark a silent node, and bring its taints in line with its conditions. */
export function planNode(observed: NodeObserved): Plan {
  const { node } = observed;
  if (node.metadata.deletionTimestamp !== undefined) return [];
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const isSilent = isNodeSilent(observed, ready);
  const marking = isSilent && ready?.status !== 'Unknown' ? [markUnknown(observed)] : [];
  return [...marking, ...taintChange(observed, isSilent ? 'Unknown' : (ready?.status ?? 'Unknown'))];
}

function isNodeSilent({ lease, node, time, graceMs }: NodeObserved, ready: CoreCondition | undefined): boolean {
  const heard = [lease?.spec?.renewTime, ready?.lastHeartbeatTime, node.metadata.creationTimestamp]
    .map((text) => Date.parse(text ?? ''))
    .filter((ms) => !Number.isNaN(ms));
  return time.reached(Math.max(0, ...heard) + graceMs);
}

/** @source nodelifecycle: reason NodeStatusUnknown for each condition that the kubelet keeps */
function markUnknown({ node, time }: NodeObserved): Action {
  const now = timestamp(time.now());
  const old = node.status?.conditions ?? [];
  const silent = {
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: now,
  } as const;
  const kept = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
  const conditions = old.map((condition) =>
    kept.includes(condition.type) && condition.status !== 'Unknown' ? { ...condition, ...silent } : condition,
  );
  const all = conditions.some((condition) => condition.type === 'Ready') ? conditions : [...conditions, { type: 'Ready', ...silent }];
  return {
    do: 'patch',
    resource: kinds.node,
    key: keyOf(node),
    body: { status: { conditions: all } },
    subresource: 'status',
    type: 'strategic',
  };
}

const managed: readonly string[] = [
  'not-ready',
  'unreachable',
  'unschedulable',
  'network-unavailable',
  'memory-pressure',
  'disk-pressure',
  'pid-pressure',
].map((name) => `node.kubernetes.io/${name}`);

function taintChange({ node, time }: NodeObserved, ready: CoreCondition['status']): readonly Action[] {
  const taints = node.spec?.taints ?? [];
  const wanted = wantedTaints(node, ready);
  const isWanted = (taint: Taint): boolean => wanted.some((other) => other.key === taint.key && other.effect === taint.effect);
  const kept = taints.filter((taint) => !managed.includes(taint.key) || isWanted(taint));
  const missing = wanted.filter((taint) => !kept.some((other) => other.key === taint.key && other.effect === taint.effect));
  if (missing.length === 0 && kept.length === taints.length) return [];
  const added = missing.map((taint) => ({ ...taint, timeAdded: timestamp(time.now()) }));
  const body = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: [...kept, ...added] } };
  return [{ do: 'patch', resource: kinds.node, key: keyOf(node), body }];
}

function wantedTaints(node: Node, ready: CoreCondition['status']): readonly Taint[] {
  const health = ready === 'True' ? undefined : ready === 'False' ? 'not-ready' : 'unreachable';
  const holds = (type: string): boolean =>
    node.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  const noSchedule = [
    health,
    node.spec?.unschedulable === true ? 'unschedulable' : undefined,
    holds('NetworkUnavailable') ? 'network-unavailable' : undefined,
    holds('MemoryPressure') ? 'memory-pressure' : undefined,
    holds('DiskPressure') ? 'disk-pressure' : undefined,
    holds('PIDPressure') ? 'pid-pressure' : undefined,
  ].filter((name) => name !== undefined);
  const taint = (name: string, effect: string): Taint => ({ key: `node.kubernetes.io/${name}`, effect });
  return [...noSchedule.map((name) => taint(name, 'NoSchedule')), ...(health === undefined ? [] : [taint(health, 'NoExecute')])];
}
