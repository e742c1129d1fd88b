/** From a request body to an object that fits its schema. */
import type { Target, WriteOptions } from '../api.ts';
import type { JsonValue } from '../json.ts';
import { asObject, asString, isObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { withMetadata } from '../object.ts';
import type { Resource } from '../resource/resource.ts';
import { applyBuiltinDefaults, normalise } from '../schema/index.ts';
import type { FieldError } from '../status.ts';
import { badRequest, invalid } from '../status.ts';
import { metadataProblems } from './names.ts';

/**
 * Read a body as an object of the target's kind.
 *
 * @throws {StatusError} 400 when the body is no object, or another kind, namespace or name than the path says
 */
export function readObject(target: Target, body: JsonValue): KubeObject {
  const { resource } = target;
  if (!isObject(body)) throw badRequest(`the body must be a JSON object of kind ${resource.kind}`);
  const kind = asString(body['kind']) ?? resource.kind;
  const apiVersion = asString(body['apiVersion']) ?? resource.apiVersion;
  if (kind !== resource.kind || apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the API version in the data (${apiVersion}, Kind=${kind}) does not match the expected API version (${resource.apiVersion}, Kind=${resource.kind})`,
    );
  }
  const metadata = body['metadata'] ?? {};
  if (!isObject(metadata)) throw badRequest('metadata must be an object');
  for (const field of ['name', 'generateName', 'namespace'] as const) {
    if (metadata[field] !== undefined && metadata[field] !== null && typeof metadata[field] !== 'string')
      throw badRequest(`metadata.${field} must be a string`);
  }
  const object = { ...body, apiVersion, kind, metadata } as KubeObject;
  return withMetadata(object, placed(target, object));
}

function placed({ resource, namespace, name }: Target, object: KubeObject): { namespace: string | undefined; name: string | undefined } {
  const own = object.metadata;
  if (resource.namespaced && own.namespace !== undefined && own.namespace !== '' && own.namespace !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  if (name !== undefined && own.name !== undefined && own.name !== '' && own.name !== name) {
    throw badRequest(`the name of the object (${own.name}) does not match the name on the URL (${name})`);
  }
  const chosen = own.name === '' ? undefined : own.name;
  return { namespace: resource.namespaced ? namespace : undefined, name: name ?? chosen };
}

/** An object made to fit, with what is wrong with it. */
export interface Fitted {
  readonly object: KubeObject;
  readonly errors: readonly FieldError[];
}

/** Prune, default and check an object; unknown fields are refused or warned of as the request wishes. */
export function fit(resource: Resource, object: KubeObject, options: Pick<WriteOptions, 'fieldValidation' | 'warn'>): Fitted {
  if (resource.schema === undefined) return { object, errors: [] };
  const filled = resource.builtin ? (applyBuiltinDefaults(resource, object) as KubeObject) : object;
  const { object: fitted, errors, unknown } = normalise(filled, resource.schema);
  report(resource, unknown, options);
  return {
    object: {
      ...fitted,
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: asObject(fitted['metadata']) as KubeObject['metadata'],
    },
    errors,
  };
}

/** What a webhook made of an object, checked like what a client sends. @throws {StatusError} 422 */
export function refit(resource: Resource, object: KubeObject): KubeObject {
  const { object: fitted, errors } = fit(resource, object, { fieldValidation: 'Ignore', warn: () => undefined });
  const problems = [...metadataProblems(resource, fitted), ...errors];
  if (problems.length > 0) throw invalid(resource, object.metadata.name ?? '', problems);
  return fitted;
}

function report(resource: Resource, unknown: readonly string[], options: Pick<WriteOptions, 'fieldValidation' | 'warn'>): void {
  if (unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  const texts = unknown.map((path) => `unknown field "${path}"`);
  if (options.fieldValidation === 'Strict') {
    const message = `strict decoding error: ${texts.join(', ')}`;
    throw badRequest(
      resource.builtin ? `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${message}` : message,
    );
  }
  for (const text of texts) options.warn(text);
}
