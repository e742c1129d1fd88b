/**
 * Whether Open vSwitch has DPDK → the Node's label `ovn.kubernetes.io/dpdk`, by which pods find a node.
 */
import { nodeLabels } from '@kube-ovn/api';

/** The label as it shall be; null takes it away, and nothing is said where there is none. */
export function dpdkLabel(hasDpdk: boolean, present: Readonly<Record<string, string>> = {}): Readonly<Record<string, string | null>> {
  if (hasDpdk) return { [nodeLabels.dpdk]: 'true' };
  return present[nodeLabels.dpdk] === undefined ? {} : { [nodeLabels.dpdk]: null };
}
