/** Questions about users and rights. Whoever is authenticated may do everything here; the answers say so. */
import { readValue } from '../http/body.ts';
import type { Authenticator } from '../http/authenticate.ts';
import type { JsonObject } from '../json.ts';
import { asObject, asString } from '../json.ts';
import type { User } from '../api.ts';
import type { SubresourceContext, SubresourceHandler } from './handlers.ts';

/** Handlers by `plural.group`. */
export function reviewHandlers(authenticator: Authenticator): Readonly<Record<string, SubresourceHandler>> {
  return {
    'selfsubjectreviews.authentication.k8s.io': answer((context) => ({ userInfo: userInfo(context.exchange.user) })),
    'tokenreviews.authentication.k8s.io': answer((_context, body) =>
      tokenStatus(authenticator.userOfToken(asString(asObject(body['spec'])['token']) ?? '')),
    ),
    'localsubjectaccessreviews.authorization.k8s.io': answer(allowed),
    'selfsubjectaccessreviews.authorization.k8s.io': answer(allowed),
    'subjectaccessreviews.authorization.k8s.io': answer(allowed),
    'selfsubjectrulesreviews.authorization.k8s.io': answer(() => ({
      incomplete: false,
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    })),
  };
}

function answer(status: (context: SubresourceContext, body: JsonObject) => JsonObject): SubresourceHandler {
  return async (context) => {
    const { exchange, target } = context;
    const body = asObject(await readValue(exchange));
    exchange.sendJson(201, {
      spec: {},
      ...body,
      kind: target.resource.kind,
      apiVersion: target.resource.apiVersion,
      metadata: asObject(body['metadata']),
      status: status(context, body),
    });
  };
}

function allowed(): JsonObject {
  return { allowed: true, reason: 'every authenticated user of the lab may do everything' };
}

function userInfo(user: User): JsonObject {
  return { username: user.name, groups: [...user.groups], ...(user.uid === undefined ? {} : { uid: user.uid }) };
}

function tokenStatus(user: User | undefined): JsonObject {
  return user === undefined ? { authenticated: false, error: 'invalid bearer token' } : { authenticated: true, user: userInfo(user) };
}
