/** pods/eviction: a deletion that a PodDisruptionBudget may refuse. @source policy/v1 Eviction; pkg/registry/core/pod/storage/eviction.go */
import { readValue } from '../http/body.ts';
import { writeOptions } from '../http/write-options.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { asArray, asObject, asString, at } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { deleteObject, readDeleteOptions } from '../operations/delete.ts';
import { requireStored } from '../http/answer.ts';
import { selectorMatches } from '../selector/structured.ts';
import { badRequest, methodNotAllowed, tooManyRequests } from '../status.ts';
import type { SubresourceContext } from './handlers.ts';

/** POST of an Eviction. */
export async function handleEviction({ api, exchange, target }: SubresourceContext): Promise<void> {
  if (exchange.method !== 'POST') throw methodNotAllowed(`${exchange.method} of eviction`);
  const body = asObject(await readValue(exchange));
  const named = asString(at(body, 'metadata', 'name'));
  if (named !== undefined && named !== target.name)
    throw badRequest(`name in URL (${target.name ?? ''}) does not match name in Eviction object (${named})`);
  const pod = requireStored(api, target).object;
  const budgets = inNamespace(api.store.collection('poddisruptionbudgets.policy').list(`${target.namespace ?? ''}/`));
  const pods = inNamespace(api.store.collection('pods').list(`${target.namespace ?? ''}/`));
  const stopped =
    at(pod, 'status', 'phase') === 'Succeeded' || at(pod, 'status', 'phase') === 'Failed' || at(pod, 'status', 'phase') === 'Pending';
  const refusing = stopped ? undefined : budgets.find((budget) => covers(budget, pod) && allowed(budget, pods) <= 0 && isReady(pod));
  if (refusing !== undefined)
    throw tooManyRequests(
      `Cannot evict pod as it would violate the pod's disruption budget. The disruption budget ${refusing.metadata.name ?? ''} allows no further disruption`,
      10,
    );
  await deleteObject(
    api,
    { resource: target.resource, name: target.name ?? '', ...(target.namespace === undefined ? {} : { namespace: target.namespace }) },
    readDeleteOptions(asObject(body['deleteOptions']), new URLSearchParams()),
    writeOptions(exchange),
  );
  exchange.sendJson(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

function inNamespace(list: readonly { readonly object: KubeObject }[]): KubeObject[] {
  return list.map((stored) => stored.object);
}

function covers(budget: KubeObject, pod: KubeObject): boolean {
  return selectorMatches(at(budget, 'spec', 'selector'), pod.metadata.labels ?? {});
}

/** How many more pods may go now; the budget's share is counted over the pods that it selects. */
function allowed(budget: KubeObject, pods: readonly KubeObject[]): number {
  const selected = pods.filter((pod) => covers(budget, pod));
  const healthy = selected.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
  const spec: JsonObject = asObject(budget['spec']);
  const wanted =
    spec['maxUnavailable'] === undefined
      ? amount(spec['minAvailable'] ?? 0, selected.length)
      : selected.length - amount(spec['maxUnavailable'], selected.length);
  return healthy - wanted;
}

function amount(value: JsonValue, of: number): number {
  if (typeof value !== 'string') return Number(value);
  return value.endsWith('%') ? Math.ceil((Number(value.slice(0, -1)) * of) / 100) : Number(value);
}

function isReady(pod: KubeObject): boolean {
  return asArray(at(pod, 'status', 'conditions')).some(
    (condition) => asObject(condition)['type'] === 'Ready' && asObject(condition)['status'] === 'True',
  );
}
