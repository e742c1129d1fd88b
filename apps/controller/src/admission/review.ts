/** The API server's question and our answer, as texts. Pure. @source Kubernetes admission.k8s.io/v1 AdmissionReview */
import type { KubeObject } from '@kube-ovn/api';

/** A write that is about to be stored. */
export interface Write {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE';
  /** Lower-case plural, such as `subnets`. */
  readonly resource: string;
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
}

export interface Verdict {
  /** Why the write is refused; undefined lets it through. */
  readonly refusal: string | undefined;
  readonly warnings: readonly string[];
}

/** A question; for what is no write of an object (DELETE, CONNECT) the uid alone; undefined when the text is no question. */
export function readReview(text: string): Write | { readonly uid: string; readonly object?: undefined } | undefined {
  const review = parse(text);
  const request = fieldsOf(review?.['request']);
  const uid = request?.['uid'];
  if (review?.['kind'] !== 'AdmissionReview' || request === undefined || typeof uid !== 'string') return undefined;
  const { operation } = request;
  const resource = fieldsOf(request['resource'])?.['resource'];
  const object = objectOf(request['object'], request['namespace']);
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || typeof resource !== 'string' || object === undefined) return { uid };
  return { uid, operation, resource, object, before: objectOf(request['oldObject'], request['namespace']) };
}

/** The server shows at most 256 characters of a warning, and 4096 of all. @source k8s.io/apiserver, warning headers */
const maxWarning = 256;
const maxWarnings = 16;

/** The answer's text. */
export function formatReview(uid: string, { refusal, warnings }: Verdict): string {
  const shown = warnings.slice(0, maxWarnings).map((text) => (text.length > maxWarning ? `${text.slice(0, maxWarning - 3)}...` : text));
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    response: {
      uid,
      allowed: refusal === undefined,
      ...(refusal === undefined ? {} : { status: { code: 422, reason: 'Invalid', message: refusal } }),
      ...(shown.length === 0 ? {} : { warnings: shown }),
    },
  });
}

type Fields = Readonly<Record<string, unknown>>;

function parse(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The server has held it against its schema; a name that it has not chosen yet is shown as `prefix?`. */
function objectOf(value: unknown, namespace: unknown): KubeObject | undefined {
  const object = fieldsOf(value);
  const metadata = fieldsOf(object?.['metadata']);
  if (object === undefined || metadata === undefined) return undefined;
  const text = (field: unknown): string => (typeof field === 'string' ? field : '');
  const name = text(metadata['name']) || `${text(metadata['generateName'])}?`;
  const own = text(metadata['namespace']) || text(namespace);
  return { ...object, metadata: { ...metadata, name, ...(own === '' ? {} : { namespace: own }) } };
}
