import { readMirror, type Mirror, type MirrorSpec, type Pod } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import { mirrorFault, mirrorPatch, type MirrorSituation, podSink } from './mirror.formula.ts';

const mirror = (spec: Partial<MirrorSpec> = {}, nodes?: NonNullable<Mirror['status']>['nodes']): Mirror => ({
  metadata: { name: 'm', generation: 3 },
  spec: { sink: { interface: 'copies' }, ...spec },
  ...(nodes === undefined ? {} : { status: { nodes } }),
});
const toPod = { sink: { pod: { namespace: 'ids', name: 'p' } } };
const pod = (annotations: Readonly<Record<string, string>>, more: Partial<Pod> = {}): Pod => ({
  metadata: {
    name: 'p',
    namespace: 'ids',
    annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value])),
  },
  ...more,
});
const conditionOf = (object: Mirror, more: Partial<MirrorSituation> = {}) => {
  const situation = { reading: readMirror(object), sink: undefined, selected: new Map(), hasNode: () => true, ...more };
  const { conditions, ...rest } = mirrorPatch(object, situation).status as { conditions: readonly unknown[]; sinkAddress: unknown };
  return { condition: conditions[0], ...rest };
};

describe('podSink', () => {
  test('IPv4 first', () => {
    expect(podSink(mirror(toPod), pod({ ip_address: '10.1.0.9,fd00::9' }), 'ovn-cluster')).toEqual({ ok: true, value: '10.1.0.9' });
    expect(podSink(mirror(toPod), pod({ ip_address: 'fd00::9' }), 'ovn-cluster')).toEqual({ ok: true, value: 'fd00::9' });
  });

  test.each([
    ['a pod that is not there', undefined, 'there is no such pod that runs'],
    ['one without an address', pod({}), 'has no address yet'],
    ['one on the network of its node', pod({}, { spec: { hostNetwork: true } }), 'on the network of its node'],
    [
      'one that has ended',
      pod({ ip_address: '10.1.0.9' }, { spec: { restartPolicy: 'Never' }, status: { phase: 'Failed' } }),
      'no such pod',
    ],
    ['one in another Vpc', pod({ ip_address: '10.1.0.9', logical_router: 'blue' }), 'do not reach pods of Vpc blue'],
  ])('%s', (_name, of, message) => {
    const sink = podSink(mirror(toPod), of, 'ovn-cluster');
    expect(sink.ok ? '' : sink.problem.message).toMatch(/^Mirror m: spec\.sink\.pod is "ids\/p": /);
    expect(sink.ok ? '' : sink.problem.message).toContain(message);
  });
});

describe('mirrorPatch', () => {
  test('ready when every node copies what it is to copy', () => {
    const object = mirror({}, { node1: { interfaces: 2 }, node2: { interfaces: 1 } });
    const selected = new Map([
      ['node1', 2],
      ['node2', 1],
    ]);
    expect(conditionOf(object, { selected })).toEqual({
      condition: { type: 'Ready', status: 'True', reason: 'Copying', message: '3 interfaces on 2 nodes are copied', observedGeneration: 3 },
      sinkAddress: null,
    });
  });

  test('a node that is behind, and one that can not, are named', () => {
    const selected = new Map([
      ['node1', 2],
      ['node2', 1],
    ]);
    expect(conditionOf(mirror({}, { node1: { interfaces: 2 } }), { selected }).condition).toMatchObject({
      status: 'False',
      reason: 'Progressing',
      message: 'not all interfaces are copied yet on node2',
    });
    const bad = mirror({}, { node1: { interfaces: 0, problem: 'the node has an interface eth1 of its own' } });
    expect(conditionOf(bad, { selected }).condition).toMatchObject({
      reason: 'NotOnNode',
      message: 'node1: the node has an interface eth1 of its own',
    });
  });

  test('a Mirror that selects nothing is no fault', () => {
    expect(conditionOf(mirror()).condition).toMatchObject({ status: 'True', reason: 'NothingSelected' });
  });

  test('what a node that is gone has told goes', () => {
    const object = mirror({}, { gone: { interfaces: 1 } });
    expect(conditionOf(object, { hasNode: () => false })).toMatchObject({
      nodes: { gone: null },
      condition: { reason: 'NothingSelected' },
    });
  });

  test('faults of the spec and of the sink are told', () => {
    const bad = mirror({ filters: [{ port: 80 }] });
    expect(conditionOf(bad).condition).toMatchObject({
      status: 'False',
      reason: 'Refused',
      message: expect.stringContaining('filters[0]') as string,
    });
    const sink = podSink(mirror(toPod), undefined, 'ovn-cluster');
    expect(conditionOf(mirror(toPod), { sink }).condition).toMatchObject({ status: 'False', reason: 'SinkNotThere' });
    expect(mirrorFault({ reading: readMirror(mirror()), sink: undefined })).toBeUndefined();
  });

  test('nodes are told the address of the pod', () => {
    const sink = podSink(mirror(toPod), pod({ ip_address: '10.1.0.9' }), 'ovn-cluster');
    expect(conditionOf(mirror(toPod), { sink }).sinkAddress).toBe('10.1.0.9');
  });
});
