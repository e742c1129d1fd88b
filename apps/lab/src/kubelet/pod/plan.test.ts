import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObservedContainer, ObservedPod } from './observed.ts';
import { isFinished, planPod, restartDelayMs, restarts, sandboxRetryDelayMs, type PlanInput } from './plan.ts';
import type { PodObject } from './types.ts';

const pod: PodObject = {
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
  spec: { containers: [{ name: 'a' }, { name: 'b' }], restartPolicy: 'Always' },
};
const running: ObservedContainer = {
  now: { state: 'running', containerId: 'c', startedAtMs: 0, started: true, ready: true },
  restartCount: 0,
  restartAtMs: 0,
};
const ended = (exitCode: number, restartAtMs = 0): ObservedContainer => ({
  now: { state: 'terminated', containerId: 'c', exitCode, startedAtMs: 0, finishedAtMs: 1 },
  restartCount: 0,
  restartAtMs,
});
const observed = (
  containers: Record<string, ObservedContainer> = {},
  sandbox: ObservedPod['sandbox'] = { state: 'ready', id: 's', addresses: ['10.0.0.1'] },
): ObservedPod => ({ sandbox, containers: new Map(Object.entries(containers)), acceptedAtMs: 0 });
const plan = (input: Partial<PlanInput>) =>
  planPod({ pod, isGone: false, observed: observed(), isNetworkReady: true, nowMs: 1000, ...input });
const deleted: PodObject = {
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 7 },
};

describe('planPod', () => {
  it('a new pod gets its sandbox first, and only once the network is ready', () => {
    expect(plan({ observed: observed({}, { state: 'none' }) }).actions).toEqual([{ do: 'create-sandbox' }]);
    expect(plan({ observed: observed({}, { state: 'none' }), isNetworkReady: false }).actions).toEqual([]);
  });

  it('a pod of the host network does not wait for the network', () => {
    const host = { ...pod, spec: { ...pod.spec, hostNetwork: true } };
    expect(plan({ pod: host, observed: observed({}, { state: 'none' }), isNetworkReady: false }).actions).toEqual([
      { do: 'create-sandbox' },
    ]);
  });

  it('a failed sandbox is tried again at its time', () => {
    const failed = { state: 'failed', attempts: 1, retryAtMs: 1500, message: 'x' } as const;
    expect(plan({ observed: observed({}, failed) })).toEqual({ actions: [], wakeAtMs: 1500 });
    expect(plan({ observed: observed({}, failed), nowMs: 1500 }).actions).toEqual([{ do: 'create-sandbox' }]);
  });

  it('all containers start together; a running one is left alone', () => {
    expect(plan({}).actions).toHaveLength(2);
    expect(plan({ observed: observed({ a: running }) }).actions).toMatchObject([{ do: 'start-container', container: { name: 'b' } }]);
  });

  it('init containers run one after the other, before the rest', () => {
    const withInit = { ...pod, spec: { ...pod.spec, initContainers: [{ name: 'i1' }, { name: 'i2' }] } };
    const names = (containers: Record<string, ObservedContainer>) =>
      plan({ pod: withInit, observed: observed(containers) }).actions.map((action) =>
        action.do === 'start-container' ? action.container.name : action.do,
      );
    expect(names({})).toEqual(['i1']);
    expect(names({ i1: running })).toEqual([]);
    expect(names({ i1: ended(0) })).toEqual(['i2']);
    expect(names({ i1: ended(1) })).toEqual(['i1']);
    expect(names({ i1: ended(0), i2: ended(0) })).toEqual(['a', 'b']);
  });

  it('a container that ended is started again at its time', () => {
    expect(plan({ observed: observed({ a: ended(1, 5000), b: running }) })).toEqual({ actions: [], wakeAtMs: 5000 });
    expect(plan({ observed: observed({ a: ended(0, 0), b: running }) }).actions).toMatchObject([
      { do: 'start-container', container: { name: 'a' } },
    ]);
  });

  it('a container that its liveness probe gave up on is stopped once', () => {
    const sick = { ...running, now: { ...running.now, unhealthy: 'Liveness probe failed' } } as ObservedContainer;
    const stopping = { ...running, now: { ...running.now, unhealthy: 'x', killAtMs: 2000 } } as ObservedContainer;
    expect(plan({ observed: observed({ a: sick, b: running }) }).actions).toMatchObject([{ do: 'stop-container', name: 'a' }]);
    expect(plan({ observed: observed({ a: stopping, b: running }) }).actions).toEqual([]);
  });

  it('a deleted pod: containers end with the grace of the deletion, then the sandbox goes, then the object', () => {
    expect(plan({ pod: deleted, observed: observed({ a: running }) }).actions).toEqual([
      { do: 'stop-container', name: 'a', killAtMs: 8000, cause: 'Killing' },
    ]);
    expect(plan({ pod: deleted, observed: observed({ a: ended(0) }) }).actions).toEqual([{ do: 'remove-sandbox' }]);
    expect(plan({ pod: deleted, observed: observed({ a: ended(0) }, { state: 'none' }) }).actions).toEqual([{ do: 'finish' }]);
  });

  it('a failed sandbox of a deleted pod is removed too: its ADD may have got half way', () => {
    expect(plan({ pod: deleted, observed: observed({}, { state: 'failed', attempts: 1, retryAtMs: 9e9, message: 'x' }) }).actions).toEqual([
      { do: 'remove-sandbox' },
    ]);
  });

  it('a pod whose object is gone ends at once, also when it was stopping gently', () => {
    const stopping = { ...running, now: { ...running.now, killAtMs: 20_000 } } as ObservedContainer;
    expect(plan({ isGone: true, observed: observed({ a: stopping }) }).actions).toEqual([
      { do: 'stop-container', name: 'a', killAtMs: 1000, cause: 'Killing' },
    ]);
  });

  it('a container that is ending is asked again only when its time has become shorter', () => {
    const ending = (killAtMs: number) => observed({ a: { ...running, now: { ...running.now, killAtMs } } as ObservedContainer });
    expect(plan({ pod: deleted, observed: ending(7500) }).actions).toEqual([]);
    expect(plan({ pod: deleted, observed: ending(31_000) }).actions).toHaveLength(1);
    expect(plan({ isGone: true, observed: ending(1000) }).actions).toEqual([]);
  });

  it('a pod that has done its work gives its sandbox back', () => {
    const job = { ...pod, spec: { ...pod.spec, restartPolicy: 'Never' as const } };
    expect(plan({ pod: job, observed: observed({ a: ended(0), b: ended(1) }) }).actions).toEqual([{ do: 'remove-sandbox' }]);
    expect(plan({ pod: job, observed: observed({ a: ended(0), b: ended(1) }, { state: 'none' }) }).actions).toEqual([]);
  });

  it('a deleted pod always comes to its end, whatever was observed before', () => {
    const container = fc.oneof(
      fc.constant(running),
      fc.integer({ min: 0, max: 2 }).map((code) => ended(code)),
      fc.constant<ObservedContainer>({ now: { state: 'waiting', reason: 'x' }, restartCount: 1, restartAtMs: 0 }),
    );
    const sandbox = fc.constantFrom<ObservedPod['sandbox']>(
      { state: 'none' },
      { state: 'ready', id: 's', addresses: [] },
      { state: 'failed', attempts: 3, retryAtMs: 9e9, message: '' },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'i'), container), sandbox, fc.boolean(), (containers, box, isGone) => {
        let state = observed(containers, box);
        for (let step = 0; step < 4; step += 1) {
          const { actions } = plan({ pod: deleted, isGone, observed: state });
          if (actions[0]?.do === 'finish') return;
          expect(actions.length).toBeGreaterThan(0);
          if (actions[0]?.do === 'remove-sandbox') state = { ...state, sandbox: { state: 'none' } };
          else
            state = {
              ...state,
              containers: new Map([...state.containers].map(([name, seen]) => [name, seen.now.state === 'running' ? ended(137) : seen])),
            };
        }
        throw new Error('no end after 4 steps');
      }),
    );
  });
});

describe('policies and delays', () => {
  it.each([
    ['Always', 0, true],
    ['Always', 1, true],
    ['OnFailure', 0, false],
    ['OnFailure', 1, true],
    ['Never', 0, false],
    ['Never', 1, false],
  ] as const)('%s, exit code %i: starts again is %s', (policy, code, again) => {
    expect(restarts(policy, code)).toBe(again);
  });

  it('a pod that always restarts never finishes', () => expect(isFinished(pod, observed({ a: ended(0), b: ended(0) }))).toBe(false));

  it('delays grow to their bound and start anew after a long run', () => {
    expect([0, 1, 2, 3, 9].map((count) => restartDelayMs(count, 0))).toEqual([0, 10_000, 20_000, 40_000, 300_000]);
    expect(restartDelayMs(9, 600_000)).toBe(0);
    expect([1, 2, 9].map(sandboxRetryDelayMs)).toEqual([500, 1000, 10_000]);
  });
});
