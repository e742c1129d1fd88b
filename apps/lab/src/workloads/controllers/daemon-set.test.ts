import { describe, expect, it } from 'vitest';
import type { Action } from '../shared/action.ts';
import type { DaemonSet, Node, Pod } from '../shared/objects.ts';
import { fixedTime, node } from '../testing/objects.ts';
import { chooseNode } from '../scheduling/choose.ts';
import { planDaemonSet } from './daemon-set.ts';

const time = fixedTime(1_000_000);

function daemonSet(image = 'x:1', more: Partial<NonNullable<DaemonSet['spec']>> = {}): DaemonSet {
  return {
    metadata: { name: 'agent', namespace: 'shop', uid: 'uid-agent', generation: 1 },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image }] } },
      ...more,
    },
  };
}

const plan = (set: DaemonSet, nodes: readonly Node[], candidates: readonly Pod[] = []): readonly Action[] =>
  planDaemonSet({ set, candidates, nodes, time });

/** The pods that a plan creates, bound by the scheduler and ready. */
function running(set: DaemonSet, nodes: readonly Node[]): readonly Pod[] {
  return plan(set, nodes).flatMap((action) => {
    if (action.do !== 'create') return [];
    const draft = action.object as unknown as Pod;
    const choice = chooseNode(
      draft,
      nodes.map((one) => ({ node: one, pods: [] })),
    );
    if (!('node' in choice)) throw new Error(choice.unschedulable);
    const name = `agent-${choice.node}`;
    return [
      {
        ...draft,
        metadata: { ...draft.metadata, name, uid: name },
        spec: { ...draft.spec, nodeName: choice.node },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(0).toISOString() }] },
      } as Pod,
    ];
  });
}
const deleted = (actions: readonly Action[]) => actions.flatMap((action) => (action.do === 'delete' ? [action.key] : []));
const nodes = [node('n1'), node('n2'), node('n3')];

describe('DaemonSet', () => {
  it('one pod per node, each of which the scheduler can only put there', () => {
    expect(running(daemonSet(), nodes).map((pod) => pod.spec?.nodeName)).toEqual(['n1', 'n2', 'n3']);
  });

  it('runs on cordoned and troubled nodes, not on tainted or unselected ones', () => {
    const mixed = [
      node('cordoned', { spec: { unschedulable: true } }),
      node('sick', { spec: { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] } }),
      node('reserved', { spec: { taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] } }),
    ];
    expect(running(daemonSet(), mixed).map((pod) => pod.spec?.nodeName)).toEqual(['cordoned', 'sick']);
    const picky = daemonSet('x:1', { template: { metadata: { labels: { app: 'agent' } }, spec: { nodeSelector: { disk: 'ssd' } } } });
    expect(running(picky, [...nodes, node('n4', { labels: { disk: 'ssd' } })]).map((pod) => pod.spec?.nodeName)).toEqual(['n4']);
  });

  it('removes pods from nodes that no longer admit it, and doubles', () => {
    const pods = running(daemonSet(), nodes);
    const double = {
      ...pods[0]!,
      metadata: { ...pods[0]!.metadata, name: 'double', uid: 'double', creationTimestamp: new Date(5000).toISOString() },
    };
    const tainted = (effect: string) => [nodes[0]!, nodes[1]!, node('n3', { spec: { taints: [{ key: 'team', effect }] } })];
    expect(deleted(plan(daemonSet(), tainted('NoExecute'), [...pods, double]))).toEqual(['shop/double', 'shop/agent-n3']);
    expect(deleted(plan(daemonSet(), tainted('NoSchedule'), pods))).toEqual([]);
  });

  it('updates as many at a time as may be unavailable', () => {
    const pods = running(daemonSet(), nodes);
    expect(deleted(plan(daemonSet('x:2'), nodes, pods))).toEqual(['shop/agent-n1']);
    const two = daemonSet('x:2', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } });
    expect(deleted(plan(two, nodes, pods))).toEqual(['shop/agent-n1', 'shop/agent-n2']);
    const oneDown = [{ ...pods[0]!, status: { phase: 'Pending' } } as Pod, pods[1]!, pods[2]!];
    expect(deleted(plan(daemonSet('x:2'), nodes, oneDown))).toEqual(['shop/agent-n1']);
    expect(deleted(plan(daemonSet('x:2', { updateStrategy: { type: 'OnDelete' } }), nodes, pods))).toEqual([]);
  });

  it('counts in its status', () => {
    const pods = running(daemonSet(), nodes);
    const status = plan(daemonSet(), nodes, pods.slice(0, 2)).find((action) => action.do === 'patch');
    expect(status).toMatchObject({
      body: {
        status: {
          desiredNumberScheduled: 3,
          currentNumberScheduled: 2,
          numberReady: 2,
          updatedNumberScheduled: 2,
          numberUnavailable: 1,
          numberMisscheduled: 0,
        },
      },
    });
  });
});
