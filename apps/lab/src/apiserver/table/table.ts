/** Objects as a Table, the form in which kubectl asks for lists. @source meta.k8s.io/v1 Table */
import type { JsonObject, JsonValue } from '../json.ts';
import type { GroupVersionKind } from '../schema/structural.ts';
import { ageColumn, nameColumn, type Column } from './column.ts';
import {
  configMapColumns,
  crdColumns,
  eventColumns,
  leaseColumns,
  namespaceColumns,
  nodeColumns,
  secretColumns,
  serviceAccountColumns,
} from './core.ts';
import { customColumns } from './custom.ts';
import { endpointsColumns, endpointSliceColumns, networkPolicyColumns, serviceColumns } from './network.ts';
import { podColumns } from './pods.ts';
import {
  controllerRevisionColumns,
  daemonSetColumns,
  deploymentColumns,
  jobColumns,
  replicaSetColumns,
  statefulSetColumns,
} from './workloads.ts';

/** What to render. */
export interface TableRequest {
  readonly gvk: GroupVersionKind;
  readonly objects: readonly JsonObject[];
  /** additionalPrinterColumns of a custom resource's version; absent for builtin kinds. */
  readonly columns?: readonly JsonObject[] | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What each row carries of its object; Metadata when the client does not say. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** metadata of the list: resourceVersion, continue, remainingItemCount */
  readonly listMeta: JsonObject;
}

/** The columns of a kind. */
function columnsFor(gvk: GroupVersionKind, stated?: readonly JsonObject[]): readonly Column[] {
  if (stated !== undefined) return customColumns(stated);
  return byKind[`${gvk.group}/${gvk.kind}`] ?? [nameColumn, ageColumn];
}

/** Render a Table. */
export function renderTable(request: TableRequest): JsonObject {
  const columns = columnsFor(request.gvk, request.columns);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: request.listMeta,
    columnDefinitions: columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format: format ?? '',
      description: description ?? '',
      priority,
    })),
    rows: request.objects.map((object) => ({
      cells: columns.map((column): JsonValue => column.cell(object, { now: request.now })),
      ...rowObject(object, request.includeObject),
    })),
  };
}

function rowObject(object: JsonObject, include: TableRequest['includeObject']): JsonObject {
  if (include === 'None') return {};
  if (include === 'Object') return { object };
  return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object['metadata'] } };
}

const byKind: Readonly<Record<string, readonly Column[]>> = {
  '/Pod': podColumns,
  '/Node': nodeColumns,
  '/Namespace': namespaceColumns,
  '/Service': serviceColumns,
  '/Endpoints': endpointsColumns,
  '/ConfigMap': configMapColumns,
  '/Secret': secretColumns,
  '/ServiceAccount': serviceAccountColumns,
  '/Event': eventColumns,
  'events.k8s.io/Event': eventColumns,
  'apps/Deployment': deploymentColumns,
  'apps/ReplicaSet': replicaSetColumns,
  'apps/StatefulSet': statefulSetColumns,
  'apps/DaemonSet': daemonSetColumns,
  'apps/ControllerRevision': controllerRevisionColumns,
  'batch/Job': jobColumns,
  'discovery.k8s.io/EndpointSlice': endpointSliceColumns,
  'networking.k8s.io/NetworkPolicy': networkPolicyColumns,
  'coordination.k8s.io/Lease': leaseColumns,
  'apiextensions.k8s.io/CustomResourceDefinition': crdColumns,
};
