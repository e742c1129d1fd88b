/**
 * Whether the node's Open vSwitch has DPDK: from its database, to the Node's label, metrics and refusals.
 */

/** What Open vSwitch reports. */
export interface DpdkState {
  /** @source Open_vSwitch Open_vSwitch.dpdk_initialized, dpdk_version */
  readonly isInitialized: boolean;
  readonly version: string | undefined;
  /**
   * Of the program that runs now: an ovs-vswitchd that ended while it started leaves `dpdk_initialized` as its predecessor set it.
   * @source Open_vSwitch Open_vSwitch.iface_types
   */
  readonly hasVhostUser: boolean;
  /** br-int is on the userspace datapath, the only one that has such ports. */
  readonly isUserspaceDatapath: boolean;
}

/** Why an interface over vhost-user cannot be; undefined when it can. */
export function dpdkProblem({ isInitialized, hasVhostUser, isUserspaceDatapath }: DpdkState): string | undefined {
  if (!hasVhostUser) return 'the ovs-vswitchd of this node was built without DPDK (iface_types has no dpdkvhostuserclient)';
  if (!isInitialized) return 'Open vSwitch of this node has not initialized DPDK (dpdk_initialized is false)';
  if (!isUserspaceDatapath) return 'br-int of this node is not on the userspace datapath (datapath_type is not netdev)';
  return undefined;
}
