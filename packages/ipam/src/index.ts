/** Address allocation for networks: the only door of the package. */
export type { AllocatorOptions, SubnetCounts, SubnetUsage } from './allocator.ts';
export { Allocator } from './allocator.ts';
export type { Address, AddressLike, Family } from './address.ts';
export { canonicalAddress, formatAddress, parseAddress, readAddress, toIpNum } from './address.ts';
export type { IpamErrorCode, IpamErrorDetails } from './errors.ts';
export { IpamError } from './errors.ts';
export type { Strategy } from './free-list.ts';
export type { AddressChoice, AllocateAllResult, AllocateRequest, AllocateResult, Lease, Refusal, RefusalReason } from './lease.ts';
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
export type { RestoreConflict } from './restore.ts';
export type { FamilyUsage } from './space.ts';
export type { PoolConfig } from './subnet.ts';
export type { NormalSubnet, PoolRanges, SubnetConfig, SubnetProblem } from './subnet-config.ts';
export { normaliseSubnet } from './subnet-config.ts';
