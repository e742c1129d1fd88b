/** Secrets and config maps: `stringData` is folded into `data`; immutable ones stay. */
import { asObject, asText } from '../json.ts';
import type { KubeObject } from '../object.ts';
import type { Strategy } from '../resource/resource.ts';
import { immutableData, immutableFields } from './immutable.ts';

/** @source k8s.io/api/core/v1 Secret.stringData (write-only) */
export const secretStrategy: Strategy = {
  prepareCreate: foldStringData,
  prepareUpdate: (next) => foldStringData(next),
  validateUpdate: (next, before, context) => [
    ...(immutableFields('type').validateUpdate?.(next, before, context) ?? []),
    ...(immutableData('data').validateUpdate?.(next, before, context) ?? []),
  ],
};

function foldStringData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const type = object['type'] ?? 'Opaque';
  if (stringData === undefined) return { ...object, type };
  const encoded = Object.entries(asObject(stringData)).map(([key, value]) => [key, Buffer.from(asText(value), 'utf8').toString('base64')]);
  return {
    ...rest,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: object.metadata,
    type,
    data: { ...asObject(object['data']), ...Object.fromEntries(encoded) },
  };
}
