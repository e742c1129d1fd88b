import { describe, expect, it } from 'vitest';
import { StatusError } from '../status.ts';
import { negotiate } from './accept.ts';
import { parseResourcePath } from './path.ts';

describe('content negotiation', () => {
  it.each([
    [undefined, 'json', 'Object'],
    ['*/*', 'json', 'Object'],
    ['application/json, */*', 'json', 'Object'],
    ['application/yaml', 'yaml', 'Object'],
    ['application/vnd.kubernetes.protobuf,application/json', 'json', 'Object'],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'json', 'Table'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'json', 'Object'],
    ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'json', 'PartialObjectMetadata'],
    ['application/json; charset=utf-8', 'json', 'Object'],
  ])('%s gives %s %s', (header, encoding, form) => {
    expect(negotiate(header)).toEqual({ encoding, form });
  });

  it.each(['application/vnd.kubernetes.protobuf', 'text/html', 'application/json;as=Nothing;v=v1;g=meta.k8s.io'])(
    '%s is not acceptable',
    (header) => {
      expect(() => negotiate(header)).toThrow(StatusError);
    },
  );
});

describe('resource paths', () => {
  it.each([
    ['/api/v1/pods', { group: '', version: 'v1', plural: 'pods' }],
    ['/api/v1/namespaces', { group: '', version: 'v1', plural: 'namespaces' }],
    ['/api/v1/namespaces/a', { group: '', version: 'v1', plural: 'namespaces', name: 'a' }],
    ['/api/v1/namespaces/a/status', { group: '', version: 'v1', plural: 'namespaces', name: 'a', subresource: 'status' }],
    ['/api/v1/namespaces/a/finalize', { group: '', version: 'v1', plural: 'namespaces', name: 'a', subresource: 'finalize' }],
    ['/api/v1/namespaces/a/pods', { group: '', version: 'v1', namespace: 'a', plural: 'pods' }],
    ['/api/v1/namespaces/a/pods/b/', { group: '', version: 'v1', namespace: 'a', plural: 'pods', name: 'b' }],
    ['/api/v1/namespaces/a/pods/b/log', { group: '', version: 'v1', namespace: 'a', plural: 'pods', name: 'b', subresource: 'log' }],
    ['/apis/apps/v1/namespaces/a/deployments/b', { group: 'apps', version: 'v1', namespace: 'a', plural: 'deployments', name: 'b' }],
    ['/apis/kubeovn.io/v1/subnets/s%20x', { group: 'kubeovn.io', version: 'v1', plural: 'subnets', name: 's x' }],
  ])('%s', (path, expected) => {
    expect(parseResourcePath(path)).toEqual(expected);
  });

  it.each(['/', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/api/v1/pods/a/b/c', '/api//pods', '/metrics', '/api/v1/%'])(
    '%s is none',
    (path) => {
      expect(parseResourcePath(path)).toBeUndefined();
    },
  );
});
