import { describe, expect, it } from 'vitest';
import type { Action } from '../shared/action.ts';
import { fixedTime, pod, replicaSet, type PodSketch } from '../testing/objects.ts';
import { planReplicaSet } from './replica-set.ts';

const time = fixedTime(1_000_000);
const labels = { app: 'web' };
const mine = (sketch: PodSketch) => pod({ labels, owner: 'uid-rs', ...sketch });
const plan = (replicas: number, candidates: readonly ReturnType<typeof pod>[], going = false) =>
  planReplicaSet({
    replicaSet: replicaSet(
      'rs',
      replicas,
      going ? { metadata: { name: 'rs', namespace: 'shop', uid: 'uid-rs', generation: 1, deletionTimestamp: 'x' } } : {},
    ),
    candidates,
    time,
  });
const deleted = (actions: readonly Action[]) => actions.flatMap((action) => (action.do === 'delete' ? [action.key] : []));
const created = (actions: readonly Action[]) => actions.filter((action) => action.do === 'create').length;

describe('planReplicaSet', () => {
  it('creates what is missing; finished and terminating pods do not count', () => {
    const actions = plan(3, [
      mine({ name: 'a', node: 'n1' }),
      mine({ name: 'b', phase: 'Failed', node: 'n1' }),
      mine({ name: 'c', going: true, node: 'n1' }),
    ]);
    expect(created(actions)).toBe(2);
    expect(deleted(actions)).toEqual([]);
    expect(actions.find((action) => action.do === 'create')).toMatchObject({
      object: {
        metadata: {
          generateName: 'rs-',
          namespace: 'shop',
          labels,
          ownerReferences: [{ kind: 'ReplicaSet', uid: 'uid-rs', controller: true }],
        },
        spec: { containers: [{ name: 'c' }] },
      },
    });
  });

  it('makes at most 50 in one round', () => {
    expect(created(plan(120, []))).toBe(50);
  });

  it.each<[string, readonly PodSketch[], string]>([
    ['unscheduled before scheduled', [{ name: 'a', node: 'n1', ready: true }, { name: 'b' }], 'b'],
    [
      'not ready before ready',
      [
        { name: 'a', node: 'n1' },
        { name: 'b', node: 'n2', ready: true },
      ],
      'a',
    ],
    [
      'cheap before dear',
      [
        { name: 'a', node: 'n1', ready: true },
        { name: 'b', node: 'n2', ready: true, annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } },
      ],
      'b',
    ],
    [
      'crowded before lonely',
      [
        { name: 'a', node: 'n1', ready: true },
        { name: 'b', node: 'n2', ready: true },
        { name: 'c', node: 'n2', ready: true, created: 5 },
      ],
      'c',
    ],
    [
      'young before old',
      [
        { name: 'a', node: 'n1', ready: true, created: 1 },
        { name: 'b', node: 'n2', ready: true, created: 9 },
      ],
      'b',
    ],
  ])('removes %s', (_law, pods, victim) => {
    expect(deleted(plan(pods.length - 1, pods.map(mine)))).toEqual([`shop/${victim}`]);
  });

  it('adopts a matching orphan instead of creating, and releases what no longer matches', () => {
    const actions = plan(1, [pod({ name: 'orphan', labels, node: 'n1' }), mine({ name: 'changed', labels: { app: 'other' }, node: 'n1' })]);
    expect(created(actions)).toBe(0);
    expect(actions.filter((action) => action.do === 'patch' && action.subresource === undefined)).toMatchObject([
      { key: 'shop/orphan', body: { metadata: { uid: 'uid-orphan', ownerReferences: [{ uid: 'uid-rs', controller: true }] } } },
      { key: 'shop/changed', body: { metadata: { uid: 'uid-changed', ownerReferences: [] } } },
    ]);
  });

  it("leaves another controller's pods alone", () => {
    expect(plan(0, [pod({ name: 'x', labels, owner: 'uid-else' })]).filter((action) => action.do !== 'patch')).toEqual([]);
  });

  it('on its way out it neither creates nor adopts', () => {
    expect(
      plan(3, [pod({ name: 'orphan', labels })], true).filter(
        (action) => action.do === 'create' || (action.do === 'patch' && action.subresource === undefined),
      ),
    ).toEqual([]);
  });

  it('says nothing when all is as it says', () => {
    const status = { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 };
    expect(
      planReplicaSet({ replicaSet: replicaSet('rs', 1, { status }), candidates: [mine({ name: 'a', node: 'n1', ready: true })], time }),
    ).toEqual([]);
  });

  it('a pod is available only after minReadySeconds', () => {
    const slow = replicaSet('rs', 1, { spec: { replicas: 1, minReadySeconds: 10, selector: { matchLabels: labels } } });
    const candidates = [mine({ name: 'a', node: 'n1', ready: true })];
    const statusAt = (ms: number) =>
      planReplicaSet({ replicaSet: slow, candidates, time: fixedTime(ms) }).find((action) => action.do === 'patch')?.body;
    expect(statusAt(9_999)).toMatchObject({ status: { readyReplicas: 1, availableReplicas: 0 } });
    expect(statusAt(10_000)).toMatchObject({ status: { readyReplicas: 1, availableReplicas: 1 } });
  });
});
