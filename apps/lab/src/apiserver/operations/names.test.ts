import { describe, expect, it } from 'vitest';
import type { KubeObject, ObjectMeta } from '../object.ts';
import { BuiltinSchemas } from '../schema/index.ts';
import { builtinResources } from '../resource/builtin.ts';
import { metadataProblems } from './names.ts';

const resources = builtinResources(new BuiltinSchemas(), {});
const problems = (kind: string, metadata: ObjectMeta): string[] => {
  const resource = resources.find((one) => one.kind === kind)!;
  const object: KubeObject = { apiVersion: resource.apiVersion, kind, metadata };
  return metadataProblems(resource, object).map(({ field, message }) => `${field}: ${message}`);
};

describe('metadata', () => {
  it.each([
    ['ConfigMap', { name: 'a.b-c' }],
    ['Namespace', { name: '1a' }],
    ['Service', { name: 'a1' }],
    ['ClusterRole', { name: 'system:node:x' }],
    [
      'ConfigMap',
      {
        name: 'a',
        labels: { 'example.com/A_b.c': 'X_y.z', plain: '' },
        annotations: { 'Example.com/Any': 'thing {}' },
        finalizers: ['kubernetes'],
      },
    ],
  ])('%s %j is good', (kind, metadata) => {
    expect(problems(kind, metadata)).toEqual([]);
  });

  it.each([
    ['ConfigMap', { name: 'a_b' }, 'metadata.name: Invalid value: "a_b": a lowercase RFC 1123 subdomain'],
    ['ConfigMap', { name: 'x'.repeat(254) }, 'must be no more than 253 characters'],
    ['Namespace', { name: 'a.b' }, 'a lowercase RFC 1123 label'],
    ['Service', { name: '1a' }, 'a DNS-1035 label'],
    ['ClusterRole', { name: 'a/b' }, "may not contain '/'"],
    ['ConfigMap', { name: 'a', labels: { 'a b': 'c' } }, 'metadata.labels: Invalid value: "a b": name part must consist of'],
    ['ConfigMap', { name: 'a', labels: { 'Bad_/a': 'c' } }, 'prefix part a lowercase RFC 1123 subdomain'],
    ['ConfigMap', { name: 'a', labels: { a: 'x'.repeat(64) } }, 'must be no more than 63 characters'],
    [
      'ConfigMap',
      { name: 'a', annotations: { a: 'x'.repeat(262_144) } },
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    [
      'ConfigMap',
      { name: 'a', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '' }] },
      'metadata.ownerReferences[0].uid: Invalid value: "": uid must not be empty',
    ],
  ])('%s %j is refused', (kind, metadata, message) => {
    expect(problems(kind, metadata)).toEqual([expect.stringContaining(message)]);
  });
});
