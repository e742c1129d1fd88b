import { describe, expect, it } from 'vitest';
import type { Action } from '../../shared/action.ts';
import type { ControllerRevision, Pod, StatefulSet } from '../../shared/objects.ts';
import { fixedTime } from '../../testing/objects.ts';
import { revisionLabel } from './identity.ts';
import { planStatefulSet } from './plan.ts';

const time = fixedTime(1_000_000);

interface Shape {
  readonly replicas?: number;
  readonly image?: string;
  readonly policy?: string;
  readonly partition?: number;
  readonly update?: string;
  readonly start?: number;
}

function statefulSet(
  { replicas = 3, image = 'x:1', policy = 'OrderedReady', partition = 0, update = 'RollingUpdate', start = 0 }: Shape,
  status?: StatefulSet['status'],
): StatefulSet {
  return {
    metadata: { name: 'db', namespace: 'shop', uid: 'uid-db', generation: 1 },
    spec: {
      replicas,
      serviceName: 'db',
      podManagementPolicy: policy,
      ordinals: { start },
      updateStrategy: { type: update, ...(update === 'OnDelete' ? {} : { rollingUpdate: { partition } }) },
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image }] } },
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** Carries plans out by hand, one round at a time, and keeps a diary of creations and deletions. */
class World {
  readonly pods = new Map<string, Pod>();
  readonly revisions = new Map<string, ControllerRevision>();
  readonly diary: string[] = [];
  status: StatefulSet['status'] = {};

  round(shape: Shape): readonly Action[] {
    const set = statefulSet(shape, this.status);
    const actions = planStatefulSet({ set, candidates: [...this.pods.values()], revisions: [...this.revisions.values()], time });
    for (const action of actions) this.#apply(action);
    return actions;
  }

  #apply(action: Action): void {
    if (action.do === 'create' && action.resource.plural === 'pods') {
      const made = action.object as unknown as Pod;
      this.pods.set(made.metadata.name, {
        ...made,
        metadata: { ...made.metadata, uid: `uid-${made.metadata.name}` },
        status: { phase: 'Pending' },
      });
      this.diary.push(`+${made.metadata.name}`);
    } else if (action.do === 'create') this.revisions.set(action.object.metadata.name!, action.object as unknown as ControllerRevision);
    else if (action.do === 'delete' && action.resource.plural === 'pods') {
      this.pods.delete(action.key.replace('shop/', ''));
      this.diary.push(`-${action.key.replace('shop/', '')}`);
    } else if (action.do === 'patch' && action.subresource === 'status')
      this.status = { ...this.status, ...(action.body as { status: object }).status };
    else if (action.do === 'patch' && action.resource.plural === 'controllerrevisions') {
      const name = action.key.replace('shop/', '');
      this.revisions.set(name, { ...this.revisions.get(name)!, ...(action.body as { revision: number }) });
    }
  }

  ready(...names: readonly string[]): void {
    for (const name of names) {
      const pod = this.pods.get(name)!;
      this.pods.set(name, {
        ...pod,
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(0).toISOString() }] },
      });
    }
  }

  /** Rounds in which everything becomes ready at once, until nothing is said any more. */
  settle(shape: Shape): void {
    for (let round = 0; round < 40; round += 1) {
      this.ready(...[...this.pods.values()].filter((pod) => pod.status?.phase === 'Pending').map((pod) => pod.metadata.name));
      if (this.round(shape).length === 0) break;
    }
    if (this.round(shape).length > 0) throw new Error(`never settles: ${this.diary.join(' ')}`);
  }

  images(): readonly (string | undefined)[] {
    return [...this.pods.values()]
      .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1))
      .map((pod) => pod.spec?.containers?.[0]?.image);
  }
}

describe('StatefulSet', () => {
  it('makes one pod at a time, each when the one before is ready', () => {
    const world = new World();
    world.round({});
    world.round({});
    expect(world.diary).toEqual(['+db-0']);
    world.ready('db-0');
    world.round({});
    expect(world.diary).toEqual(['+db-0', '+db-1']);
    expect(world.pods.get('db-1')).toMatchObject({
      metadata: { labels: { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-1', 'apps.kubernetes.io/pod-index': '1' } },
      spec: { hostname: 'db-1', subdomain: 'db' },
    });
  });

  it('in parallel all at once', () => {
    const world = new World();
    world.round({ policy: 'Parallel' });
    expect(world.diary).toEqual(['+db-0', '+db-1', '+db-2']);
  });

  it('starts at the first ordinal', () => {
    const world = new World();
    world.settle({ replicas: 2, start: 5 });
    expect(world.diary).toEqual(['+db-5', '+db-6']);
  });

  it('shrinks from the highest ordinal, one at a time, and only while all others are healthy', () => {
    const world = new World();
    world.settle({});
    world.diary.length = 0;
    const broken = world.pods.get('db-0')!;
    world.pods.set('db-0', { ...broken, status: { phase: 'Running' } });
    world.round({ replicas: 1 });
    expect(world.diary).toEqual([]);
    world.ready('db-0');
    world.settle({ replicas: 1 });
    expect(world.diary).toEqual(['-db-2', '-db-1']);
  });

  it('replaces a pod that has ended', () => {
    const world = new World();
    world.settle({});
    world.diary.length = 0;
    world.pods.set('db-1', { ...world.pods.get('db-1')!, status: { phase: 'Failed' } });
    world.settle({});
    expect(world.diary).toEqual(['-db-1', '+db-1']);
  });

  it('updates from the highest ordinal down, waiting for each', () => {
    const world = new World();
    world.settle({});
    world.diary.length = 0;
    world.round({ image: 'x:2' });
    expect(world.diary).toEqual(['-db-2']);
    world.round({ image: 'x:2' });
    world.round({ image: 'x:2' });
    expect(world.diary).toEqual(['-db-2', '+db-2']);
    world.settle({ image: 'x:2' });
    expect(world.diary).toEqual(['-db-2', '+db-2', '-db-1', '+db-1', '-db-0', '+db-0']);
    expect(world.status).toMatchObject({ updatedReplicas: 3, currentReplicas: 3 });
    expect(world.status!.currentRevision).toBe(world.status!.updateRevision);
    expect(world.revisions.size).toBe(2);
  });

  it('keeps what is below the partition, also when such a pod is lost', () => {
    const world = new World();
    world.settle({});
    world.settle({ image: 'x:2', partition: 2 });
    expect(world.images()).toEqual(['x:1', 'x:1', 'x:2']);
    expect(world.status).toMatchObject({ updatedReplicas: 1, currentReplicas: 2 });
    world.pods.delete('db-0');
    world.settle({ image: 'x:2', partition: 2 });
    expect(world.images()).toEqual(['x:1', 'x:1', 'x:2']);
  });

  it('OnDelete replaces nothing by itself', () => {
    const world = new World();
    world.settle({});
    world.settle({ image: 'x:2', update: 'OnDelete' });
    expect(world.images()).toEqual(['x:1', 'x:1', 'x:1']);
    world.pods.delete('db-1');
    world.settle({ image: 'x:2', update: 'OnDelete' });
    expect(world.images()).toEqual(['x:1', 'x:2', 'x:1']);
  });

  it('an old template that comes back is the same revision with a new number', () => {
    const world = new World();
    world.settle({});
    const first = world.status!.updateRevision!;
    world.settle({ image: 'x:2' });
    world.settle({ image: 'x:1' });
    expect(world.status!.updateRevision).toBe(first);
    expect(world.revisions.get(first)!.revision).toBe(3);
    expect([...world.pods.values()].every((pod) => pod.metadata.labels?.[revisionLabel] === first)).toBe(true);
  });

  it('says that volume claims are not served', () => {
    const set = statefulSet({});
    const withVolumes = { ...set, spec: { ...set.spec, volumeClaimTemplates: [{ metadata: { name: 'data' } }] } };
    const events = planStatefulSet({ set: withVolumes, candidates: [], revisions: [], time }).filter((action) => action.do === 'event');
    expect(events).toMatchObject([
      { type: 'Warning', reason: 'VolumeClaimTemplatesIgnored', message: expect.stringContaining('(data)') as string },
    ]);
  });
});
