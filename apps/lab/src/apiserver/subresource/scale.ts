/** The scale subresource: the replica count of any kind, in one form. @source autoscaling/v1 Scale */
import type { Api, Target, WriteOptions } from '../api.ts';
import { requireStored } from '../http/answer.ts';
import { readValue } from '../http/body.ts';
import { readPatch } from '../http/patch-body.ts';
import { writeOptions } from '../http/write-options.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { asObject, asString, asText, at, isObject, withAt } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { withMetadata } from '../object.ts';
import { updateObject } from '../operations/update.ts';
import { applyPatch } from '../patch/index.ts';
import type { ScalePaths } from '../resource/resource.ts';
import type { StatusReason } from '../status.ts';
import { StatusError, badRequest, methodNotAllowed, noSuchPath } from '../status.ts';
import type { SubresourceContext } from './handlers.ts';

/** GET, PUT, PATCH of `/scale`. */
export async function handleScale({ api, exchange, target }: SubresourceContext): Promise<void> {
  const paths = target.resource.scale;
  if (paths === undefined) throw noSuchPath();
  const current = requireStored(api, target).as(target.resource.apiVersion);
  switch (exchange.method) {
    case 'GET':
      exchange.sendJson(200, scaleOf(current, paths));
      return;
    case 'PUT': {
      const body = await readValue(exchange);
      exchange.sendJson(200, await setScale(api, target, () => body, writeOptions(exchange)));
      return;
    }
    case 'PATCH': {
      const patch = await readPatch(exchange);
      const options = writeOptions(exchange);
      const schema = api.schemas.schemaFor({ group: 'autoscaling', version: 'v1', kind: 'Scale' });
      const change = (scale: JsonObject): JsonValue => {
        const result = applyPatch({ type: patch.type === 'apply' ? 'merge' : patch.type, current: scale, patch: patch.body, schema });
        if (!result.ok) throw new StatusError({ code: result.code, reason: result.reason as StatusReason, message: result.message });
        return result.object;
      };
      exchange.sendJson(200, await setScale(api, target, change, options));
      return;
    }
    default:
      throw methodNotAllowed(`${exchange.method} of scale`);
  }
}

async function setScale(api: Api, target: Target, change: (scale: JsonObject) => JsonValue, options: WriteOptions): Promise<JsonObject> {
  const paths = target.resource.scale;
  if (paths === undefined) throw noSuchPath();
  const update = (current: KubeObject): KubeObject => {
    const scale = scaleOf(current, paths);
    const wanted = change(scale);
    const replicas = at(wanted, 'spec', 'replicas') ?? 0;
    if (!isObject(wanted) || typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0)
      throw badRequest(`Scale spec.replicas must be a non-negative integer, not ${asText(replicas)}`);
    const asked = asString(at(wanted, 'metadata', 'resourceVersion'));
    const version = asked === undefined || asked === asString(at(scale, 'metadata', 'resourceVersion')) ? undefined : asked;
    return withMetadata(withAt(current, paths.specReplicas, replicas) as KubeObject, { resourceVersion: version });
  };
  const stored = await updateObject(api, { ...target, subresource: 'scale' }, update, options);
  return scaleOf(stored.as(target.resource.apiVersion), paths);
}

function scaleOf(object: KubeObject, paths: ScalePaths): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = at(object, ...paths.specReplicas) ?? 0;
  const status = at(object, ...paths.statusReplicas) ?? 0;
  const selector = selectorText(at(object, ...paths.selector));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: { replicas: status, ...(selector === '' ? {} : { selector }) },
  };
}

/** A label selector as text. @source meta/v1 FormatLabelSelector */
function selectorText(selector: JsonValue | undefined): string {
  if (typeof selector === 'string') return selector;
  const labels = Object.entries(asObject(asObject(selector)['matchLabels'])).map(([key, value]) => `${key}=${asText(value)}`);
  const expressions = asObject(selector)['matchExpressions'];
  const parts = Array.isArray(expressions) ? expressions.map((expression: JsonValue) => expressionText(asObject(expression))) : [];
  return [...labels, ...parts].join(',');
}

function expressionText(expression: JsonObject): string {
  const key = asText(expression['key']);
  const values = Array.isArray(expression['values']) ? expression['values'].join(',') : '';
  switch (asText(expression['operator'])) {
    case 'In':
      return `${key} in (${values})`;
    case 'NotIn':
      return `${key} notin (${values})`;
    case 'Exists':
      return key;
    default:
      return `!${key}`;
  }
}
