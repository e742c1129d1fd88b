/** Answers that show objects. */
import type { Api, Target } from '../api.ts';
import { targetKey } from '../api.ts';
import { badRequest, notFound } from '../status.ts';
import type { Stored } from '../store/stored.ts';
import { negotiate } from './accept.ts';
import type { Exchange } from './exchange.ts';
import type { Rendering } from './render.ts';
import { encodeText, renderObject } from './render.ts';

/** How the answer to a request is to be rendered. @throws {StatusError} 400, 406 */
export function rendering(api: Api, exchange: Exchange, target: Target): Rendering {
  const accepted = negotiate(exchange.header('accept'));
  const include = exchange.query.get('includeObject') ?? 'Metadata';
  if (include !== 'None' && include !== 'Metadata' && include !== 'Object')
    throw badRequest(`includeObject: Unsupported value: "${include}": supported values: "Metadata", "None", "Object"`);
  return { resource: target.resource, accepted, includeObject: include, now: api.ports.now() };
}

/** Answer with an object in the form that the client takes. */
export function sendObject(
  api: Api,
  exchange: Exchange,
  { target, stored, code = 200 }: { target: Target; stored: Stored; code?: number },
): void {
  const form = rendering(api, exchange, target);
  const { text, contentType } = encodeText(renderObject(stored, form), form.accepted.encoding);
  exchange.send(code, text, contentType);
}

/** The stored object of a target. @throws {StatusError} 404 */
export function requireStored(api: Api, target: Target): Stored {
  const stored = api.store.get(target.resource.storage, targetKey(target));
  if (stored === undefined || (target.resource.namespaced && target.namespace === undefined))
    throw notFound(target.resource, target.name ?? '');
  return stored;
}
