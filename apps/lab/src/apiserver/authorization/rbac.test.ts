import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../object.ts';
import { parseResourcePath } from '../http/path.ts';
import { attemptOf } from './attempt.ts';
import { type Attempt, mayDo, refusal, type Roles } from './rbac.ts';

const api = 'rbac.authorization.k8s.io';
const user = { name: 'system:serviceaccount:shop:web', groups: ['system:serviceaccounts', 'system:authenticated'] };

function world(rules: readonly KubeObject['rules'][], kind: 'ClusterRole' | 'Role'): Roles {
  const place = kind === 'Role' ? { namespace: 'shop' } : {};
  const apiVersion = `${api}/v1`;
  const role = { apiVersion, kind, metadata: { name: 'r', ...place }, rules } as unknown as KubeObject;
  const binding = {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { name: 'b', ...place },
    roleRef: { apiGroup: api, kind, name: 'r' },
    subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }],
  } as unknown as KubeObject;
  const stored: Readonly<Record<string, KubeObject>> = {
    [`${kind.toLowerCase()}s.${api}`]: role,
    [`${kind.toLowerCase()}bindings.${api}`]: binding,
  };
  return {
    all: (storage) => (stored[storage] === undefined ? [] : [stored[storage]]),
    find: (storage, key) => (key === (kind === 'Role' ? 'shop/r' : 'r') ? stored[storage] : undefined),
  };
}

const asked = (method: string, url: string): Attempt => {
  const { pathname, searchParams } = new URL(url, 'https://localhost');
  return attemptOf({ method, query: searchParams }, parseResourcePath(pathname)!);
};

describe('what a request wants to do', () => {
  it.each([
    ['GET', '/api/v1/pods', { verb: 'list', group: '', resource: 'pods' }],
    ['GET', '/api/v1/namespaces/a/pods?watch=true', { verb: 'watch', group: '', resource: 'pods', namespace: 'a' }],
    ['GET', '/api/v1/namespaces/a/pods/b', { verb: 'get', group: '', resource: 'pods', namespace: 'a', name: 'b' }],
    ['PATCH', '/apis/kubeovn.io/v1/subnets/s/status', { verb: 'patch', group: 'kubeovn.io', resource: 'subnets/status', name: 's' }],
    ['DELETE', '/apis/kubeovn.io/v1/ips', { verb: 'deletecollection', group: 'kubeovn.io', resource: 'ips' }],
    [
      'GET',
      '/api/v1/namespaces/a/secrets?fieldSelector=metadata.name%3Dtls',
      { verb: 'list', group: '', resource: 'secrets', namespace: 'a', name: 'tls' },
    ],
  ])('%s %s', (method, url, attempt) => {
    expect(asked(method, url)).toEqual(attempt);
  });
});

describe('roles', () => {
  const cluster = world([{ apiGroups: [''], resources: ['pods', 'pods/status'], verbs: ['list', 'patch'] }], 'ClusterRole');
  const own = world([{ apiGroups: [''], resources: ['secrets'], resourceNames: ['tls'], verbs: ['get', 'list'] }], 'Role');

  it('of the cluster hold everywhere, for their verbs and parts alone', () => {
    expect(mayDo(cluster, user, asked('GET', '/api/v1/namespaces/other/pods'))).toBe(true);
    expect(mayDo(cluster, user, asked('PATCH', '/api/v1/namespaces/other/pods/p/status'))).toBe(true);
    expect(mayDo(cluster, user, asked('DELETE', '/api/v1/namespaces/other/pods/p'))).toBe(false);
    expect(mayDo(cluster, user, asked('GET', '/api/v1/namespaces/other/pods/p/log'))).toBe(false);
    expect(mayDo(cluster, { ...user, name: 'system:serviceaccount:shop:other' }, asked('GET', '/api/v1/pods'))).toBe(false);
  });

  it('of a namespace hold there, for the names they give', () => {
    expect(mayDo(own, user, asked('GET', '/api/v1/namespaces/shop/secrets/tls'))).toBe(true);
    expect(mayDo(own, user, asked('GET', '/api/v1/namespaces/shop/secrets?fieldSelector=metadata.name=tls'))).toBe(true);
    expect(mayDo(own, user, asked('GET', '/api/v1/namespaces/shop/secrets'))).toBe(false);
    expect(mayDo(own, user, asked('GET', '/api/v1/namespaces/other/secrets/tls'))).toBe(false);
    expect(mayDo(own, user, asked('GET', '/api/v1/secrets'))).toBe(false);
  });

  it('are not asked of masters, and a refusal says who, what and where', () => {
    expect(mayDo(cluster, { name: 'a', groups: ['system:masters'] }, asked('DELETE', '/api/v1/nodes/n'))).toBe(true);
    expect(refusal(user, asked('GET', '/api/v1/nodes'))).toBe(
      'User "system:serviceaccount:shop:web" cannot list resource "nodes" in API group "" at the cluster scope',
    );
  });
});
