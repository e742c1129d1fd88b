/** What the controller tells the daemon (and users) about the interfaces of a pod, in annotations. */
import { DEFAULT_PROVIDER, podAnnotations } from '@kube-ovn/api';
import type { HeldLease } from '../../effects/demand.ts';
import type { PodInterface } from '../../inputs/pod.ts';
import { blockOf, isRouted, type SubnetInput } from '../../inputs/subnet.ts';
import type { Graph } from '../graph.ts';
import { awaitsJunction, junctionLease } from '../interconnection/junction.ts';
import { isPortSeen, pairOf } from '../lease.ts';

/** An interface whose addresses are there, and OVN's port with them. */
export interface ReadyInterface {
  readonly nic: PodInterface;
  readonly lease: HeldLease;
  readonly subnet: SubnetInput;
  /** Address of the router on an underlay Subnet, in place of its gateway. */
  readonly junction: HeldLease | undefined;
}

/** The interface as OVN shows it, whoever has its lease; undefined while it does not. */
export function servedInterface(
  nic: PodInterface,
  graph: Pick<Graph, 'leases' | 'refusals' | 'subnets' | 'northbound'>,
): ReadyInterface | undefined {
  const { leases, subnets, northbound } = graph;
  const lease = leases.get(nic.port);
  const subnet = lease === undefined ? undefined : subnets.get(lease.subnet);
  if (lease === undefined || subnet === undefined || awaitsJunction(subnet, graph)) return undefined;
  return !nic.isOvn || isPortSeen(northbound.ports.get(nic.port), lease)
    ? { nic, lease, subnet, junction: junctionLease(subnet, graph) }
    : undefined;
}

/** Annotations of an interface that is served. @source Kube-OVN pod annotations written by the controller */
export function allocatedAnnotations({ nic, lease, subnet, junction }: ReadyInterface): Readonly<Record<string, string>> {
  const annotations = podAnnotations(nic.provider);
  const [v4, v6] = [lease.v4 === undefined ? undefined : blockOf(subnet, 4), lease.v6 === undefined ? undefined : blockOf(subnet, 6)];
  return {
    ...annotations.allocated.entry(true),
    ...(nic.isOvn ? annotations.routed.entry(true) : {}),
    ...annotations.ip_address.entry(pairOf(lease.v4, lease.v6)),
    ...annotations.mac_address.entry(lease.mac),
    ...annotations.cidr.entry(pairOf(v4?.cidr, v6?.cidr)),
    ...annotations.gateway.entry(
      pairOf(v4 === undefined ? undefined : (junction?.v4 ?? v4.gateway), v6 === undefined ? undefined : (junction?.v6 ?? v6.gateway)),
    ),
    ...annotations.logical_switch.entry(lease.subnet),
    ...(isRouted(subnet) || junction !== undefined ? annotations.logical_router.entry(subnet.vpc) : {}),
    ...(nic.isOvn ? annotations.pod_nic_type.entry('veth-pair') : {}),
    ...(nic.machine === undefined ? {} : annotations.virtualmachine.entry(nic.machine.slice(nic.machine.indexOf('/') + 1))),
    ...(nic.provider === DEFAULT_PROVIDER ? {} : annotations.interface.entry(nic.name)),
  };
}
