/**
 * What can go wrong in this package.
 *
 * Outcomes that a caller must expect (an exhausted subnet, a taken address) are values, see `Refusal`; this class is thrown
 * by the strict parsers alone, whose callers asked for "a value or an error".
 */

/** Stable codes, the same in thrown errors and in refusals that are returned as data. */
export type IpamErrorCode =
  | 'IPAM_BAD_ADDRESS'
  | 'IPAM_BAD_PREFIX'
  | 'IPAM_BAD_RANGE'
  | 'IPAM_BAD_MAC'
  | 'IPAM_BAD_REQUEST'
  | 'IPAM_BAD_SUBNET'
  | 'IPAM_BAD_POOL'
  | 'IPAM_NO_SUBNET'
  | 'IPAM_NO_POOL'
  | 'IPAM_NO_FAMILY'
  | 'IPAM_EXHAUSTED'
  | 'IPAM_OUT_OF_RANGE'
  | 'IPAM_CONFLICT'
  | 'IPAM_MAC_CONFLICT'
  | 'IPAM_OWNER_CONFLICT'
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
