/** Custom resource definitions: names completed, schema checked; the conditions are set by `lifecycle/custom-resources.ts`. */
import { asArray, asObject, asString, asText, at } from '../json.ts';
import type { KubeObject } from '../object.ts';
import type { Strategy } from '../resource/resource.ts';
import type { BuiltinSchemas } from '../schema/index.ts';
import { validateCrd } from '../schema/index.ts';
import type { FieldError } from '../status.ts';

/** @source k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition */
export function crdStrategy(schemas: BuiltinSchemas): Strategy {
  return {
    prepareCreate: (object) => ({
      ...completed(object),
      status: { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: storageVersions(object) },
    }),
    prepareUpdate: (next) => completed(next),
    validateCreate: (object) => validateCrd(object, schemas),
    validateUpdate: (next, before) => [...frozen(next, before), ...validateCrd(next, schemas)],
  };
}

function completed(object: KubeObject): KubeObject {
  const spec = asObject(object['spec']);
  const names = asObject(spec['names']);
  const kind = asString(names['kind']) ?? '';
  return {
    ...object,
    spec: {
      ...spec,
      conversion: spec['conversion'] ?? { strategy: 'None' },
      names: { ...names, singular: names['singular'] ?? kind.toLowerCase(), listKind: names['listKind'] ?? `${kind}List` },
    },
  };
}

function storageVersions(object: KubeObject): readonly string[] {
  return asArray(at(object, 'spec', 'versions'))
    .map(asObject)
    .filter((version) => version['storage'] === true)
    .map((version) => asText(version['name']));
}

function frozen(next: KubeObject, before: KubeObject): FieldError[] {
  return [
    ['spec', 'group'],
    ['spec', 'scope'],
    ['spec', 'names', 'kind'],
    ['spec', 'names', 'plural'],
  ]
    .filter((path) => at(next, ...path) !== at(before, ...path))
    .map((path) => ({
      field: path.join('.'),
      reason: 'FieldValueInvalid',
      message: `Invalid value: "${asText(at(next, ...path))}": field is immutable`,
    }));
}
