import type { HeldLease } from '../effects/demand.ts';
import type { Graph } from './graph.ts';

/**
 * The lease that a pod's interface has its port from. A predecessor's lease serves who asks for addresses under its name; one that does not ask, because
 * something is wrong with it, must not keep the predecessor's port: its addresses would never be given back.
 */
export function portLease(
  { leases, interfaces, podPlans }: Pick<Graph, 'leases' | 'interfaces' | 'podPlans'>,
  port: string,
): HeldLease | undefined {
  const lease = leases.get(port);
  const nic = interfaces.get(port);
  if (lease === undefined || nic === undefined) return lease;
  // of a lease from another installation it is not known whose it is
  const isOwn = lease.holder.uid === nic.uid || lease.holder.uid === '';
  return isOwn || podPlans.get(nic.pod)?.demands.some(([asked]) => asked === port) === true ? lease : undefined;
}
