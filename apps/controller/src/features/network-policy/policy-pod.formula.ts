/**
 * Pod, its interfaces and their leases → the pod as policies see it.
 *
 * An interface counts from the moment that it has a lease, since from then on its port is wanted: port and memberships are one transaction,
 * so that no pod ever has a port without the rules for it.
 */
import type { Interface, Pod } from '@kube-ovn/policy';
import type { HeldLease } from '../../effects/demand.ts';
import type { PodIdentity } from '../../inputs/pod-identity.ts';
import type { PodInterface } from '../../inputs/pod.ts';

/** A pod on its node's network has no interfaces. */
export function policyPod(
  { node, ...identity }: PodIdentity,
  interfaces: readonly PodInterface[],
  leaseOf: (port: string) => HeldLease | undefined,
): Pod {
  return {
    ...identity,
    ...(node === '' ? {} : { node }),
    completed: false,
    interfaces: interfaces.flatMap((nic): Interface[] => {
      const lease = nic.isOvn ? leaseOf(nic.port) : undefined;
      if (lease === undefined) return [];
      const addresses = [lease.v4, lease.v6].filter((address) => address !== undefined);
      return [
        {
          network: networkOf(nic),
          port: nic.port,
          addresses,
          subnet: lease.subnet,
          ...(nic.securityGroups.length === 0 ? {} : { securityGroups: nic.securityGroups }),
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
