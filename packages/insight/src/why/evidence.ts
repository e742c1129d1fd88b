/** What was found at the ends of a question, in the words of those who were asked. Pure data. */

/** The end of a packet in OVN's pipelines. */
export interface Traced {
  /** Logical switch ports that it comes out at. */
  readonly delivered: readonly string[];
  /** Where it ends; absent when it comes out. */
  readonly dropped?: Dropped;
  /** A next hop whose MAC address nobody has told; OVN asks for it then. */
  readonly unresolved?: Unresolved;
}

export interface Dropped {
  /** Logical switch or router. */
  readonly datapath: string;
  /** @source ovn-northd(8), names of logical flow tables */
  readonly stage: string;
  /** Expression of the flow. */
  readonly match: string;
  readonly isReject: boolean;
  /** First eight digits of the flow's UUID; absent where no flow matches. */
  readonly flow?: string;
  /** The row of the Northbound that the flow is made for. */
  readonly origin?: Origin;
}

export interface Unresolved {
  readonly datapath: string;
  readonly nextHop: string;
  /** Flow that has chosen it. */
  readonly flow?: string;
  readonly origin?: Origin;
}

/** A row of the Northbound. */
export interface Origin {
  readonly table: 'ACL' | 'Logical_Router_Policy' | 'Logical_Router_Static_Route';
  /** Key that we know the row by; absent: it is not ours. @source identities.ts of ovn-model: external_ids:ko-id */
  readonly key?: string;
  /** As a person would write it. */
  readonly text: string;
  /** external_ids:subnet */
  readonly subnet?: string;
}

/** A socket that takes what arrives. */
export interface Listener {
  readonly protocol: 'TCP' | 'UDP';
  /** In canonical text; `0.0.0.0` or `::` for all. */
  readonly address: string;
  readonly port: number;
}
