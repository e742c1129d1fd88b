/**
 * Errors as the Kubernetes API tells them: a `Status` object whose `reason` and `code` clients act upon.
 *
 * @source Kubernetes API conventions, "Response Status Kind"; k8s.io/apimachinery/pkg/api/errors
 */
import type { JsonObject } from './json.ts';

/** One finding about one field; goes verbatim into `Status.details.causes`. */
export interface FieldError {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

/** Names the kind of resource an error is about. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** The closed set of `Status.reason` values this server sends. */
export type StatusReason =
  | 'AlreadyExists'
  | 'BadRequest'
  | 'Conflict'
  | 'Expired'
  | 'Forbidden'
  | 'InternalError'
  | 'Invalid'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'NotFound'
  | 'RequestEntityTooLarge'
  | 'ServiceUnavailable'
  | 'Timeout'
  | 'TooManyRequests'
  | 'Unauthorized'
  | 'UnsupportedMediaType';

interface StatusErrorInit {
  readonly code: number;
  readonly reason: StatusReason;
  readonly message: string;
  readonly details?: JsonObject;
}

/** The one error class of the API server; anything else that is thrown becomes a 500 InternalError. */
export class StatusError extends Error {
  override readonly name: string = 'StatusError';
  /** HTTP status */
  readonly code: number;
  readonly reason: StatusReason;
  readonly details: JsonObject | undefined;

  constructor(init: StatusErrorInit) {
    super(init.message);
    this.code = init.code;
    this.reason = init.reason;
    this.details = init.details;
  }

  /** The `Status` object on the wire. */
  toStatus(): JsonObject {
    const details = this.details === undefined ? {} : { details: this.details };
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...details,
      code: this.code,
    };
  }
}

/** `pods` or `deployments.apps`: how messages name a resource. */
function qualified(resource: { readonly group: string; readonly plural: string }): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function detailsOf(resource: ResourceName, name: string, more: JsonObject = {}): JsonObject {
  return { ...(name === '' ? {} : { name }), ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, ...more };
}

export function notFound(resource: ResourceName, name: string): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: `${qualified(resource)} "${name}" not found`,
    details: detailsOf(resource, name),
  });
}

/** The path itself leads nowhere, as opposed to an object that is absent. */
export function noSuchPath(): StatusError {
  return new StatusError({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource', details: {} });
}

export function alreadyExists(resource: ResourceName, name: string): StatusError {
  return new StatusError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualified(resource)} "${name}" already exists`,
    details: detailsOf(resource, name),
  });
}

export function conflict(resource: ResourceName, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: detailsOf(resource, name) });
}

/** The write was based on an older resourceVersion than the stored one. */
export function staleWrite(resource: ResourceName, name: string): StatusError {
  return conflict(resource, name, 'the object has been modified; please apply your changes to the latest version and try again');
}

/** Server-side apply met fields that another manager owns. */
export function applyConflict(causes: readonly FieldError[]): StatusError {
  const list = causes.map((cause) => `${cause.message}: ${cause.field}`).join('\n- ');
  const message = `Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${causes.length === 1 ? list : `\n- ${list}`}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes: causes.map((cause) => ({ ...cause })) } });
}

export function invalid(resource: ResourceName, name: string, errors: readonly FieldError[]): StatusError {
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  const message = `${kind} "${name}" is invalid: ${texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`}`;
  const causes = errors.map((error) => ({ reason: error.reason, message: error.message, field: error.field }));
  const details: JsonObject = {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.kind,
    causes,
  };
  return new StatusError({ code: 422, reason: 'Invalid', message, details });
}

export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

export function forbidden(resource: ResourceName, name: string, why: string): StatusError {
  const message = `${qualified(resource)} "${name}" is forbidden: ${why}`;
  return new StatusError({ code: 403, reason: 'Forbidden', message, details: detailsOf(resource, name) });
}

/** Nothing new may be made in a namespace that is going away. */
export function namespaceTerminating(resource: ResourceName, name: string, namespace: string): StatusError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }];
  return new StatusError({
    code: 403,
    reason: 'Forbidden',
    message: `${qualified(resource)} "${name}" is forbidden: ${why}`,
    details: detailsOf(resource, name, { causes }),
  });
}

export function unauthorized(): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

export function methodNotAllowed(what: string): StatusError {
  return new StatusError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: `the server does not allow this method on the requested resource: ${what}`,
  });
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message });
}

export function notAcceptable(): StatusError {
  const message = 'only the following media types are accepted: application/json, application/yaml';
  return new StatusError({ code: 406, reason: 'NotAcceptable', message });
}

/** A watch or list asks for a revision that is no longer kept; the client must list again. */
export function expired(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message });
}

/** The client has seen a newer revision than this server has made. */
export function tooLargeRevision(asked: number, current: number): StatusError {
  const details = { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 };
  return new StatusError({ code: 504, reason: 'Timeout', message: `Too large resource version: ${asked}, current: ${current}`, details });
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({ code: 429, reason: 'TooManyRequests', message, details: { retryAfterSeconds } });
}

export function tooLarge(limitBytes: number): StatusError {
  return new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: `the request body is larger than ${limitBytes} bytes` });
}

export function unavailable(message: string): StatusError {
  return new StatusError({ code: 503, reason: 'ServiceUnavailable', message });
}

export function internal(message: string): StatusError {
  return new StatusError({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ message }] },
  });
}

/** Any thrown value as a StatusError. */
export function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return internal(error instanceof Error ? error.message : String(error));
}
