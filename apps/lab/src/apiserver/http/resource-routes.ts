/** Requests about resources: the path and the method choose the operation. */
import type { Api, Target } from '../api.ts';
import { formatJson } from '../json.ts';
import { createObject } from '../operations/create.ts';
import { deleteCollection } from '../operations/delete-collection.ts';
import { deleteObject, readDeleteOptions } from '../operations/delete.ts';
import { listObjects } from '../operations/list.ts';
import { patchObject } from '../operations/patch.ts';
import { replaceObject } from '../operations/replace.ts';
import { hasSubresource } from '../resource/resource.ts';
import { methodNotAllowed, noSuchPath } from '../status.ts';
import type { SubresourceHandlers } from '../subresource/handlers.ts';
import type { WatchHub } from '../watch/hub.ts';
import { Watch, planWatch } from '../watch/watch.ts';
import { rendering, requireStored, sendObject } from './answer.ts';
import { readOptionalValue, readValue } from './body.ts';
import type { Exchange } from './exchange.ts';
import { readPatch } from './patch-body.ts';
import type { ResourcePath } from './path.ts';
import { encodeText, renderList, watchEncoder } from './render.ts';
import { responseSink } from './sink.ts';
import { writeOptions } from './write-options.ts';

/** What resource requests are answered with. */
export interface ResourceRoutes {
  readonly api: Api;
  readonly hub: WatchHub;
  readonly subresources: SubresourceHandlers;
}

/** Answer a request about a resource. @throws {StatusError} whatever the operation refuses */
export async function handleResource(routes: ResourceRoutes, exchange: Exchange, path: ResourcePath): Promise<void> {
  const target = resolve(routes.api, path);
  if (target.subresource !== undefined && target.subresource !== 'status') {
    const handler = routes.subresources.find(target);
    if (handler === undefined || !hasSubresource(target.resource, target.subresource)) throw noSuchPath();
    return handler({ ...routes, exchange, target });
  }
  if (target.subresource === 'status' && !hasSubresource(target.resource, 'status')) throw noSuchPath();
  const answer = routes.subresources.review(target);
  if (answer !== undefined && exchange.method === 'POST') return answer({ ...routes, exchange, target });
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return read(routes, exchange, target);
    case 'POST':
      return create(routes, exchange, target);
    case 'PUT':
      return replace(routes, exchange, target);
    case 'PATCH':
      return patch(routes, exchange, target);
    case 'DELETE':
      return remove(routes, exchange, target);
    default:
      throw methodNotAllowed(exchange.method);
  }
}

function resolve(api: Api, path: ResourcePath): Target {
  const resource = api.registry.find(path.group, path.version, path.plural);
  if (resource === undefined) throw noSuchPath();
  if (!resource.namespaced && path.namespace !== undefined) throw noSuchPath();
  return {
    resource,
    ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
    ...(path.name === undefined ? {} : { name: path.name }),
    ...(path.subresource === undefined ? {} : { subresource: path.subresource }),
  };
}

function allow(target: Target, verb: string): void {
  if (!target.resource.verbs.includes(verb)) throw methodNotAllowed(`${verb} of ${target.resource.plural}`);
}

function read(routes: ResourceRoutes, exchange: Exchange, target: Target): void {
  const { query } = exchange;
  if (query.get('watch') === 'true' || query.get('watch') === '1') {
    allow(target, 'watch');
    watch(routes, exchange, target);
    return;
  }
  if (target.name !== undefined) {
    allow(target, 'get');
    const stored = requireStored(routes.api, target);
    sendObject(routes.api, exchange, { target, stored });
    return;
  }
  allow(target, 'list');
  const form = rendering(routes.api, exchange, target);
  const { text, contentType } = encodeText(renderList(listObjects(routes.api, target, query), form), form.accepted.encoding);
  exchange.send(200, text, contentType);
}

function watch(routes: ResourceRoutes, exchange: Exchange, target: Target): void {
  const plan = planWatch(routes.api, target, exchange.query);
  const form = rendering(routes.api, exchange, target);
  exchange.response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  exchange.response.flushHeaders();
  const running = new Watch({ ...routes, target, plan, encode: watchEncoder(form), sink: responseSink(exchange.response) });
  exchange.response.once('close', () => running.stop());
  running.start();
}

async function create(routes: ResourceRoutes, exchange: Exchange, target: Target): Promise<void> {
  allow(target, 'create');
  if (target.name !== undefined || (target.resource.namespaced && target.namespace === undefined))
    throw methodNotAllowed(`POST to ${exchange.path}`);
  const body = await readValue(exchange);
  const stored = await createObject(routes.api, target, body, writeOptions(exchange));
  sendObject(routes.api, exchange, { target, stored, code: 201 });
}

async function replace(routes: ResourceRoutes, exchange: Exchange, target: Target): Promise<void> {
  allow(target, 'update');
  requireName(target, exchange);
  const body = await readValue(exchange);
  const { stored, created } = await replaceObject(routes.api, target, body, writeOptions(exchange));
  sendObject(routes.api, exchange, { target, stored, code: created ? 201 : 200 });
}

async function patch(routes: ResourceRoutes, exchange: Exchange, target: Target): Promise<void> {
  allow(target, 'patch');
  requireName(target, exchange);
  const options = writeOptions(exchange);
  const read = await readPatch(exchange);
  const { stored, created } = await patchObject(routes.api, target, read, options);
  sendObject(routes.api, exchange, { target, stored, code: created ? 201 : 200 });
}

async function remove(routes: ResourceRoutes, exchange: Exchange, target: Target): Promise<void> {
  const body = await readOptionalValue(exchange);
  const asked = readDeleteOptions(body, exchange.query);
  const options = { ...writeOptions(exchange), ...dryRunOf(body) };
  if (target.name === undefined) {
    allow(target, 'deletecollection');
    if (target.resource.namespaced && target.namespace === undefined) throw methodNotAllowed(`DELETE of ${exchange.path}`);
    const page = await deleteCollection(routes.api, target, { query: exchange.query, asked, options });
    exchange.send(200, renderList(page, rendering(routes.api, exchange, target)));
    return;
  }
  allow(target, 'delete');
  requireStored(routes.api, target);
  const { stored, gone } = await deleteObject(routes.api, target, asked, options);
  if (!gone || target.resource.gracefulDeletion) {
    sendObject(routes.api, exchange, { target, stored });
    return;
  }
  const { group, plural } = target.resource;
  const details = { name: target.name, ...(group === '' ? {} : { group }), kind: plural, uid: stored.object.metadata.uid };
  exchange.send(200, formatJson({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }));
}

function dryRunOf(body: unknown): { dryRun: true } | Record<never, never> {
  const asked = typeof body === 'object' && body !== null && 'dryRun' in body && Array.isArray(body.dryRun) && body.dryRun.includes('All');
  return asked ? { dryRun: true } : {};
}

function requireName({ resource, name, namespace }: Target, exchange: Exchange): void {
  if (name === undefined || (resource.namespaced && namespace === undefined))
    throw methodNotAllowed(`${exchange.method} of ${exchange.path}`);
}
