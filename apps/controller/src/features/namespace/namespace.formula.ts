/**
 * Namespace → what users see of its Subnets.
 *
 * Reads: Namespace, its binding, the Subnets bound. Wants: annotations logical_switch, cidr and exclude_ips on the Namespace.
 */
import { namespaceAnnotations } from '@kube-ovn/api';
import { blockOf, type SubnetInput } from '../../inputs/subnet.ts';
import { pairOf } from '../lease.ts';

/** Annotations of one namespace. @source Kube-OVN: lists in the order of logical_switch, joined by `;` */
export function namespaceAnnotationsWanted(subnets: readonly SubnetInput[]): Readonly<Record<string, string>> {
  return {
    ...namespaceAnnotations.logical_switch.entry(subnets.map((subnet) => subnet.name)),
    ...namespaceAnnotations.cidr.entry(subnets.map((subnet) => pairOf(blockOf(subnet, 4)?.cidr, blockOf(subnet, 6)?.cidr))),
    ...namespaceAnnotations.exclude_ips.entry(subnets.map((subnet) => subnet.excludeIps)),
  };
}
