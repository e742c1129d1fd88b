/**
 * How many pods each ReplicaSet of a Deployment should have now. Pure numbers: revisions and statuses live elsewhere.
 *
 * @source Kubernetes pkg/controller/deployment rolling.go, recreate.go (behaviour)
 */
import { resolveCount } from '../../shared/int-or-percent.ts';
import type { Deployment, ReplicaSet } from '../../shared/objects.ts';

/** One ReplicaSet's wanted size. */
export interface Scale {
  readonly replicaSet: ReplicaSet;
  readonly replicas: number;
}

/** How far an update may go beyond and below the wanted number of pods. */
export interface Bounds {
  readonly surge: number;
  readonly unavailable: number;
}

/** @source apps/v1 RollingUpdateDeployment: surge rounds up, unavailable rounds down, and not both may be 0 */
export function rolloutBounds(deployment: Deployment): Bounds {
  const { replicas = 1, strategy } = deployment.spec ?? {};
  if (strategy?.type === 'Recreate') return { surge: 0, unavailable: replicas };
  const surge = resolveCount(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, 'up');
  const unavailable = resolveCount(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, 'down');
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) };
}

export function sizeOf(replicaSet: ReplicaSet): number {
  return replicaSet.spec?.replicas ?? 0;
}
function availableOf(replicaSet: ReplicaSet): number {
  return replicaSet.status?.availableReplicas ?? 0;
}
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The size that the newest ReplicaSet may have now, given the others. */
export function newSize(deployment: Deployment, current: number, old: readonly ReplicaSet[]): number {
  const { replicas = 1 } = deployment.spec ?? {};
  if (current >= replicas || deployment.spec?.strategy?.type === 'Recreate') return replicas;
  const room = replicas + rolloutBounds(deployment).surge - current - sum(old.map(sizeOf));
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

/** Shrink the old ReplicaSets as far as availability allows, the unhealthy pods first. */
export function shrinkOld(deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): readonly Scale[] {
  const { replicas = 1 } = deployment.spec ?? {};
  const all = [...old, newest];
  const minAvailable = replicas - rolloutBounds(deployment).unavailable;
  const newUnavailable = Math.max(0, sizeOf(newest) - availableOf(newest));
  let removable = sum(all.map(sizeOf)) - minAvailable - newUnavailable;
  if (removable <= 0) return [];
  const sizes = new Map(old.map((replicaSet) => [replicaSet, sizeOf(replicaSet)]));
  const oldestFirst = old.toSorted((left, right) =>
    (left.metadata.creationTimestamp ?? '') < (right.metadata.creationTimestamp ?? '') ? -1 : 1,
  );
  for (const replicaSet of oldestFirst) {
    const unhealthy = Math.max(0, sizeOf(replicaSet) - availableOf(replicaSet));
    const taken = Math.min(unhealthy, removable);
    sizes.set(replicaSet, sizeOf(replicaSet) - taken);
    removable -= taken;
  }
  let spare = Math.min(removable, sum(all.map(availableOf)) - minAvailable);
  for (const replicaSet of oldestFirst) {
    const size = sizes.get(replicaSet) ?? 0;
    const taken = Math.max(0, Math.min(size, spare));
    sizes.set(replicaSet, size - taken);
    spare -= taken;
  }
  return old
    .map((replicaSet) => ({ replicaSet, replicas: sizes.get(replicaSet) ?? 0 }))
    .filter((scale) => scale.replicas !== sizeOf(scale.replicaSet));
}

/** While paused, or when a single ReplicaSet is in use, only a change of the wanted number matters. */
export function rescale(deployment: Deployment, all: readonly ReplicaSet[]): readonly Scale[] {
  const { replicas = 1 } = deployment.spec ?? {};
  const inUse = all.filter((replicaSet) => sizeOf(replicaSet) > 0);
  const [only] = inUse.length === 0 ? all.slice(-1) : inUse;
  if (only === undefined || inUse.length > 1 || sizeOf(only) === replicas) return [];
  return [{ replicaSet: only, replicas }];
}
