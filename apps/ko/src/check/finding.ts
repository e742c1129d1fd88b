/** What the check can find. */
export type FindingCode =
  | 'DUPLICATE_ADDRESS'
  | 'DUPLICATE_MAC'
  | 'ADDRESS_OUTSIDE_SUBNET'
  | 'LEAKED_ADDRESS'
  | 'NO_JOURNAL'
  | 'DISAGREEMENT'
  | 'NO_PORT'
  | 'ORPHANED_PORT'
  | 'NO_INTERFACE'
  | 'ORPHANED_INTERFACE'
  | 'WRONG_COUNTER'
  | 'POOL_OVERLAP'
  | 'POOL_OUTSIDE_SUBNET';

/** One inconsistency: what, on which object, and the way out. */
export interface Finding {
  readonly code: FindingCode;
  /** `IP web-0.shop`, `pod shop/web-0`... */
  readonly object: string;
  readonly message: string;
  readonly fix: string;
}
