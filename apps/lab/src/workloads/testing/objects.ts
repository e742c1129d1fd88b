/** Short builders of observed objects for tests. */
import type { Node, Pod, PodSpec, ReplicaSet } from '../shared/objects.ts';
import type { Time } from '../shared/time.ts';

/** A clock that stands still. */
export function fixedTime(nowMs: number): Time {
  return { now: () => nowMs, reached: (atMs) => nowMs >= atMs };
}

/** A pod in namespace `shop`. */
export interface PodSketch {
  readonly name: string;
  readonly node?: string;
  readonly ready?: boolean;
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** uid of the controller */
  readonly owner?: string;
  readonly going?: boolean;
  readonly ips?: readonly string[];
  readonly spec?: PodSpec;
  /** seconds after the epoch */
  readonly created?: number;
}

/** Build a pod. */
export function pod(sketch: PodSketch): Pod {
  const { name, node, ready = false, phase = node === undefined ? 'Pending' : 'Running', owner, created = 0 } = sketch;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      creationTimestamp: new Date(created * 1000).toISOString(),
      ...(sketch.labels === undefined ? {} : { labels: sketch.labels }),
      ...(sketch.annotations === undefined ? {} : { annotations: sketch.annotations }),
      ...(sketch.going === true ? { deletionTimestamp: new Date(0).toISOString() } : {}),
      ...(owner === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: owner, controller: true }] }),
    },
    spec: { containers: [{ name: 'c' }], ...sketch.spec, ...(node === undefined ? {} : { nodeName: node }) },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: new Date(0).toISOString() }],
      ...(sketch.ips === undefined ? {} : { podIPs: sketch.ips.map((ip) => ({ ip })) }),
    },
  };
}

/** Build a ready node. */
export function node(
  name: string,
  more: { readonly labels?: Readonly<Record<string, string>>; readonly spec?: Node['spec']; readonly status?: Node['status'] } = {},
): Node {
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      labels: { 'kubernetes.io/hostname': name, ...more.labels },
      creationTimestamp: new Date(0).toISOString(),
    },
    ...(more.spec === undefined ? {} : { spec: more.spec }),
    status: { conditions: [{ type: 'Ready', status: 'True' }], ...more.status },
  };
}

/** Build a ReplicaSet in namespace `shop` that selects app=web. */
export function replicaSet(name: string, replicas: number, more: Partial<ReplicaSet> = {}): ReplicaSet {
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, generation: 1, ...more.metadata },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'x:1' }] } },
      ...more.spec,
    },
    ...(more.status === undefined ? {} : { status: more.status }),
  };
}
