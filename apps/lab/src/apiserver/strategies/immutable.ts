/** Fields that keep their first value, kind by kind. */
import { at, formatJson, jsonEqual } from '../json.ts';
import type { Strategy } from '../resource/resource.ts';
import type { FieldError } from '../status.ts';

/** A strategy that refuses any change of the named paths. */
export function immutableFields(...paths: readonly string[]): Strategy {
  return {
    validateUpdate: (next, before) =>
      paths.flatMap((path): FieldError[] => {
        const value = at(next, ...path.split('.'));
        if (jsonEqual(value, at(before, ...path.split('.')))) return [];
        return [
          {
            field: path,
            reason: 'FieldValueInvalid',
            message: `Invalid value: ${value === undefined ? 'null' : formatJson(value)}: field is immutable`,
          },
        ];
      }),
  };
}

/** ConfigMap and Secret: nothing of the data changes once `immutable` is true. */
export function immutableData(...paths: readonly string[]): Strategy {
  const frozen = immutableFields('immutable', ...paths);
  return {
    validateUpdate: (next, before, context) =>
      before['immutable'] === true
        ? (frozen.validateUpdate?.(next, before, context) ?? []).map((error) => ({
            ...error,
            reason: 'FieldValueForbidden',
            message: 'Forbidden: field is immutable when `immutable` is set',
          }))
        : [],
  };
}

const statefulSetMutable = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
  'revisionHistoryLimit',
]);

/** @source k8s.io/kubernetes/pkg/apis/apps/validation ValidateStatefulSetUpdate */
export const statefulSetStrategy: Strategy = {
  validateUpdate: (next, before) => {
    const names = new Set([...Object.keys((next['spec'] ?? {}) as object), ...Object.keys((before['spec'] ?? {}) as object)]);
    const changed = [...names].filter(
      (name) => !statefulSetMutable.has(name) && !jsonEqual(at(next, 'spec', name), at(before, 'spec', name)),
    );
    if (changed.length === 0) return [];
    const message =
      "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    return [{ field: 'spec', reason: 'FieldValueForbidden', message }];
  },
};
