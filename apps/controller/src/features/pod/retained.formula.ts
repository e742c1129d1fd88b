/**
 * IP object → whether its addresses stay although the pod is gone: those of a StatefulSet's pod that the set will make again, and those
 * of a virtual machine.
 *
 * @source Kube-OVN: sticky while the StatefulSet exists, is not being deleted, and the ordinal is below start + replicas
 */
import type { IP, StatefulSet } from '@kube-ovn/api';
import { podTypeOf } from '../../effects/ip-object.ts';
import { isOfMachine, type Machines } from '../virtual-machine/retained.formula.ts';

/** What keeps addresses beyond a pod, by `namespace/name`. */
export interface Keepers extends Machines {
  readonly statefulSet: (key: string) => StatefulSet | undefined;
}

/** Whether somebody keeps them. */
export function isRetained(ip: IP, keepers: Keepers): boolean {
  if (ip.metadata.deletionTimestamp !== undefined) return false;
  switch (podTypeOf(ip)) {
    case 'StatefulSet':
      return isOfSet(ip, keepers);
    case 'VirtualMachine':
      return isOfMachine(ip, keepers);
    case '':
      return false;
  }
}

function isOfSet({ spec }: IP, { statefulSet }: Keepers): boolean {
  const match = /^(.+)-(\d+)$/.exec(spec.podName ?? '');
  const owner = match?.[1] === undefined ? undefined : statefulSet(`${spec.namespace ?? ''}/${match[1]}`);
  if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return false;
  const start = owner.spec?.ordinals?.start ?? 0;
  const ordinal = Number(match?.[2]);
  return ordinal >= start && ordinal < start + (owner.spec?.replicas ?? 1);
}
