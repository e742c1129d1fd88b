import type { Pod, Workload } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { isReplacedByHand, reloadables, remaining, restartPatch, rolloutGap } from './rollout.ts';

const workload = (status: NonNullable<Workload['status']>, spec: NonNullable<Workload['spec']> = { replicas: 2 }): Workload => ({
  metadata: { name: 'w', generation: 3 },
  spec,
  status: { observedGeneration: 3, ...status },
});
const pod = (uid: string): Pod => ({ metadata: { name: uid, uid } });

describe('a restart', () => {
  it('changes an annotation of the template alone', () => {
    expect(restartPatch(new Date(0))).toEqual({
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '1970-01-01T00:00:00.000Z' } } } },
    });
  });

  it.each([
    ['deployment', workload({ observedGeneration: 2, updatedReplicas: 2, availableReplicas: 2 }), 'not seen the change'],
    ['deployment', workload({ replicas: 2, updatedReplicas: 1, availableReplicas: 2 }), '1 of 2 pods are new'],
    ['deployment', workload({ replicas: 3, updatedReplicas: 2, availableReplicas: 3 }), '1 old pods have not ended'],
    ['deployment', workload({ replicas: 2, updatedReplicas: 2, availableReplicas: 1 }), '1 of 2 pods are available'],
    ['deployment', workload({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 }), undefined],
    ['statefulSet', workload({ replicas: 2, updatedReplicas: 2, readyReplicas: 2 }), undefined],
    ['daemonSet', workload({ desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 }), '2 of 3 pods are new'],
    ['daemonSet', workload({ desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 }), '2 of 3 pods are available'],
    ['daemonSet', workload({ desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }), undefined],
    ['daemonSet', workload({ desiredNumberScheduled: 0 }), undefined],
  ] as const)('of a %s with %j', (kind, object, expected) => {
    expect(rolloutGap(kind, object) ?? 'done').toContain(expected ?? 'done');
  });

  it('knows who replaces pods, and which are left', () => {
    expect(isReplacedByHand(workload({}, { updateStrategy: { type: 'OnDelete' } }))).toBe(true);
    expect(isReplacedByHand(workload({}))).toBe(false);
    expect(remaining([pod('a'), pod('b')], [pod('b'), pod('c')])).toBe(1);
  });

  it('begins with the databases, and comes to the daemon after Open vSwitch', () => {
    const parts = reloadables.map(({ part }) => part);
    expect(parts[0]).toBe('ovn-central');
    expect(parts.indexOf('daemon')).toBeGreaterThan(parts.indexOf('ovs-ovn'));
  });
});
