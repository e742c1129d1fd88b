/** The one error class of this package, and how a server's answer becomes one. */

/** Stable codes; callers branch on these. */
export type KubeErrorCode =
  /** The server does not understand the request. HTTP 400, 405, 406, 415. */
  | 'KUBE_BAD_REQUEST'
  /** The credentials are missing, wrong or expired. HTTP 401. */
  | 'KUBE_UNAUTHORIZED'
  /** The credentials do not allow this. HTTP 403. */
  | 'KUBE_FORBIDDEN'
  /** There is no such object, or the server does not serve this resource. HTTP 404. */
  | 'KUBE_NOT_FOUND'
  /** There is an object of that name already. HTTP 409, reason AlreadyExists. */
  | 'KUBE_EXISTS'
  /** The object has changed since it was read. HTTP 409. */
  | 'KUBE_CONFLICT'
  /** The resource version, or the rest of a list, is too old to be served. HTTP 410. */
  | 'KUBE_GONE'
  /** The object is refused by validation or admission. HTTP 422. */
  | 'KUBE_INVALID'
  /** The server asks for fewer requests. HTTP 429. */
  | 'KUBE_THROTTLED'
  /** The server cannot be reached, did not answer in time, or has failed. HTTP 5xx, sockets, timeouts. */
  | 'KUBE_UNAVAILABLE'
  /** What the server sent is not what the protocol says, or exceeds a bound of ours. */
  | 'KUBE_BAD_ANSWER'
  /** The caller has cancelled the request, or closed the client. */
  | 'KUBE_CANCELLED'
  /** The kubeconfig file cannot be used. */
  | 'KUBE_BAD_CONFIG';

/** Whether trying again can help: never as it is, at once with fresh data, or after a wait. */
export type Retry = 'never' | 'now' | 'later';

/** What more there is to know about a failure. */
export interface KubeErrorDetails {
  /** HTTP status; 0 when there was no answer. */
  readonly status?: number;
  readonly retry?: Retry;
  /** `reason` of the Status object. @source Kubernetes meta/v1 Status */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** A request to the Kubernetes API that did not do what was asked. */
export class KubeError extends Error {
  readonly code: KubeErrorCode;
  readonly retry: Retry;
  readonly status: number;
  readonly reason: string | undefined;

  constructor(code: KubeErrorCode, message: string, details: KubeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'KubeError';
    this.code = code;
    this.retry = details.retry ?? 'never';
    this.status = details.status ?? 0;
    this.reason = details.reason;
  }
}

const MAX_REASON_CHARACTERS = 1000;

/**
 * The error that an answer with a failure status stands for.
 *
 * @param what the request in words: verb, resource and object
 * @param body the answer's text: usually a Status object, sometimes a proxy's page
 * @source Kubernetes API conventions, "Response Status Kind" and "HTTP Status codes"
 */
export function errorOfStatus(what: string, status: number, body: string): KubeError {
  const { reason, message } = readStatus(body);
  const [code, retry] = classify(status, reason);
  return new KubeError(code, `${what}: ${message} (HTTP ${status}${reason === undefined ? '' : `, ${reason}`})`, {
    status,
    retry,
    ...(reason === undefined ? {} : { reason }),
  });
}

function readStatus(body: string): { readonly reason: string | undefined; readonly message: string } {
  try {
    const parsed = JSON.parse(body) as { readonly reason?: unknown; readonly message?: unknown } | null;
    const reason = typeof parsed?.reason === 'string' && parsed.reason !== '' ? parsed.reason : undefined;
    if (typeof parsed?.message === 'string') return { reason, message: parsed.message.slice(0, MAX_REASON_CHARACTERS) };
  } catch {
    // Not a Status: a proxy or load balancer may answer in its own words.
  }
  return { reason: undefined, message: body.trim().slice(0, MAX_REASON_CHARACTERS) || 'no reason given' };
}

function classify(status: number, reason: string | undefined): readonly [KubeErrorCode, Retry] {
  switch (status) {
    case 401:
      return ['KUBE_UNAUTHORIZED', 'later'];
    case 403:
      return ['KUBE_FORBIDDEN', 'later'];
    case 404:
      return ['KUBE_NOT_FOUND', 'never'];
    case 409:
      return reason === 'AlreadyExists' ? ['KUBE_EXISTS', 'never'] : ['KUBE_CONFLICT', 'now'];
    case 410:
      return ['KUBE_GONE', 'now'];
    case 422:
      return ['KUBE_INVALID', 'never'];
    case 429:
      return ['KUBE_THROTTLED', 'later'];
    default:
      return status >= 500 ? ['KUBE_UNAVAILABLE', 'later'] : ['KUBE_BAD_REQUEST', 'never'];
  }
}

/** What was thrown, as an error of this package. */
export function asKubeError(what: string, thrown: unknown): KubeError {
  if (thrown instanceof KubeError) return thrown;
  const reason = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return new KubeError('KUBE_UNAVAILABLE', `${what}: ${reason}`, { retry: 'later', cause: thrown });
}
