/**
 * IP object → whether its addresses stay although the pod is gone: those of a StatefulSet's pod that the set will make again.
 *
 * @source Kube-OVN: sticky while the StatefulSet exists, is not being deleted, and the ordinal is below start + replicas
 */
import type { IP, StatefulSet } from '@kube-ovn/api';

/** @param find StatefulSet by `namespace/name` */
export function isRetained(ip: IP, find: (key: string) => StatefulSet | undefined): boolean {
  if (ip.spec.podType !== 'StatefulSet' || ip.metadata.deletionTimestamp !== undefined) return false;
  const match = /^(.+)-(\d+)$/.exec(ip.spec.podName ?? '');
  const owner = match?.[1] === undefined ? undefined : find(`${ip.spec.namespace ?? ''}/${match[1]}`);
  if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return false;
  const start = owner.spec?.ordinals?.start ?? 0;
  const ordinal = Number(match?.[2]);
  return ordinal >= start && ordinal < start + (owner.spec?.replicas ?? 1);
}
