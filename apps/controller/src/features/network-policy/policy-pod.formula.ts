/**
 * Pod, its interfaces and their leases → the pod as policies see it.
 *
 * An interface counts from the moment that it has a lease, since from then on its port is wanted: port and memberships are one transaction,
 * so that no pod ever has a port without the rules for it.
 */
import { groupsInEffect, type Interface, type Pod } from '@kube-ovn/policy';
import type { HeldLease } from '../../effects/demand.ts';
import type { PodIdentity } from '../../inputs/pod-identity.ts';
import type { PodInterface } from '../../inputs/pod.ts';

/** What is asked of the surroundings. */
export interface PodSurroundings {
  readonly leaseOf: (port: string) => HeldLease | undefined;
  /** Whether the default SecurityGroup is there, and for interfaces in this Subnet. */
  readonly hasDefaultGroup: (subnet: string) => boolean;
}

/** A pod on its node's network has no interfaces. */
export function policyPod(
  { node, ...identity }: PodIdentity,
  interfaces: readonly PodInterface[],
  { leaseOf, hasDefaultGroup }: PodSurroundings,
): Pod {
  return {
    ...identity,
    ...(node === '' ? {} : { node }),
    completed: false,
    interfaces: interfaces.flatMap((nic): Interface[] => {
      const lease = nic.isOvn ? leaseOf(nic.port) : undefined;
      if (lease === undefined) return [];
      const groups = groupsInEffect(nic.securityGroups, hasDefaultGroup(lease.subnet));
      const addresses = [lease.v4, lease.v6].filter((address) => address !== undefined);
      return [
        {
          network: networkOf(nic),
          port: nic.port,
          addresses,
          subnet: lease.subnet,
          ...(groups.length === 0 ? {} : { securityGroups: groups }),
        },
      ];
    }),
  };
}

/** `ovn`, or `namespace/definition` of what a provider `definition.namespace.ovn` stands for. @source Kube-OVN annotation network_policy_for */
function networkOf({ network }: PodInterface): string {
  const [, definition, namespace] = /^(.+)\.([^.]+)\.ovn$/.exec(network) ?? [];
  return definition === undefined || namespace === undefined ? network : `${namespace}/${definition}`;
}
