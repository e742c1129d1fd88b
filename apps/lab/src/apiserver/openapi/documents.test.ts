import { describe, expect, it } from 'vitest';
import { at, type JsonObject, type JsonValue } from '../json.ts';
import { BuiltinSchemas, structuralFromCrd } from '../schema/index.ts';
import { openapiV2, openapiV3Group, openapiV3Index } from './documents.ts';
import type { ServedKind } from './served-kind.ts';

const builtins = new BuiltinSchemas();
const builtin = (group: string, kind: string, plural: string): ServedKind => ({
  group,
  version: 'v1',
  kind,
  plural,
  namespaced: true,
  verbs: ['get', 'patch'],
  subresources: ['status'],
  schema: builtins.schemaFor({ group, version: 'v1', kind }),
});
const pods = builtin('', 'Pod', 'pods');
const crds = builtin('apiextensions.k8s.io', 'CustomResourceDefinition', 'customresourcedefinitions');
const custom = (type: string): ServedKind => ({
  group: 'x.io',
  version: 'v1',
  kind: 'Net',
  plural: 'nets',
  namespaced: false,
  verbs: [],
  subresources: [],
  schema: structuralFromCrd(
    {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { a: { type, description: 'An a.' }, p: { 'x-kubernetes-int-or-string': true } } },
      },
    },
    builtins,
  ).schema,
});

/** Every $ref of a document. */
function references(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => references(item as JsonValue));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as JsonObject).flatMap(([key, entry]) =>
    key === '$ref' && typeof entry === 'string' ? [entry] : references(entry),
  );
}

describe('OpenAPI 3', () => {
  it.each<[string, readonly ServedKind[]]>([
    ['pods', [pods]],
    ['definitions, whose schema contains itself', [crds]],
    ['a custom resource', [custom('string')]],
  ])('%s: every reference has its component', (_name, kinds) => {
    const document = openapiV3Group(kinds);
    const schemas = Object.keys(at(document, 'components', 'schemas') as JsonObject);
    const missing = references(document).filter((reference) => !schemas.includes(reference.replace('#/components/schemas/', '')));
    expect(missing).toEqual([]);
    expect(references(document).length).toBeGreaterThan(0);
  });

  it('a kind is found by its group, version and kind', () => {
    const { 'io.k8s.api.v1.Pod': schema } = at(openapiV3Group([pods]), 'components', 'schemas') as JsonObject;
    expect(at(schema, 'x-kubernetes-group-version-kind')).toEqual([{ group: '', version: 'v1', kind: 'Pod' }]);
  });

  it('a field that refers says what it is for, and how it merges', () => {
    const schemas = at(openapiV3Group([pods]), 'components', 'schemas') as JsonObject;
    expect(at(schemas['io.k8s.api.v1.PodSpec'], 'properties', 'containers')).toMatchObject({
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.v1.Container' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
    });
    expect(at(schemas['io.k8s.api.v1.ContainerPort'], 'properties', 'containerPort')).toMatchObject({
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 65535,
    });
  });

  it('builtin kinds take strategic merge patches, custom ones do not, and all know fieldValidation', () => {
    const patch = (kind: ServedKind, path: string): JsonObject => at(openapiV3Group([kind]), 'paths', path, 'patch') as JsonObject;
    const types = (operation: JsonObject): string[] => Object.keys(at(operation, 'requestBody', 'content') as JsonObject);
    const ours = patch(pods, '/api/v1/namespaces/{namespace}/pods/{name}');
    const theirs = patch(custom('string'), '/apis/x.io/v1/nets/{name}');
    expect(types(ours)).toContain('application/strategic-merge-patch+json');
    expect(types(theirs)).not.toContain('application/strategic-merge-patch+json');
    for (const operation of [ours, theirs])
      expect((operation['parameters'] as JsonObject[]).map((parameter) => parameter['name'])).toContain('fieldValidation');
  });

  it('the index points at each group, and its hash follows a change of schema', () => {
    const index = (kinds: readonly ServedKind[]) => openapiV3Index(kinds)['paths'] as Record<string, { serverRelativeURL: string }>;
    expect(Object.keys(index([pods, custom('string')]))).toEqual(['api/v1', 'apis/x.io/v1']);
    const [before, same, after] = [custom('string'), custom('string'), custom('integer')].map(
      (kind) => index([kind])['apis/x.io/v1']!.serverRelativeURL,
    );
    expect(same).toBe(before);
    expect(after).not.toBe(before);
  });
});

describe('OpenAPI 2', () => {
  it('refers to definitions, and merge keys are there', () => {
    const document = openapiV2([pods, custom('string')]);
    const definitions = document['definitions'] as JsonObject;
    expect(references(document).filter((reference) => definitions[reference.replace('#/definitions/', '')] === undefined)).toEqual([]);
    expect(at(definitions['io.k8s.api.v1.Container'], 'properties', 'env', 'x-kubernetes-patch-merge-key')).toBe('name');
    expect(at(definitions['io.x.v1.Net'], 'properties', 'spec', 'properties', 'p')).toEqual({ type: 'string', format: 'int-or-string' });
  });
});
