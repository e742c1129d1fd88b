/** What the look at nodes can find. */
export type EnvironmentCode =
  | 'NODE_UNSEEN'
  | 'OVS_SILENT'
  | 'OVN_CONTROLLER_SILENT'
  | 'NO_DATAPATH'
  | 'NO_NFTABLES'
  | 'NO_TRAFFIC_CONTROL'
  | 'NO_FORWARDING'
  | 'CONNECTIONS_FULL'
  | 'OLD_OVN'
  | 'VERSION_DIFFERS'
  | 'KNOWN_FAULT'
  | 'NO_TUNNEL_ADDRESS'
  | 'TUNNEL_FAILED'
  | 'TUNNEL_PORT_CLOSED'
  | 'UNCARRIED_TUNNEL_TYPE'
  | 'MTU_TOO_LARGE'
  | 'NO_DPDK'
  | 'NO_HUGEPAGES'
  | 'CLOCK_DIFFERS';

/** An error stands in the way of packets or will; a warning may; a note is good to know. */
export type Severity = 'error' | 'warning' | 'note';

export interface EnvironmentFinding {
  readonly severity: Severity;
  readonly code: EnvironmentCode;
  /** `node node1`, `Subnet web` */
  readonly object: string;
  readonly message: string;
  readonly fix: string;
}
