import { describe, expect, it } from 'vitest';
import type { ObservedContainer, ObservedPod } from './observed.ts';
import { podPhase, podStatus } from './status.ts';
import type { PodObject, RestartPolicy } from './types.ts';

const make = (restartPolicy: RestartPolicy = 'Always', init: readonly string[] = []): PodObject => ({
  metadata: { name: 'web', namespace: 'shop', uid: 'u' },
  spec: { restartPolicy, containers: [{ name: 'a', image: 'busybox' }], initContainers: init.map((name) => ({ name })) },
});
const running = (ready: boolean): ObservedContainer => ({
  now: { state: 'running', containerId: 'c1', startedAtMs: 1000, started: true, ready },
  restartCount: 0,
  restartAtMs: 0,
});
const ended = (exitCode: number): ObservedContainer => ({
  now: { state: 'terminated', containerId: 'c1', exitCode, startedAtMs: 1000, finishedAtMs: 2000 },
  restartCount: 0,
  restartAtMs: 0,
});
const observed = (containers: Record<string, ObservedContainer>): ObservedPod => ({
  sandbox: { state: 'ready', id: 's', addresses: ['10.0.0.2', 'fd00::2'] },
  containers: new Map(Object.entries(containers)),
  acceptedAtMs: 0,
});
const status = (pod: PodObject, seen: ObservedPod) => podStatus({ pod, observed: seen, hostAddresses: ['192.0.2.1'], nowMs: 5000 });

describe('podPhase', () => {
  it.each([
    ['nothing started', make(), {}, 'Pending'],
    ['init runs', make('Always', ['i']), { i: running(true) }, 'Pending'],
    ['running', make(), { a: running(false) }, 'Running'],
    ['between two runs', make(), { a: ended(1) }, 'Running'],
    ['done', make('OnFailure'), { a: ended(0) }, 'Succeeded'],
    ['failed for good', make('Never'), { a: ended(1) }, 'Failed'],
    ['failed and tried again', make('OnFailure'), { a: ended(1) }, 'Running'],
    ['init failed for good', make('Never', ['i']), { i: ended(1) }, 'Failed'],
  ] as const)('%s', (_, pod, containers, phase) => expect(podPhase(pod, observed(containers))).toBe(phase));
});

describe('podStatus', () => {
  it('tells addresses, start and readiness', () => {
    const told = status(make(), observed({ a: running(true) }));
    expect(told).toMatchObject({
      phase: 'Running',
      podIP: '10.0.0.2',
      podIPs: [{ ip: '10.0.0.2' }, { ip: 'fd00::2' }],
      hostIP: '192.0.2.1',
      startTime: '1970-01-01T00:00:00Z',
      containerStatuses: [{ name: 'a', ready: true, restartCount: 0, state: { running: { startedAt: '1970-01-01T00:00:01Z' } } }],
    });
    expect(told.conditions?.map(({ type, status: value }) => `${type}=${value}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
  });

  it('keeps the time of a transition while the condition stays, and the conditions of others', () => {
    const before = {
      ...make(),
      status: {
        conditions: [
          { type: 'Ready', status: 'True' as const, lastTransitionTime: 'then' },
          { type: 'mine', status: 'True' as const },
        ],
      },
    };
    const { conditions = [] } = status(before, observed({ a: running(true) }));
    expect(conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe('then');
    expect(conditions.find(({ type }) => type === 'ContainersReady')?.lastTransitionTime).toBe('1970-01-01T00:00:05Z');
    expect(conditions.at(-1)?.type).toBe('mine');
  });

  it('names the containers that are not ready, and open readiness gates', () => {
    const unready = status(make(), observed({ a: running(false) })).conditions?.find(({ type }) => type === 'Ready');
    expect(unready).toMatchObject({ status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [a]' });
    const gated: PodObject = { ...make(), spec: { ...make().spec, readinessGates: [{ conditionType: 'example.org/fed' }] } };
    expect(status(gated, observed({ a: running(true) })).conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
    });
  });

  it('a pod without a sandbox shows no address; one that has finished keeps showing it', () => {
    const none: ObservedPod = { ...observed({}), sandbox: { state: 'none' } };
    expect(status(make(), none).podIP).toBeUndefined();
    const finished = { ...make('Never'), status: { podIPs: [{ ip: '10.0.0.2' }] } };
    expect(status(finished, { ...observed({ a: ended(0) }), sandbox: { state: 'none' } })).toMatchObject({
      phase: 'Succeeded',
      podIP: '10.0.0.2',
    });
  });
});
