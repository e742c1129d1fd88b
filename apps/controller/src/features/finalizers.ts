/** Finalizers that hold an object back until what it stands for is gone. */
import { FINALIZER, type ObjectMeta, OLD_FINALIZER } from '@kube-ovn/api';

/**
 * Our finalizer on an object that lives and on one whose traces are still there; its former name goes.
 *
 * @param hasTraces something of the object is still in use or in OVN
 */
export function finalizersWanted(metadata: ObjectMeta, hasTraces: boolean): Readonly<Record<string, boolean>> {
  return { [FINALIZER]: metadata.deletionTimestamp === undefined || hasTraces, [OLD_FINALIZER]: false };
}
