/** The OpenAPI documents that kubectl reads. @source Kubernetes documentation "Kubernetes OpenAPI Specification" */
import { createHash } from 'node:crypto';
import { formatJson, type JsonObject } from '../json.ts';
import { dialectV2, dialectV3, SchemaEmitter, type Dialect } from './emit.ts';
import { pathsOf } from './paths.ts';
import type { ServedKind } from './served-kind.ts';

/** @source discovery of OpenAPI 3.0: `/openapi/v3` */
export function openapiV3Index(kinds: readonly ServedKind[]): JsonObject {
  const groups = Map.groupBy(kinds, (kind) => (kind.group === '' ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`));
  return {
    paths: Object.fromEntries(
      [...groups].map(([path, members]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(members)}` }]),
    ),
  };
}

/** The document of one group and version. @source OpenAPI 3.0 */
export function openapiV3Group(kinds: readonly ServedKind[]): JsonObject {
  return { openapi: '3.0.0', ...common(kinds), components: { schemas: definitions(kinds, dialectV3) } };
}

/** One document of everything. @source OpenAPI 2.0 */
export function openapiV2(kinds: readonly ServedKind[]): JsonObject {
  return { swagger: '2.0', ...common(kinds), definitions: definitions(kinds, dialectV2) };
}

function common(kinds: readonly ServedKind[]): JsonObject {
  return { info: { title: 'Kubernetes', version: 'v1.32.0' }, paths: Object.assign({}, ...kinds.map(pathsOf)) as JsonObject };
}

function definitions(kinds: readonly ServedKind[], dialect: Dialect): JsonObject {
  const emitter = new SchemaEmitter(dialect);
  for (const kind of kinds) emitter.define(componentOf(kind), kind.schema ?? { type: 'object', preserveUnknownFields: true }, gvkOf(kind));
  return emitter.components();
}

/** `io.kubeovn.v1.Subnet` for a custom resource. */
function componentOf(kind: ServedKind): string {
  return kind.schema?.component ?? [...kind.group.split('.').toReversed(), kind.version, kind.kind].filter((part) => part !== '').join('.');
}

function gvkOf(kind: ServedKind): JsonObject {
  return { group: kind.group, version: kind.version, kind: kind.kind };
}

/** Clients keep a document for as long as its hash stays. A builtin kind's schema never changes: its name will do. */
function hashOf(kinds: readonly ServedKind[]): string {
  const parts = kinds.map((kind) => [kind.plural, kind.kind, kind.schema?.component ?? formatJson(openapiV3Group([kind]))]);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32).toUpperCase();
}
