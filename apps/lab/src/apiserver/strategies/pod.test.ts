import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { asObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { podStrategy, qosClass } from './pod.ts';

const pod = (...resources: readonly JsonObject[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: resources.map((one, index) => ({ name: `c${index}`, image: 'x', resources: one })) },
});
const both = { cpu: '1', memory: '1Gi' };
const context = { now: () => 0, find: () => undefined, all: () => [] };

describe('a pod', () => {
  it.each([
    ['BestEffort', [{}]],
    ['BestEffort', [{ requests: { cpu: '0' } }]],
    ['Burstable', [{ requests: { cpu: '1' } }]],
    ['Burstable', [{ limits: both, requests: both }, {}]],
    ['Burstable', [{ limits: both, requests: { cpu: '500m', memory: '1Gi' } }]],
    ['Guaranteed', [{ limits: both, requests: both }]],
    ['Guaranteed', [{ limits: both }]],
  ])('is %s with %j', (expected, resources) => {
    expect(qosClass(pod(...resources))).toBe(expected);
  });

  it('tolerates an unreachable node for a while, unless it says how long itself', () => {
    const own = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
    const made = podStrategy.prepareCreate!({ ...pod({}), spec: { tolerations: [own], containers: [] } }, context);
    expect(asObject(made['spec'])['tolerations']).toEqual([
      own,
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ]);
  });

  it('may get another image and more tolerations, but not fewer', () => {
    const before = { ...pod({}), spec: { tolerations: [{ key: 'a' }], containers: [{ name: 'c', image: '1' }] } };
    const check = (spec: JsonObject): number => podStrategy.validateUpdate!({ ...before, spec }, before, context).length;
    expect(check({ tolerations: [{ key: 'a' }, { key: 'b' }], containers: [{ name: 'c', image: '2' }] })).toBe(0);
    expect(check({ tolerations: [], containers: [{ name: 'c', image: '1' }] })).toBe(1);
    expect(check({ ...before.spec, nodeName: 'n' })).toBe(1);
  });

  it('has no two containers of one name', () => {
    const spec = { initContainers: [{ name: 'a' }], containers: [{ name: 'b' }, { name: 'a' }] };
    expect(podStrategy.validateCreate!({ ...pod(), spec }, context)).toEqual([
      { field: 'spec.containers[1].name', reason: 'FieldValueDuplicate', message: 'Duplicate value: "a"' },
    ]);
  });
});
