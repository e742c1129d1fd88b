/** Priorities of the router policies on the default Vpc's router, all in one place: what must win over what is only visible side by side. */

/** Larger wins. @source Kube-OVN, Logical_Router_Policy priorities */
export const policyPriority = {
  /** Traffic to a Subnet of the Vpc stays inside. */
  insideVpc: 31_000,
  /** Traffic to a node's own address leaves through that node's port on the join Subnet. */
  toNode: 30_000,
  /** What has an address on an external network leaves by that network. */
  external: 29_250,
  /** Everything else of a Subnet leaves through its gateway nodes. */
  gateway: 29_000,
} as const;
