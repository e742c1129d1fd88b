/**
 * What can go wrong in this package.
 *
 * Outcomes that a caller must expect (an exhausted subnet, a taken address) are values, see `Refusal`; this class is thrown
 * by the strict parsers alone, whose callers asked for "a value or an error".
 */

/** Stable codes, the same in thrown errors and in refusals that are returned as data. */
export type IpamErrorCode =
  /** The text is no IP address. */
  | 'IPAM_BAD_ADDRESS'
  /** The text is no CIDR block, or names two of one family. */
  | 'IPAM_BAD_PREFIX'
  /** The text is no address, no `first..last` and no CIDR block. */
  | 'IPAM_BAD_RANGE'
  /** The text is no MAC address of one interface. */
  | 'IPAM_BAD_MAC'
  /** The request can not be read or contradicts itself. */
  | 'IPAM_BAD_REQUEST'
  /** The subnet can not be: its blocks, gateway or exclusions do not fit together. */
  | 'IPAM_BAD_SUBNET'
  /** The pool can not be: outside its subnet, or in common with another pool. */
  | 'IPAM_BAD_POOL'
  /** There is no such subnet. */
  | 'IPAM_NO_SUBNET'
  /** The subnet has no such pool. */
  | 'IPAM_NO_POOL'
  /** The subnet has no block of the family that is asked for. */
  | 'IPAM_NO_FAMILY'
  /** No address of the subnet or pool is free. */
  | 'IPAM_EXHAUSTED'
  /** The address is outside the subnet or the pool. */
  | 'IPAM_OUT_OF_RANGE'
  /** The address is held by somebody else, or is the gateway's. */
  | 'IPAM_CONFLICT'
  /** The MAC address is held by somebody else, or is the gateway's. */
  | 'IPAM_MAC_CONFLICT'
  /** The owner holds other addresses already than it asks for. */
  | 'IPAM_OWNER_CONFLICT'
  /** It can not go or shrink while addresses are held. */
  | 'IPAM_IN_USE';

/** Names of what a message is about; every value is text, so that it can be shown as it is. */
export type IpamErrorDetails = Readonly<Record<string, string>>;

/** Thrown by parsers of this package for text that is not what it claims to be. */
export class IpamError extends Error {
  readonly code: IpamErrorCode;
  readonly details: IpamErrorDetails;

  constructor(code: IpamErrorCode, message: string, details: IpamErrorDetails = {}) {
    super(message);
    this.name = 'IpamError';
    this.code = code;
    this.details = details;
  }
}
