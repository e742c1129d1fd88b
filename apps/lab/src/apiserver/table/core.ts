/** The columns of the other core kinds. @source Kubernetes pkg/printers/internalversion (behaviour) */
import { asArray, asObject, asString, at, type JsonObject } from '../json.ts';
import { formatAge } from './age.ts';
import { ageColumn, column, nameColumn, numberAt, objectsAt, textAt, wide, type Column } from './column.ts';

const none = '<none>';

/** @source printNode */
export const nodeColumns: readonly Column[] = [
  nameColumn,
  column('Status', nodeStatus),
  column('Roles', nodeRoles),
  ageColumn,
  column('Version', (object) => textAt(object, 'status', 'nodeInfo', 'kubeletVersion') ?? ''),
  wide('Internal-IP', (object) => nodeAddress(object, 'InternalIP')),
  wide('External-IP', (object) => nodeAddress(object, 'ExternalIP')),
  wide('OS-Image', (object) => textAt(object, 'status', 'nodeInfo', 'osImage') ?? '<unknown>'),
  wide('Kernel-Version', (object) => textAt(object, 'status', 'nodeInfo', 'kernelVersion') ?? '<unknown>'),
  wide('Container-Runtime', (object) => textAt(object, 'status', 'nodeInfo', 'containerRuntimeVersion') ?? '<unknown>'),
];

function nodeStatus(object: JsonObject): string {
  const ready = objectsAt(object, 'status', 'conditions').find((condition) => condition['type'] === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return at(object, 'spec', 'unschedulable') === true ? `${word},SchedulingDisabled` : word;
}

function nodeRoles(object: JsonObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const labels = Object.entries(asObject(at(object, 'metadata', 'labels')));
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(prefix)) return [key.slice(prefix.length)];
    return key === 'kubernetes.io/role' ? [asString(value) ?? ''] : [];
  });
  return (
    roles
      .filter((role) => role !== '')
      .toSorted()
      .join(',') || none
  );
}

function nodeAddress(object: JsonObject, type: string): string {
  const address = objectsAt(object, 'status', 'addresses').find((entry) => entry['type'] === type);
  return (address === undefined ? undefined : textAt(address, 'address')) ?? none;
}

/** @source printNamespace */
export const namespaceColumns: readonly Column[] = [
  nameColumn,
  column('Status', (object) => textAt(object, 'status', 'phase') ?? ''),
  ageColumn,
];

function dataCount(object: JsonObject): number {
  return Object.keys(asObject(object['data'])).length + Object.keys(asObject(object['binaryData'])).length;
}

/** @source printConfigMap */
export const configMapColumns: readonly Column[] = [nameColumn, column('Data', dataCount, 'integer'), ageColumn];

/** @source printSecret */
export const secretColumns: readonly Column[] = [
  nameColumn,
  column('Type', (object) => textAt(object, 'type') ?? ''),
  column('Data', dataCount, 'integer'),
  ageColumn,
];

/** @source printServiceAccount */
export const serviceAccountColumns: readonly Column[] = [
  nameColumn,
  column('Secrets', (object) => asArray(object['secrets']).length, 'integer'),
  ageColumn,
];

/** @source printEvent */
export const eventColumns: readonly Column[] = [
  column('Last Seen', (object, { now }) => formatAge(lastSeen(object), now)),
  column('Type', (object) => textAt(object, 'type') ?? ''),
  column('Reason', (object) => textAt(object, 'reason') ?? ''),
  column('Object', (object) => {
    const about = asObject(object['involvedObject'] ?? object['regarding']);
    return `${(textAt(about, 'kind') ?? '').toLowerCase()}/${textAt(about, 'name') ?? ''}`;
  }),
  wide('Subobject', (object) => textAt(asObject(object['involvedObject'] ?? object['regarding']), 'fieldPath') ?? ''),
  wide('Source', (object) =>
    [textAt(object, 'source', 'component') ?? textAt(object, 'reportingComponent') ?? '', textAt(object, 'source', 'host') ?? '']
      .filter((part) => part !== '')
      .join(', '),
  ),
  column('Message', (object) => (textAt(object, 'message') ?? textAt(object, 'note') ?? '').trim()),
  wide('First Seen', (object, { now }) => formatAge(textAt(object, 'firstTimestamp') ?? textAt(object, 'eventTime'), now)),
  wide('Count', (object) => String(numberAt(object, 'series', 'count') || numberAt(object, 'count') || 1)),
  wide('Name', (object) => textAt(object, 'metadata', 'name') ?? ''),
];

function lastSeen(object: JsonObject): string | undefined {
  return (
    textAt(object, 'series', 'lastObservedTime') ??
    textAt(object, 'lastTimestamp') ??
    textAt(object, 'eventTime') ??
    textAt(object, 'metadata', 'creationTimestamp')
  );
}

/** @source printLease */
export const leaseColumns: readonly Column[] = [
  nameColumn,
  column('Holder', (object) => textAt(object, 'spec', 'holderIdentity') ?? ''),
  ageColumn,
];

/** @source apiextensions-apiserver's table convertor of CustomResourceDefinition */
export const crdColumns: readonly Column[] = [
  nameColumn,
  column('Created At', (object) => textAt(object, 'metadata', 'creationTimestamp') ?? '', 'date'),
];
