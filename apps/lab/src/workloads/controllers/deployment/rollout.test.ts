import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../shared/action.ts';
import type { Deployment, ReplicaSet } from '../../shared/objects.ts';
import { fixedTime, replicaSet } from '../../testing/objects.ts';
import { planDeployment } from './plan.ts';
import { hashLabel, revisionAnnotation } from './revision.ts';
import { rolloutBounds } from './rollout.ts';

const time = fixedTime(1_000_000);

interface Shape {
  readonly replicas: number;
  readonly maxSurge?: number | string;
  readonly maxUnavailable?: number | string;
  readonly image?: string;
  readonly type?: string;
  readonly paused?: boolean;
  readonly revisionHistoryLimit?: number;
}

function deployment({
  replicas,
  maxSurge = '25%',
  maxUnavailable = '25%',
  image = 'x:2',
  type = 'RollingUpdate',
  ...more
}: Shape): Deployment {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-web', generation: 2 },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
      strategy: { type, ...(type === 'Recreate' ? {} : { rollingUpdate: { maxSurge, maxUnavailable } }) },
      ...more,
    },
  };
}

/** A cluster of ReplicaSets only: sizes are obeyed at once, availability is what the test says. */
class World {
  readonly sets = new Map<string, ReplicaSet>();
  #clock = 0;

  apply(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.do === 'create') {
        const object = action.object as unknown as ReplicaSet;
        this.sets.set(object.metadata.name, {
          ...object,
          metadata: {
            ...object.metadata,
            uid: `uid-${object.metadata.name}`,
            generation: 1,
            creationTimestamp: new Date((this.#clock += 1000)).toISOString(),
          },
        });
      } else if (action.do === 'delete') this.sets.delete(action.key.replace('shop/', ''));
      else if (action.do === 'patch' && action.resource.plural === 'replicasets') {
        const name = action.key.replace('shop/', '');
        const old = this.sets.get(name)!;
        const body = action.body as { spec?: object; metadata?: { annotations?: Record<string, string> } };
        this.sets.set(name, {
          ...old,
          metadata: { ...old.metadata, annotations: { ...old.metadata.annotations, ...body.metadata?.annotations } },
          spec: { ...old.spec, ...body.spec },
        });
      }
    }
  }

  /** Every set has as many pods as it says; `available` of them count as available. */
  settle(available: (set: ReplicaSet) => number): void {
    for (const [name, set] of this.sets) {
      const replicas = set.spec?.replicas ?? 0;
      this.sets.set(name, {
        ...set,
        status: {
          replicas,
          readyReplicas: available(set),
          availableReplicas: Math.min(replicas, available(set)),
          observedGeneration: set.metadata.generation ?? 0,
        },
      });
    }
  }

  total(field: 'replicas' | 'available'): number {
    return [...this.sets.values()].reduce(
      (sum, set) => sum + (field === 'replicas' ? (set.spec?.replicas ?? 0) : (set.status?.availableReplicas ?? 0)),
      0,
    );
  }
}

const plan = (wanted: Deployment, world: World) =>
  planDeployment({ deployment: wanted, candidates: [...world.sets.values()], podsOf: () => [], time });
const full = (set: ReplicaSet): number => set.spec?.replicas ?? 0;
const sizes = (world: World): readonly number[] => [...world.sets.values()].map(full);

function rolledOut(first: Deployment): World {
  const world = new World();
  world.apply(plan(first, world));
  world.settle(full);
  return world;
}

describe('rollout', () => {
  it.each<[Shape, { surge: number; unavailable: number }]>([
    [{ replicas: 4 }, { surge: 1, unavailable: 1 }],
    [{ replicas: 3 }, { surge: 1, unavailable: 0 }],
    [
      { replicas: 10, maxSurge: '30%', maxUnavailable: 0 },
      { surge: 3, unavailable: 0 },
    ],
    [
      { replicas: 2, maxSurge: 0, maxUnavailable: 0 },
      { surge: 0, unavailable: 1 },
    ],
    [
      { replicas: 2, maxSurge: 0, maxUnavailable: 9 },
      { surge: 0, unavailable: 2 },
    ],
  ])('bounds of %j are %j', (shape, bounds) => {
    expect(rolloutBounds(deployment(shape))).toEqual(bounds);
  });

  it('the first ReplicaSet has revision 1 and the hash of its template in name, labels and selector', () => {
    const world = rolledOut(deployment({ replicas: 3 }));
    const [only] = world.sets.values();
    const hash = only!.metadata.labels![hashLabel]!;
    expect(only).toMatchObject({
      metadata: {
        name: `web-${hash}`,
        annotations: { [revisionAnnotation]: '1' },
        ownerReferences: [{ kind: 'Deployment', uid: 'uid-web' }],
      },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web', [hashLabel]: hash } },
        template: { metadata: { labels: { [hashLabel]: hash } } },
      },
    });
  });

  it('never more pods than surge allows, never fewer available than promised, and it ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 5 }),
        fc.infiniteStream(fc.boolean()),
        (replicas, maxSurge, maxUnavailable, luck) => {
          const next = deployment({ replicas, maxSurge, maxUnavailable, image: 'x:3' });
          const bounds = rolloutBounds(next);
          const world = rolledOut(deployment({ replicas, maxSurge, maxUnavailable }));
          const available = new Map<string, number>([...world.sets].map(([name]) => [name, replicas]));
          for (let round = 0; round < 8 * replicas + 20; round += 1) {
            world.apply(plan(next, world));
            expect(world.total('replicas')).toBeLessThanOrEqual(replicas + bounds.surge);
            // pods of the new set become available one after the other; pods of old sets only go
            for (const [name, set] of world.sets) {
              const ready = available.get(name) ?? 0;
              const grown =
                set.spec!.template!.spec!.containers![0]!.image === 'x:3' && (luck.next().value || round % 3 === 0) ? ready + 1 : ready;
              available.set(name, Math.min(full(set), grown));
            }
            world.settle((set) => available.get(set.metadata.name) ?? 0);
            expect(world.total('available')).toBeGreaterThanOrEqual(replicas - bounds.unavailable);
          }
          expect(sizes(world).toSorted((left, right) => left - right)).toEqual([0, replicas]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('an unhealthy revision is replaced without touching the healthy one below its minimum', () => {
    const world = rolledOut(deployment({ replicas: 4 }));
    const bad = deployment({ replicas: 4, image: 'broken' });
    for (let round = 0; round < 5; round += 1) {
      world.apply(plan(bad, world));
      world.settle((set) => (set.spec!.template!.spec!.containers![0]!.image === 'broken' ? 0 : full(set)));
    }
    expect(sizes(world)).toEqual([3, 2]);
    const good = deployment({ replicas: 4, image: 'x:4' });
    for (let round = 0; round < 12; round += 1) {
      world.apply(plan(good, world));
      world.settle((set) => (set.spec!.template!.spec!.containers![0]!.image === 'broken' ? 0 : full(set)));
      expect(world.total('available')).toBeGreaterThanOrEqual(3);
    }
    expect(sizes(world)).toEqual([0, 0, 4]);
  });

  it('going back to an old template reuses its ReplicaSet and gives it the newest revision', () => {
    const world = rolledOut(deployment({ replicas: 2 }));
    for (const image of ['x:3', 'x:2']) {
      for (let round = 0; round < 10; round += 1) {
        world.apply(plan(deployment({ replicas: 2, image }), world));
        world.settle(full);
      }
    }
    expect(sizes(world)).toEqual([2, 0]);
    expect([...world.sets.values()].map((set) => set.metadata.annotations![revisionAnnotation])).toEqual(['3', '2']);
  });

  it('Recreate takes the old down before it makes the new, and waits for their pods', () => {
    const world = rolledOut(deployment({ replicas: 2, type: 'Recreate' }));
    const next = deployment({ replicas: 2, type: 'Recreate', image: 'x:3' });
    world.apply(plan(next, world));
    expect(sizes(world)).toEqual([0]);
    const withPods = planDeployment({
      deployment: next,
      candidates: [...world.sets.values()],
      podsOf: () => [{ metadata: { name: 'old' }, status: { phase: 'Running' } }],
      time,
    });
    expect(withPods.filter((action) => action.do === 'create')).toEqual([]);
    world.apply(plan(next, world));
    expect(sizes(world)).toEqual([0, 2]);
  });

  it('paused: no new revision, but a change of size is followed', () => {
    const world = rolledOut(deployment({ replicas: 2 }));
    world.apply(plan(deployment({ replicas: 5, image: 'x:3', paused: true }), world));
    expect(sizes(world)).toEqual([5]);
  });

  it('old revisions beyond the limit go, the oldest first', () => {
    const world = rolledOut(deployment({ replicas: 1 }));
    for (const image of ['a', 'b', 'c']) {
      for (let round = 0; round < 10; round += 1) {
        world.apply(plan(deployment({ replicas: 1, image, revisionHistoryLimit: 1 }), world));
        world.settle(full);
      }
    }
    expect([...world.sets.values()].map((set) => set.spec!.template!.spec!.containers![0]!.image)).toEqual(['b', 'c']);
  });

  it('says available, progressing, done, and stuck', () => {
    const world = rolledOut(deployment({ replicas: 2 }));
    const status = (wanted: Deployment, at: number) => {
      const actions = planDeployment({ deployment: wanted, candidates: [...world.sets.values()], podsOf: () => [], time: fixedTime(at) });
      return actions.flatMap((action) =>
        action.do === 'patch' && action.subresource === 'status' ? [action.body as { status: NonNullable<Deployment['status']> }] : [],
      )[0]?.status;
    };
    const wanted = deployment({ replicas: 2 });
    const done = status(wanted, 1_000_000)!;
    expect(done.conditions!.map(({ type, status: value, reason }) => [type, value, reason])).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ]);
    expect(status({ ...wanted, status: done }, 2_000_000)).toBeUndefined();
    const stuck: Deployment = { ...deployment({ replicas: 2, image: 'broken' }), status: { ...done, observedGeneration: 1 } };
    world.apply(plan(stuck, world));
    world.settle((set) => (set.spec!.template!.spec!.containers![0]!.image === 'broken' ? 0 : full(set)));
    const moving = status(stuck, 2_000_000)!;
    expect(moving.conditions!.find(({ type }) => type === 'Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    const later = { ...stuck, status: { ...stuck.status, ...moving } };
    expect(status(later, 2_000_000 + 599_000)).toBeUndefined();
    expect(status(later, 2_000_000 + 600_000)!.conditions!.find(({ type }) => type === 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
  });
});

describe("a ReplicaSet that matches but is nobody's", () => {
  it('is adopted', () => {
    const orphan = replicaSet('stray', 1);
    const actions = planDeployment({
      deployment: deployment({ replicas: 1 }),
      candidates: [{ ...orphan, metadata: { ...orphan.metadata, labels: { app: 'web' } } }],
      podsOf: () => [],
      time,
    });
    expect(actions[0]).toMatchObject({ do: 'patch', key: 'shop/stray', body: { metadata: { ownerReferences: [{ uid: 'uid-web' }] } } });
  });
});
