/** Address allocation for networks: the only door of the package. */
export type { Address, AddressLike, Family } from './address.ts';
export { canonicalAddress, formatAddress, parseAddress, readAddress, toIpNum } from './address.ts';
export type { IpamErrorCode, IpamErrorDetails } from './errors.ts';
export { IpamError } from './errors.ts';
export { canonicalMac, formatMac, isUnicastMac, parseMac, randomMac, readMac } from './mac.ts';
export type { Prefix } from './prefix.ts';
export {
  firstAddress,
  formatPrefix,
  parseCidrBlock,
  parsePrefix,
  prefixAround,
  prefixContains,
  prefixesOverlap,
  readPrefix,
  usableBounds,
} from './prefix.ts';
export type { AddressNumber, AddressRange, Interval } from './range.ts';
export { formatRanges, parseRange, readRange } from './range.ts';
