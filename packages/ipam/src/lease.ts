/**
 * What is asked for and what is given: the messages of the allocator.
 */
import type { AddressLike, Family } from './address.ts';
import type { IpamErrorCode } from './errors.ts';

/** One address of each family at most. */
export interface AddressChoice {
  readonly v4?: AddressLike | undefined;
  readonly v6?: AddressLike | undefined;
}

/** What one network interface asks for. */
export interface AllocateRequest {
  /** Names the interface for good, e.g. `pod.namespace[.provider]`. One owner has one lease. */
  readonly owner: string;
  /** A subnet, or several in order of preference: the first that can serve does. An owner that has a lease in one of them keeps it. */
  readonly subnet: string | readonly string[];
  /** Default: all families of the subnet. */
  readonly families?: readonly Family[] | undefined;
  /** Static addresses. A family that is left out gets a free one. */
  readonly addresses?: AddressChoice | undefined;
  /** The first of these that nobody holds; instead of `addresses`. */
  readonly candidates?: readonly AddressChoice[] | undefined;
  /** Static MAC address. Default: a random locally administered one. */
  readonly mac?: string | undefined;
  /** Pools to take from, the first with a free address; without one, addresses outside all pools. */
  readonly pool?: string | readonly string[] | undefined;
  /** The static addresses and MAC address may be held by others already, whoever they are. */
  readonly shared?: boolean | undefined;
  /** They may be held by this owner already and by those who share with it, and by nobody else: live migration, virtual IPs. */
  readonly sharedWith?: string | undefined;
  /** `release` keeps the addresses for this owner until it is told that the release is final. */
  readonly sticky?: boolean | undefined;
  /** A static address may be the gateway's: the workload is the gateway. */
  readonly allowGateway?: boolean | undefined;
}

/** What an owner holds. Text is canonical. */
export interface Lease {
  readonly owner: string;
  readonly subnet: string;
  readonly v4?: string;
  readonly v6?: string;
  readonly mac: string;
  readonly shared?: true;
  /** The lease holds a gateway's address on purpose. */
  readonly allowGateway?: true;
  /** `parked`: released, and kept for the owner. */
  readonly sticky?: 'active' | 'parked';
}

/** Kube-OVN's names of refusals. @source Kube-OVN, pkg/ipam errors */
export type RefusalReason =
  | 'AddressOutOfRange'
  | 'AddressConflict'
  | 'NoAvailableAddress'
  | 'NoSubnet'
  | 'InvalidIPFamily'
  | 'InvalidRequest';

/** Why there is no lease. Nothing has changed. */
export interface Refusal {
  readonly ok: false;
  readonly code: IpamErrorCode;
  readonly reason: RefusalReason;
  /** One sentence that names owner, subnet, value and the way out. Of several subnets it is about the last that exists. */
  readonly message: string;
  readonly details: {
    readonly owner: string;
    readonly subnet: string;
    readonly address?: string;
    readonly mac?: string;
    readonly holder?: string;
    readonly pool?: string;
    /** Free and assignable addresses, for an exhausted subnet. */
    readonly available?: string;
    readonly total?: string;
  };
}

export type AllocateResult = { readonly ok: true; readonly lease: Lease } | Refusal;

/** All leases in the order of the requests, or the refusal that stopped them; `index` is that of the request. */
export type AllocateAllResult = { readonly ok: true; readonly leases: readonly Lease[] } | (Refusal & { readonly index: number });
