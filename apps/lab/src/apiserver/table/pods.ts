/** The columns of pods. @source Kubernetes pkg/printers/internalversion printPod (behaviour) */
import { at, type JsonObject } from '../json.ts';
import { formatAge } from './age.ts';
import { ageColumn, column, nameColumn, numberAt, objectsAt, textAt, wide, type Column } from './column.ts';

const none = '<none>';

/** The columns of pods. */
export const podColumns: readonly Column[] = [
  nameColumn,
  column('Ready', readyContainers),
  column('Status', podStatus),
  column('Restarts', (pod, { now }) => restarts(pod, now)),
  ageColumn,
  wide('IP', (pod) => textAt(pod, 'status', 'podIP') ?? objectsAt(pod, 'status', 'podIPs').map((entry) => textAt(entry, 'ip'))[0] ?? none),
  wide('Node', (pod) => textAt(pod, 'spec', 'nodeName') ?? none),
  wide('Nominated Node', (pod) => textAt(pod, 'status', 'nominatedNodeName') ?? none),
  wide('Readiness Gates', readinessGates),
];

function readyContainers(pod: JsonObject): string {
  const ready = objectsAt(pod, 'status', 'containerStatuses').filter((status) => status['ready'] === true).length;
  return `${ready}/${objectsAt(pod, 'spec', 'containers').length}`;
}

/** One word for where the pod stands: the first reason that explains why it is not running. */
function podStatus(pod: JsonObject): string {
  const phase = textAt(pod, 'status', 'reason') ?? textAt(pod, 'status', 'phase') ?? 'Unknown';
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined)
    return textAt(pod, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
  const scheduling = objectsAt(pod, 'status', 'conditions').find(
    (condition) => condition['type'] === 'PodScheduled' && condition['reason'] === 'SchedulingGated',
  );
  const init = initStatus(pod);
  if (init !== undefined) return init;
  const containers = objectsAt(pod, 'status', 'containerStatuses').toReversed();
  const reasons = containers.flatMap((status) => containerReason(status) ?? []);
  const last = reasons.at(-1);
  if (last === undefined) return scheduling === undefined ? phase : 'SchedulingGated';
  const hasRunning = containers.some((status) => status['ready'] === true && at(status, 'state', 'running') !== undefined);
  if (last === 'Completed' && hasRunning) return isReady(pod) ? 'Running' : 'NotReady';
  return last;
}

function isReady(pod: JsonObject): boolean {
  return objectsAt(pod, 'status', 'conditions').some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True');
}

function containerReason(status: JsonObject): string | undefined {
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  if (waiting !== undefined && waiting !== '') return waiting;
  if (at(status, 'state', 'terminated') === undefined) return undefined;
  const reason = textAt(status, 'state', 'terminated', 'reason');
  if (reason !== undefined && reason !== '') return reason;
  const signal = numberAt(status, 'state', 'terminated', 'signal');
  return signal === 0 ? `ExitCode:${numberAt(status, 'state', 'terminated', 'exitCode')}` : `Signal:${signal}`;
}

function initStatus(pod: JsonObject): string | undefined {
  const total = objectsAt(pod, 'spec', 'initContainers').length;
  const statuses = objectsAt(pod, 'status', 'initContainerStatuses');
  for (const [index, status] of statuses.entries()) {
    const terminated = at(status, 'state', 'terminated');
    if (terminated !== undefined && numberAt(status, 'state', 'terminated', 'exitCode') === 0) continue;
    const reason = containerReason(status);
    return reason !== undefined && reason !== 'PodInitializing' ? `Init:${reason}` : `Init:${index}/${total}`;
  }
  return undefined;
}

function restarts(pod: JsonObject, now: number): string {
  const statuses = objectsAt(pod, 'status', 'containerStatuses');
  const count = statuses.reduce((sum, status) => sum + numberAt(status, 'restartCount'), 0);
  const ends = statuses.flatMap((status) => textAt(status, 'lastState', 'terminated', 'finishedAt') ?? []).toSorted();
  const last = ends.at(-1);
  return count > 0 && last !== undefined ? `${count} (${formatAge(last, now)} ago)` : String(count);
}

function readinessGates(pod: JsonObject): string {
  const gates = objectsAt(pod, 'spec', 'readinessGates').map((gate) => textAt(gate, 'conditionType'));
  if (gates.length === 0) return none;
  const conditions = objectsAt(pod, 'status', 'conditions');
  const met = gates.filter((gate) => conditions.some((condition) => condition['type'] === gate && condition['status'] === 'True'));
  return `${met.length}/${gates.length}`;
}
