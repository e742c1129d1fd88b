/** From a CustomResourceDefinition to the resources it serves. @source apiextensions.k8s.io/v1 */
import type { JsonObject } from '../json.ts';
import { asArray, asObject, asString, asText, at } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { formatApiVersion } from '../object.ts';
import type { BuiltinSchemas } from '../schema/index.ts';
import { structuralFromCrd } from '../schema/index.ts';
import type { Resource, ScalePaths, Subresource } from './resource.ts';
import { partVerbs, storedVerbs } from './resource.ts';

/** One resource for each served version; empty when the definition is going away. */
export function customResources(definition: KubeObject, schemas: BuiltinSchemas): readonly Resource[] {
  const spec = asObject(definition['spec']);
  const versions = asArray(spec['versions']).map(asObject);
  const storageVersion = asString(versions.find((version) => version['storage'] === true)?.['name']) ?? '';
  return versions
    .filter((version) => version['served'] === true)
    .map((version) => customResource({ spec, version, storageVersion, schemas }));
}

interface Building {
  readonly spec: JsonObject;
  readonly version: JsonObject;
  readonly storageVersion: string;
  readonly schemas: BuiltinSchemas;
}

function customResource({ spec, version, storageVersion, schemas }: Building): Resource {
  const group = asString(spec['group']) ?? '';
  const names = asObject(spec['names']);
  const plural = asString(names['plural']) ?? '';
  const kind = asString(names['kind']) ?? '';
  const versionName = asString(version['name']) ?? '';
  const subresources = asObject(version['subresources']);
  const openApi = asObject(asObject(version['schema'])['openAPIV3Schema']);
  const scale = asObject(subresources['scale']);
  const hasStatus = subresources['status'] !== undefined;
  const scaled = subresources['scale'] !== undefined;
  return {
    group,
    version: versionName,
    apiVersion: formatApiVersion(group, versionName),
    kind,
    plural,
    singular: asString(names['singular']) ?? kind.toLowerCase(),
    listKind: asString(names['listKind']) ?? `${kind}List`,
    shortNames: asArray(names['shortNames']).map(asText),
    categories: asArray(names['categories']).map(asText),
    namespaced: spec['scope'] === 'Namespaced',
    verbs: storedVerbs,
    subresources: [...(hasStatus ? [{ name: 'status', verbs: partVerbs }] : []), ...(scaled ? [scaleSubresource] : [])],
    storage: `${plural}.${group}`,
    storageApiVersion: formatApiVersion(group, storageVersion),
    schema: structuralFromCrd(openApi, schemas).schema,
    builtin: false,
    countsGeneration: true,
    keepsStatusOnCreate: !hasStatus,
    unconditionalUpdate: false,
    createOnUpdate: false,
    gracefulDeletion: false,
    selectableFields: asArray(version['selectableFields']).map((field) => (asString(at(field, 'jsonPath')) ?? '').replace(/^\./, '')),
    ...(scaled ? { scale: scalePaths(scale) } : {}),
    columns: asArray(version['additionalPrinterColumns']).map(asObject),
    strategy: {},
  };
}

const scaleSubresource: Subresource = { name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: partVerbs };

function scalePaths(scale: JsonObject): ScalePaths {
  const path = (name: string): string[] => (asString(scale[name]) ?? '').split('.').filter((step) => step !== '');
  return { specReplicas: path('specReplicasPath'), statusReplicas: path('statusReplicasPath'), selector: path('labelSelectorPath') };
}
