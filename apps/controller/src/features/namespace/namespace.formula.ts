/**
 * Namespace → what users see of its Subnets.
 *
 * Reads: Namespace, its binding, the Subnets and IPPools bound. Wants: annotations logical_switch, cidr, exclude_ips and ip_pool on the Namespace.
 */
import { namespaceAnnotations } from '@kube-ovn/api';
import type { IpPoolInput } from '../../inputs/ip-pool.ts';
import { blockOf, type SubnetInput } from '../../inputs/subnet.ts';
import { pairOf } from '../lease.ts';

const { logical_switch, cidr, exclude_ips, ip_pool } = namespaceAnnotations;

/** Annotations of a namespace all of whose Subnets are refused. */
export const noSubnetAnnotations: Readonly<Record<string, null>> = {
  [logical_switch.key]: null,
  [cidr.key]: null,
  [exclude_ips.key]: null,
  [ip_pool.key]: null,
};

/** Annotations of one namespace. @source Kube-OVN: lists in the order of logical_switch, joined by `;` */
export function namespaceAnnotationsWanted(
  subnets: readonly SubnetInput[],
  pools: readonly IpPoolInput[],
): Readonly<Record<string, string | null>> {
  return {
    ...logical_switch.entry(subnets.map((subnet) => subnet.name)),
    ...cidr.entry(subnets.map((subnet) => pairOf(blockOf(subnet, 4)?.cidr, blockOf(subnet, 6)?.cidr))),
    ...exclude_ips.entry(subnets.map((subnet) => subnet.excludeIps)),
    ...(pools.length === 0 ? { [ip_pool.key]: null } : ip_pool.entry(pools.map((pool) => pool.name))),
  };
}
