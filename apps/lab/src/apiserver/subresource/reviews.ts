/** Questions about users and rights. */
import { readValue } from '../http/body.ts';
import type { Authenticator } from '../http/authenticate.ts';
import type { JsonObject } from '../json.ts';
import { asArray, asObject, asString } from '../json.ts';
import { mayDo, refusal } from '../authorization/rbac.ts';
import { type Api, strategyContext, type User } from '../api.ts';
import type { SubresourceContext, SubresourceHandler } from './handlers.ts';

/** Handlers by `plural.group`. */
export function reviewHandlers(authenticator: Authenticator): Readonly<Record<string, SubresourceHandler>> {
  return {
    'selfsubjectreviews.authentication.k8s.io': answer((context) => ({ userInfo: userInfo(context.exchange.user) })),
    'tokenreviews.authentication.k8s.io': answer((_context, body) =>
      tokenStatus(authenticator.userOfToken(asString(asObject(body['spec'])['token']) ?? '')),
    ),
    'localsubjectaccessreviews.authorization.k8s.io': answer(({ api }, body) => standing(api, subjectOf(body), body)),
    'selfsubjectaccessreviews.authorization.k8s.io': answer(({ api, exchange }, body) => standing(api, exchange.user, body)),
    'subjectaccessreviews.authorization.k8s.io': answer(({ api }, body) => standing(api, subjectOf(body), body)),
    'selfsubjectrulesreviews.authorization.k8s.io': answer(({ exchange }) => rulesKnown(exchange.user)),
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

/** Whether a user may do what is asked about. */
function standing(api: Api, user: User, body: JsonObject): JsonObject {
  const spec = asObject(body['spec']);
  const asked = asObject(spec['resourceAttributes']);
  if (spec['resourceAttributes'] === undefined) return { allowed: true };
  const [resource, subresource] = [asString(asked['resource']) ?? '', asString(asked['subresource'])];
  const attempt = {
    verb: asString(asked['verb']) ?? '',
    group: asString(asked['group']) ?? '',
    resource: subresource === undefined || subresource === '' ? resource : `${resource}/${subresource}`,
    ...named('namespace', asked),
    ...named('name', asked),
  };
  return mayDo(strategyContext(api), user, attempt) ? { allowed: true } : { allowed: false, reason: refusal(user, attempt) };
}

function named<const F extends string>(field: F, asked: JsonObject): { readonly [K in F]?: string } {
  const text = asString(asked[field]);
  return (text === undefined || text === '' ? {} : { [field]: text }) as { readonly [K in F]?: string };
}

function subjectOf(body: JsonObject): User {
  const spec = asObject(body['spec']);
  return { name: asString(spec['user']) ?? '', groups: asArray(spec['groups']).map((group) => asString(group) ?? '') };
}

/** All rules of those who may do everything; of others they are not gathered, and the answer says so. */
function rulesKnown(user: User): JsonObject {
  const isMaster = user.groups.includes('system:masters');
  return {
    incomplete: !isMaster,
    resourceRules: isMaster ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] : [],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  };
}

function userInfo(user: User): JsonObject {
  return { username: user.name, groups: [...user.groups], ...(user.uid === undefined ? {} : { uid: user.uid }) };
}

function tokenStatus(user: User | undefined): JsonObject {
  return user === undefined ? { authenticated: false, error: 'invalid bearer token' } : { authenticated: true, user: userInfo(user) };
}
