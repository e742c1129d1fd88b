/** What the controller tells the daemon (and users) about the interfaces of a pod, in annotations. */
import { DEFAULT_PROVIDER, podAnnotations } from '@kube-ovn/api';
import type { HeldLease } from '../../effects/demand.ts';
import type { PodInterface } from '../../inputs/pod.ts';
import { blockOf, type SubnetInput } from '../../inputs/subnet.ts';
import { pairOf } from '../lease.ts';

/** Annotations of an interface whose port OVN shows. @source Kube-OVN pod annotations written by the controller */
export function allocatedAnnotations(nic: PodInterface, lease: HeldLease, subnet: SubnetInput): Readonly<Record<string, string>> {
  const annotations = podAnnotations(nic.provider);
  const [v4, v6] = [lease.v4 === undefined ? undefined : blockOf(subnet, 4), lease.v6 === undefined ? undefined : blockOf(subnet, 6)];
  return {
    ...annotations.allocated.entry(true),
    ...(nic.isOvn ? annotations.routed.entry(true) : {}),
    ...annotations.ip_address.entry(pairOf(lease.v4, lease.v6)),
    ...annotations.mac_address.entry(lease.mac),
    ...annotations.cidr.entry(pairOf(v4?.cidr, v6?.cidr)),
    ...annotations.gateway.entry(pairOf(v4?.gateway, v6?.gateway)),
    ...annotations.logical_switch.entry(lease.subnet),
    ...(subnet.vpc === '' ? {} : annotations.logical_router.entry(subnet.vpc)),
    ...(nic.isOvn ? annotations.pod_nic_type.entry('veth-pair') : {}),
    ...(nic.provider === DEFAULT_PROVIDER ? {} : annotations.interface.entry(nic.name)),
  };
}
