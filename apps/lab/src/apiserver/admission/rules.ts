/** Which webhooks a write concerns. Pure. @source admissionregistration.k8s.io/v1 */
import type { JsonObject } from '../json.ts';
import { asArray, asObject, asString, asText, at } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { selectorMatches } from '../selector/structured.ts';
import type { AdmissionRequest } from './admission.ts';

/** The group whose objects no webhook is asked about, since a broken one could not be mended. */
const exemptGroup = 'admissionregistration.k8s.io';

/** One webhook of a configuration. */
export interface Webhook {
  readonly name: string;
  readonly clientConfig: JsonObject;
  readonly ignoresFailure: boolean;
  readonly timeoutMs: number;
}

/** The webhooks of the configurations that want to hear of the request, in the order in which they are asked. */
export function concernedWebhooks(
  configurations: readonly KubeObject[],
  request: AdmissionRequest,
  namespaceLabels: { readonly [key: string]: string },
): Webhook[] {
  if (request.target.resource.group === exemptGroup) return [];
  const sorted = configurations.toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  return sorted
    .flatMap((configuration) => asArray(configuration['webhooks']).map(asObject))
    .filter(
      (webhook) =>
        asArray(webhook['rules']).some((rule) => ruleMatches(asObject(rule), request)) && selected(webhook, request, namespaceLabels),
    )
    .map((webhook) => ({
      name: asText(webhook['name']),
      clientConfig: asObject(webhook['clientConfig']),
      ignoresFailure: webhook['failurePolicy'] === 'Ignore',
      timeoutMs: (typeof webhook['timeoutSeconds'] === 'number' ? webhook['timeoutSeconds'] : 10) * 1000,
    }));
}

function ruleMatches(rule: JsonObject, { operation, target }: AdmissionRequest): boolean {
  const { resource, subresource } = target;
  const scope = asString(rule['scope']) ?? '*';
  const named = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const wildcards = subresource === undefined ? ['*', '*/*'] : ['*/*', `${resource.plural}/*`, `*/${subresource}`];
  return (
    includes(rule['operations'], [operation, '*']) &&
    includes(rule['apiGroups'], [resource.group, '*']) &&
    includes(rule['apiVersions'], [resource.version, '*']) &&
    includes(rule['resources'], [named, ...wildcards]) &&
    (scope === '*' || (scope === 'Namespaced') === resource.namespaced)
  );
}

function includes(list: JsonObject[string], any: readonly string[]): boolean {
  return asArray(list).some((item) => any.includes(asText(item)));
}

function selected(
  webhook: JsonObject,
  { target, object, before }: AdmissionRequest,
  namespaceLabels: { readonly [key: string]: string },
): boolean {
  const { namespaceSelector, objectSelector } = webhook;
  const inNamespace = target.resource.namespaced || target.resource.storage === 'namespaces';
  if (inNamespace && namespaceSelector !== undefined && !selectorMatches(namespaceSelector, namespaceLabels)) return false;
  if (objectSelector === undefined) return true;
  return [object, before].some((one) => one !== undefined && selectorMatches(objectSelector, one.metadata.labels ?? {}));
}

/** The AdmissionReview that a webhook is sent. @source admission.k8s.io/v1 AdmissionRequest */
export function reviewOf(uid: string, request: AdmissionRequest): JsonObject {
  const { target, object, before } = request;
  const { resource, subresource, namespace, name } = target;
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  const which = { group: resource.group, version: resource.version, resource: resource.plural };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind,
      resource: which,
      requestKind: kind,
      requestResource: which,
      ...(subresource === undefined ? {} : { subResource: subresource, requestSubResource: subresource }),
      name: name ?? object?.metadata.name ?? '',
      ...(namespace === undefined ? {} : { namespace }),
      operation: request.operation,
      userInfo: { username: request.user.name, groups: request.user.groups },
      object: object ?? null,
      oldObject: before ?? null,
      dryRun: request.dryRun,
      options: null,
    },
  };
}

/** Where a webhook listens: a URL of its own, or the cluster address of a service. */
export function webhookUrl(clientConfig: JsonObject, clusterIpOf: (key: string) => string | undefined): URL | undefined {
  const url = asString(clientConfig['url']);
  if (url !== undefined) return URL.canParse(url) ? new URL(url) : undefined;
  const namespace = asText(at(clientConfig, 'service', 'namespace'));
  const name = asText(at(clientConfig, 'service', 'name'));
  const address = clusterIpOf(`${namespace}/${name}`);
  if (address === undefined) return undefined;
  const host = address.includes(':') ? `[${address}]` : address;
  return new URL(
    `https://${host}:${asText(at(clientConfig, 'service', 'port') ?? 443)}${asString(at(clientConfig, 'service', 'path')) ?? '/'}`,
  );
}
