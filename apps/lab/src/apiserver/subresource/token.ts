/** serviceaccounts/token: a bearer token for a service account. @source authentication.k8s.io/v1 TokenRequest */
import { requireStored } from '../http/answer.ts';
import type { Authenticator } from '../http/authenticate.ts';
import { readValue } from '../http/body.ts';
import { asObject } from '../json.ts';
import { formatTime } from '../object.ts';
import { methodNotAllowed } from '../status.ts';
import type { SubresourceHandler } from './handlers.ts';

const defaultSeconds = 3600;
/** @source TokenRequestSpec.expirationSeconds ("at least 10 minutes") */
const leastSeconds = 600;

/** POST of a TokenRequest. Tokens live as long as the server at most. */
export function tokenHandler(authenticator: Authenticator): SubresourceHandler {
  return async ({ api, exchange, target }) => {
    if (exchange.method !== 'POST') throw methodNotAllowed(`${exchange.method} of token`);
    const body = asObject(await readValue(exchange));
    const spec = asObject(body['spec']);
    const { name = '', namespace = '', uid = '' } = requireStored(api, target).object.metadata;
    const seconds = Math.max(leastSeconds, typeof spec['expirationSeconds'] === 'number' ? spec['expirationSeconds'] : defaultSeconds);
    const expiresAtMs = api.ports.now() + seconds * 1000;
    const user = {
      name: `system:serviceaccount:${namespace}:${name}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      uid,
    };
    const token = authenticator.issue(user, expiresAtMs);
    exchange.sendJson(201, {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace },
      spec: { audiences: ['https://kubernetes.default.svc'], ...spec, expirationSeconds: seconds },
      status: { token, expirationTimestamp: formatTime(expiresAtMs) },
    });
  };
}
