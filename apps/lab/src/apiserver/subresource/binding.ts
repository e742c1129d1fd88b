/** pods/binding, and the older POST to bindings: a scheduler puts a pod on a node. @source core/v1 Binding */
import { readValue } from '../http/body.ts';
import { writeOptions } from '../http/write-options.ts';
import type { JsonObject } from '../json.ts';
import { asArray, asObject, asString, at } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { formatTime, withMetadata } from '../object.ts';
import { updateObject } from '../operations/update.ts';
import { badRequest, conflict, internal, methodNotAllowed } from '../status.ts';
import type { SubresourceContext } from './handlers.ts';

/** POST of a Binding. */
export async function handleBinding({ api, exchange, target }: SubresourceContext): Promise<void> {
  if (exchange.method !== 'POST') throw methodNotAllowed(`${exchange.method} of binding`);
  const body = asObject(await readValue(exchange));
  const name = target.name ?? asString(at(body, 'metadata', 'name'));
  const node = asString(at(body, 'target', 'name')) ?? '';
  if (name === undefined || node === '') throw badRequest('a Binding must name the pod (metadata.name) and the node (target.name)');
  const resource = api.registry.find('', 'v1', 'pods');
  if (resource === undefined) throw internal('pods are not served');
  const when = formatTime(api.ports.now());
  const annotations = asObject(at(body, 'metadata', 'annotations'));
  const change = (pod: KubeObject): KubeObject => {
    const present = asString(at(pod, 'spec', 'nodeName')) ?? '';
    if (present !== '') throw conflict(resource, name, `pod ${name} is already assigned to node "${present}"`);
    if (pod.metadata.deletionTimestamp !== undefined)
      throw conflict(resource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
    const bound = { ...pod, spec: { ...asObject(pod['spec']), nodeName: node }, status: scheduled(asObject(pod['status']), when) };
    return withMetadata(bound, { annotations: { ...pod.metadata.annotations, ...annotations }, resourceVersion: undefined });
  };
  await updateObject(api, { ...target, resource, name, subresource: 'binding' }, change, writeOptions(exchange));
  exchange.sendJson(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
}

function scheduled(status: JsonObject, when: string): JsonObject {
  const others = asArray(status['conditions']).filter((condition) => asObject(condition)['type'] !== 'PodScheduled');
  return { ...status, conditions: [...others, { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: when }] };
}
