/** Asks mutating, then validating webhooks, over HTTPS. */
import { request as httpsRequest } from 'node:https';
import type { Ports } from '../clock.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { asArray, asObject, asText, at, formatJson, parseJson } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { applyPatch } from '../patch/index.ts';
import type { Store } from '../store/store.ts';
import type { StatusReason } from '../status.ts';
import { StatusError, badRequest, internal } from '../status.ts';
import type { Admission, AdmissionRequest } from './admission.ts';
import type { Webhook } from './rules.ts';
import { concernedWebhooks, reviewOf, webhookUrl } from './rules.ts';

const group = 'admissionregistration.k8s.io';
/** bytes that a webhook may answer with */
const answerLimit = 3 * 1024 * 1024;

/** Admission by the webhook configurations in the store. */
export function webhookAdmission(store: Store, ports: Ports): Admission {
  const configurations = (plural: string): KubeObject[] =>
    store
      .collection(`${plural}.${group}`)
      .list()
      .map((stored) => stored.object);
  const concerned = (plural: string, request: AdmissionRequest): Webhook[] => {
    const found = configurations(plural);
    if (found.length === 0) return [];
    const { target } = request;
    const namespace = target.resource.storage === 'namespaces' ? target.name : target.namespace;
    const labels = store.get('namespaces', namespace ?? '')?.object.metadata.labels ?? {};
    return concernedWebhooks(found, request, labels);
  };
  const ask = (webhook: Webhook, request: AdmissionRequest): Promise<JsonObject> =>
    answerOf({ webhook, request, uid: ports.uuid(), store });
  const askAll = async (request: AdmissionRequest): Promise<KubeObject | undefined> => {
    let { object } = request;
    for (const webhook of concerned('mutatingwebhookconfigurations', request)) {
      const answer = await ask(webhook, { ...request, ...(object === undefined ? {} : { object }) });
      if (object !== undefined) object = patched(webhook, object, answer);
    }
    const final = { ...request, ...(object === undefined ? {} : { object }) };
    // validating webhooks don't see each other's answers: all are asked at once
    await Promise.all(concerned('validatingwebhookconfigurations', final).map((webhook) => ask(webhook, final)));
    return object;
  };
  const plurals = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];
  return { admit: (request) => (plurals.some((plural) => concerned(plural, request).length > 0) ? askAll(request) : request.object) };
}

interface Question {
  readonly webhook: Webhook;
  readonly request: AdmissionRequest;
  readonly uid: string;
  readonly store: Store;
}

/** The response part of the answer; an empty one when the webhook can't be reached and its policy is to ignore that. */
async function answerOf({ webhook, request, uid, store }: Question): Promise<JsonObject> {
  let response: JsonObject;
  try {
    const url = webhookUrl(webhook.clientConfig, (key) => clusterIp(store, key));
    if (url === undefined) throw new Error('its clientConfig names neither a valid URL nor a service that exists');
    const review = await post(url, webhook, formatJson(reviewOf(uid, request)));
    response = asObject(asObject(review)['response']);
    if (response['uid'] !== uid) throw new Error(`expected response.uid="${uid}", got "${asText(response['uid'])}"`);
  } catch (error) {
    if (webhook.ignoresFailure) return {};
    throw internal(`failed calling webhook "${webhook.name}": ${error instanceof Error ? error.message : String(error)}`);
  }
  for (const warning of asArray(response['warnings'])) request.warn(asText(warning));
  if (response['allowed'] !== true) throw denied(webhook.name, asObject(response['status']));
  return response;
}

function denied(name: string, status: JsonObject): StatusError {
  const message = asText(status['message'] ?? status['reason']);
  const text =
    message === ''
      ? `admission webhook "${name}" denied the request without explanation`
      : `admission webhook "${name}" denied the request: ${message}`;
  const code = typeof status['code'] === 'number' && status['code'] >= 400 ? status['code'] : 403;
  return new StatusError({ code, reason: (status['reason'] ?? 'Forbidden') as StatusReason, message: text });
}

function patched({ name }: Webhook, object: KubeObject, answer: JsonObject): KubeObject {
  if (answer['patch'] === undefined || answer['patch'] === null) return object;
  const patch = parseJson(Buffer.from(asText(answer['patch']), 'base64').toString('utf8'));
  const result = applyPatch({ type: 'json', current: object, patch });
  if (!result.ok) throw internal(`the patch of webhook "${name}" can't be applied: ${result.message}`);
  const next = result.object as KubeObject;
  if (next.metadata.name !== object.metadata.name || next.metadata.uid !== object.metadata.uid)
    throw badRequest(`webhook "${name}" may not change the identity of an object`);
  return next;
}

function clusterIp(store: Store, key: string): string | undefined {
  const address = asText(at(store.get('services', key)?.object, 'spec', 'clusterIP'));
  return address === '' || address === 'None' ? undefined : address;
}

function post(url: URL, { clientConfig, timeoutMs }: Webhook, body: string): Promise<JsonValue> {
  const bundle = asText(clientConfig['caBundle']);
  const ca = bundle === '' ? {} : { ca: Buffer.from(bundle, 'base64').toString('utf8') };
  const service =
    clientConfig['service'] === undefined
      ? undefined
      : `${asText(at(clientConfig, 'service', 'name'))}.${asText(at(clientConfig, 'service', 'namespace'))}.svc`;
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      url,
      {
        method: 'POST',
        headers,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        ...ca,
        ...(service === undefined ? {} : { servername: service }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > answerLimit) response.destroy(new Error(`its answer is larger than ${answerLimit} bytes`));
        });
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode !== 200) reject(new Error(`it answered with HTTP status ${response.statusCode}`));
          else resolve(parseAnswer(Buffer.concat(chunks).toString('utf8'), reject));
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function parseAnswer(text: string, reject: (error: Error) => void): JsonValue {
  try {
    return parseJson(text);
  } catch {
    reject(new Error('its answer is not JSON'));
    return null;
  }
}
