/** The address by which an underlay Subnet is joined to the router of its Vpc. */
import { u2oInterconnectionName } from '@kube-ovn/api';
import type { HeldLease } from '../../effects/demand.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';
import type { Graph } from '../graph.ts';

/** Key of its lease, and name of its IP object. */
export function junctionKey({ name, vpc }: Pick<SubnetInput, 'name' | 'vpc'>): string {
  return u2oInterconnectionName({ vpc, subnet: name });
}

/** Undefined while there is none, whether or not the Subnet asks for it. */
export function junctionLease(subnet: SubnetInput, { leases }: Pick<Graph, 'leases'>): HeldLease | undefined {
  return subnet.junction === undefined ? undefined : leases.get(junctionKey(subnet));
}

/** It asks for one that is on its way. */
export function awaitsJunction(subnet: SubnetInput, { leases, refusals }: Pick<Graph, 'leases' | 'refusals'>): boolean {
  return subnet.junction !== undefined && !leases.has(junctionKey(subnet)) && !refusals.has(junctionKey(subnet));
}
