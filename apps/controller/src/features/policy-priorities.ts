/** Priorities of the router policies on the default Vpc's router, all in one place: what must win over what is only visible side by side. */

/** Larger wins. @source Kube-OVN, Logical_Router_Policy priorities */
export const policyPriority = {
  /** Traffic to a Subnet of the Vpc stays inside. */
  insideVpc: 31_000,
  /** Inside an underlay Subnet, where only what is for overlay Subnets goes by the router. */
  insideUnderlay: 30_060,
  /** Everything else of such a Subnet leaves by its physical gateway, traffic to nodes too. */
  underlayOut: 30_050,
  /** Traffic to a node's own address leaves through that node's port on the join Subnet. */
  toNode: 30_000,
  /** Traffic to an underlay Subnet that is joined to the router stays inside, but for that to nodes. */
  toUnderlay: 29_400,
  /** What has an address on an external network leaves by that network. */
  external: 29_250,
  /** Everything else of a Subnet leaves through its gateway nodes. */
  gateway: 29_000,
} as const;
