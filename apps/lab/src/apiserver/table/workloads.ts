/** The columns of apps/v1 and batch/v1. @source Kubernetes pkg/printers/internalversion (behaviour) */
import { at, type JsonObject } from '../json.ts';
import { formatDuration } from './age.ts';
import { ageColumn, column, formatLabels, formatSelector, nameColumn, numberAt, objectsAt, textAt, wide, type Column } from './column.ts';

function containers(object: JsonObject): readonly JsonObject[] {
  return objectsAt(object, 'spec', 'template', 'spec', 'containers');
}
const containerColumns: readonly Column[] = [
  wide('Containers', (object) =>
    containers(object)
      .map((container) => textAt(container, 'name') ?? '')
      .join(','),
  ),
  wide('Images', (object) =>
    containers(object)
      .map((container) => textAt(container, 'image') ?? '')
      .join(','),
  ),
];
const selectorColumn = wide('Selector', (object) => formatSelector(at(object, 'spec', 'selector')));
const status = (name: string, field: string): Column => column(name, (object) => numberAt(object, 'status', field), 'integer');

/** @source printDeployment */
export const deploymentColumns: readonly Column[] = [
  nameColumn,
  column('Ready', (object) => `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`),
  status('Up-to-date', 'updatedReplicas'),
  status('Available', 'availableReplicas'),
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

/** @source printReplicaSet */
export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  column('Desired', (object) => numberAt(object, 'spec', 'replicas'), 'integer'),
  status('Current', 'replicas'),
  status('Ready', 'readyReplicas'),
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

/** @source printStatefulSet */
export const statefulSetColumns: readonly Column[] = [
  nameColumn,
  column('Ready', (object) => `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`),
  ageColumn,
  ...containerColumns,
];

/** @source printDaemonSet */
export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  status('Desired', 'desiredNumberScheduled'),
  status('Current', 'currentNumberScheduled'),
  status('Ready', 'numberReady'),
  status('Up-to-date', 'updatedNumberScheduled'),
  status('Available', 'numberAvailable'),
  column('Node Selector', (object) => formatLabels(at(object, 'spec', 'template', 'spec', 'nodeSelector'))),
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

/** @source printJob */
export const jobColumns: readonly Column[] = [
  nameColumn,
  column('Status', jobStatus),
  column('Completions', (object) => `${numberAt(object, 'status', 'succeeded')}/${numberAt(object, 'spec', 'completions') || 1}`),
  column('Duration', (object, { now }) => {
    const started = Date.parse(textAt(object, 'status', 'startTime') ?? '');
    const ended = Date.parse(textAt(object, 'status', 'completionTime') ?? '');
    return Number.isNaN(started) ? '' : formatDuration((Number.isNaN(ended) ? now : ended) - started);
  }),
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

function jobStatus(object: JsonObject): string {
  const holds = (type: string): boolean =>
    objectsAt(object, 'status', 'conditions').some((condition) => condition['type'] === type && condition['status'] === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (at(object, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  return holds('Suspended') ? 'Suspended' : 'Running';
}

/** @source printControllerRevision */
export const controllerRevisionColumns: readonly Column[] = [
  nameColumn,
  column('Controller', (object) => {
    const owner = objectsAt(object, 'metadata', 'ownerReferences').find((reference) => reference['controller'] === true);
    return owner === undefined ? '<none>' : `${(textAt(owner, 'kind') ?? '').toLowerCase()}.apps/${textAt(owner, 'name') ?? ''}`;
  }),
  column('Revision', (object) => numberAt(object, 'revision'), 'integer'),
  ageColumn,
];
