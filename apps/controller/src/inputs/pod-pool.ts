/** Annotation `ip_pool` of an interface → the addresses that it may take. */
import { type AddressPair, describeObject, type Pod, podAnnotations, type PoolRequest, type Reading } from '@kube-ovn/api';
import { problem } from './problem.ts';

/** What a list of addresses, or the name of an IPPool, comes to for one pod. */
export interface Listed {
  readonly addresses?: AddressPair;
  /** Addresses of which the first free one serves. */
  readonly candidates?: readonly AddressPair[];
  /** IPPool that the addresses come from. */
  readonly pool?: string;
}

/** A pod of a StatefulSet is told by its controlling owner. */
export function isOfStatefulSet(pod: Pod): boolean {
  return (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'StatefulSet' && owner.controller === true);
}

/**
 * What `ip_pool` asks for: a pod of a StatefulSet has the address of its ordinal, any other the first that is free.
 *
 * @source Kube-OVN, ip_pool
 */
export function listedAddresses(request: PoolRequest, pod: Pod, provider: string): Reading<Listed> {
  if ('pool' in request) return { ok: true, value: { pool: request.pool } };
  const { entries } = request;
  if (!isOfStatefulSet(pod)) return { ok: true, value: { candidates: entries } };
  const ordinal = Number(/-(\d+)$/.exec(pod.metadata.name)?.[1]);
  const addresses = entries[ordinal];
  if (addresses !== undefined) return { ok: true, value: { addresses } };
  const { key } = podAnnotations(provider).ip_pool;
  const parts = {
    object: describeObject(pod, 'Pod'),
    field: `metadata.annotations[${key}]`,
    value: pod.metadata.annotations?.[key] ?? '',
    what: `has ${entries.length} entries and none for ordinal ${ordinal}`,
    hint: 'list an address for every replica, the first for ordinal 0',
  };
  return { ok: false, problem: problem('POD_POOL_TOO_SHORT', parts) };
}
