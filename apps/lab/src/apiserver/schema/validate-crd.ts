/** What a CustomResourceDefinition must satisfy beyond its own schema. @source apiextensions.k8s.io/v1 validation */
import { asArray, asObject, asString, at, isObject, type JsonObject } from '../json.ts';
import type { BuiltinSchemas } from './builtin.ts';
import { structuralFromCrd } from './crd.ts';
import type { FieldError, FieldReason } from './problem.ts';

/** All that is wrong with a CRD; empty when it can be served. */
export function validateCrd(crd: JsonObject, builtins: BuiltinSchemas): readonly FieldError[] {
  const spec = asObject(crd['spec']);
  return [...nameErrors(crd, spec), ...versionErrors(spec, builtins)];
}

function error(field: string, reason: FieldReason, message: string): FieldError {
  return { field, reason, message };
}

function nameErrors(crd: JsonObject, spec: JsonObject): readonly FieldError[] {
  const group = asString(spec['group']) ?? '';
  const names = asObject(spec['names']);
  const plural = asString(names['plural']) ?? '';
  const name = asString(at(crd, 'metadata', 'name')) ?? '';
  const errors: FieldError[] = [];
  if (name !== `${plural}.${group}`)
    errors.push(
      error('metadata.name', 'FieldValueInvalid', `Invalid value: ${JSON.stringify(name)}: must be spec.names.plural+"."+spec.group`),
    );
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/.test(group))
    errors.push(
      error('spec.group', 'FieldValueInvalid', `Invalid value: ${JSON.stringify(group)}: should be a domain with at least one dot`),
    );
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(plural))
    errors.push(
      error(
        'spec.names.plural',
        'FieldValueInvalid',
        `Invalid value: ${JSON.stringify(plural)}: a DNS-1035 label must consist of lower case alphanumeric characters or '-'`,
      ),
    );
  if (asString(names['kind']) === undefined) errors.push(error('spec.names.kind', 'FieldValueRequired', 'Required value'));
  if (spec['scope'] !== 'Namespaced' && spec['scope'] !== 'Cluster')
    errors.push(
      error(
        'spec.scope',
        'FieldValueNotSupported',
        `Unsupported value: ${JSON.stringify(spec['scope'] ?? '')}: supported values: "Cluster", "Namespaced"`,
      ),
    );
  return errors;
}

function versionErrors(spec: JsonObject, builtins: BuiltinSchemas): readonly FieldError[] {
  const versions = asArray(spec['versions']).filter(isObject);
  const errors: FieldError[] = [];
  if (versions.length === 0) errors.push(error('spec.versions', 'FieldValueRequired', 'Required value'));
  const stored = versions.filter((version) => version['storage'] === true);
  if (versions.length > 0 && stored.length !== 1)
    errors.push(error('spec.versions', 'FieldValueInvalid', 'Invalid value: must have exactly one version marked as storage version'));
  for (const [index, version] of versions.entries()) {
    const field = `spec.versions[${index}].schema.openAPIV3Schema`;
    const schema = at(version, 'schema', 'openAPIV3Schema');
    if (!isObject(schema)) errors.push(error(field, 'FieldValueRequired', 'Required value: schemas are required'));
    else
      errors.push(
        ...structuralFromCrd(schema, builtins).problems.map((problem) => error(field, 'FieldValueInvalid', `Invalid value: ${problem}`)),
      );
  }
  return errors;
}
