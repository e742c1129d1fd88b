import type { Lease } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import type { Taint, Toleration } from '../../shared/objects.ts';
import { fixedTime, node, pod } from '../../testing/objects.ts';
import { planEviction } from './eviction.ts';
import { planNode } from './health.ts';

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const lease = (seconds: number): Lease => ({ metadata: { name: 'n1' }, spec: { renewTime: at(seconds) } });
const health = (seconds: number, renewed: number | undefined, one = node('n1')) =>
  planNode({ node: one, lease: renewed === undefined ? undefined : lease(renewed), time: fixedTime(seconds * 1000), graceMs: 40_000 });
const taints = (actions: ReturnType<typeof health>): readonly Taint[] =>
  actions.flatMap((action) =>
    action.do === 'patch' && action.subresource === undefined ? ((action.body as { spec: { taints: Taint[] } }).spec.taints ?? []) : [],
  );

describe('node health', () => {
  it('a renewed lease keeps a node in peace', () => {
    expect(health(100, 61)).toEqual([]);
  });

  it('a silent node becomes unknown and is tainted at once', () => {
    const actions = health(100, 60);
    expect(actions[0]).toMatchObject({
      subresource: 'status',
      type: 'strategic',
      body: { status: { conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }] } },
    });
    expect(taints(actions).map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    expect(taints(actions)[0]!.timeAdded).toBe('1970-01-01T00:01:40Z');
  });

  it('without a lease the heartbeat of the Ready condition counts', () => {
    const beating = node('n1', { status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: at(90) }] } });
    expect(health(100, undefined, beating)).toEqual([]);
    expect(health(131, undefined, beating)).not.toEqual([]);
  });

  it('taints follow the conditions and leave others alone', () => {
    const mine: Taint = { key: 'team', effect: 'NoSchedule' };
    const sick = node('n1', {
      spec: { unschedulable: true, taints: [mine] },
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'NetworkUnavailable', status: 'True' },
        ],
      },
    });
    const now = taints(health(10, 10, sick));
    expect(now.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'team:NoSchedule',
      'node.kubernetes.io/not-ready:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
      'node.kubernetes.io/network-unavailable:NoSchedule',
      'node.kubernetes.io/not-ready:NoExecute',
    ]);
    expect(taints(health(20, 20, node('n1', { spec: { taints: now } })))).toEqual([mine]);
  });
});

describe('eviction', () => {
  const noExecute: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: at(100) };
  const tainted = node('n1', { spec: { taints: [noExecute] } });
  const evicted = (tolerations: readonly Toleration[], seconds: number): boolean =>
    planEviction({ pod: pod({ name: 'a', node: 'n1', spec: { tolerations } }), node: tainted, time: fixedTime(seconds * 1000) }).some(
      (action) => action.do === 'delete',
    );
  const toleration = (tolerationSeconds?: number): Toleration => ({
    key: noExecute.key,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  });

  it.each<[readonly Toleration[], number, boolean]>([
    [[], 100, true],
    [[toleration(300)], 399, false],
    [[toleration(300)], 400, true],
    [[toleration()], 9999, false],
    [[toleration(300), toleration(5)], 105, true],
    [[toleration(-1)], 100, true],
    [[{ operator: 'Exists' }], 9999, false],
    [[{ key: 'other', operator: 'Exists' }], 100, true],
  ])('tolerations %j after %i s: %j', (tolerations, seconds, expected) => {
    expect(evicted(tolerations, seconds)).toBe(expected);
  });

  it('on an unknown node a ready pod is ready no more', () => {
    const unknown = node('n1', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } });
    expect(planEviction({ pod: pod({ name: 'a', node: 'n1', ready: true }), node: unknown, time: fixedTime(0) })).toMatchObject([
      {
        do: 'patch',
        subresource: 'status',
        body: { status: { conditions: [{ type: 'Ready', status: 'False', reason: 'NodeNotReady' }] } },
      },
    ]);
  });

  it('a pod of a node that is no more is removed at once; an unbound one is let be', () => {
    expect(planEviction({ pod: pod({ name: 'a', node: 'gone', going: true }), node: undefined, time: fixedTime(0) })).toMatchObject([
      { do: 'delete', graceSeconds: 0, uid: 'uid-a' },
    ]);
    expect(planEviction({ pod: pod({ name: 'a' }), node: undefined, time: fixedTime(0) })).toEqual([]);
  });
});
