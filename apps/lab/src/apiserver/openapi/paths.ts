/** The paths of served kinds as OpenAPI operations: what kubectl reads of them is media types and query parameters. */
import type { JsonObject } from '../json.ts';
import type { ServedKind } from './served-kind.ts';

const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
const strategicType = 'application/strategic-merge-patch+json';

/** Where a kind is served, without the object's name. */
function collectionPath(kind: ServedKind): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return kind.namespaced ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`;
}

/** The path items of one kind. */
export function pathsOf(kind: ServedKind): JsonObject {
  const collection = collectionPath(kind);
  const parameters = kind.namespaced ? [pathParameter('namespace')] : [];
  return {
    [collection]: { parameters, get: operation(kind, 'list', []), post: operation(kind, 'post', writeParameters) },
    [`${collection}/{name}`]: {
      parameters: [...parameters, pathParameter('name')],
      get: operation(kind, 'get', []),
      put: operation(kind, 'put', writeParameters),
      patch: {
        ...operation(kind, 'patch', [...writeParameters, queryParameter('force', 'boolean')]),
        requestBody: { content: patchContent(kind), required: true },
      },
      delete: operation(kind, 'delete', [queryParameter('dryRun', 'string')]),
    },
  };
}

/** Builtin kinds are named components; custom resources take no strategic merge patch. */
function patchContent(kind: ServedKind): JsonObject {
  const types = kind.schema?.component === undefined ? patchTypes : [...patchTypes, strategicType];
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'object' } }]));
}

function operation(kind: ServedKind, action: string, parameters: readonly JsonObject[]): JsonObject {
  return {
    operationId: `${action}${kind.group === '' ? 'Core' : kind.group.replaceAll(/[^a-zA-Z0-9]/g, '_')}${kind.version}${kind.namespaced ? 'Namespaced' : ''}${kind.kind}`,
    parameters,
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
  };
}

const writeParameters: readonly JsonObject[] = [
  queryParameter('dryRun', 'string'),
  queryParameter('fieldManager', 'string'),
  queryParameter('fieldValidation', 'string'),
];

function queryParameter(name: string, type: string): JsonObject {
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}

function pathParameter(name: string): JsonObject {
  return { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } };
}
