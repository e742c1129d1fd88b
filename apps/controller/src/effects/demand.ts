/** What asks for an address, and what has one: the two cells between formulas and the allocation effect. */
import { type AddressPair, u2oInterconnectionName } from '@kube-ovn/api';
import type { Family, Lease } from '@kube-ovn/ipam';

/**
 * What outlives a pod and keeps its addresses: the StatefulSet or virtual machine that will make the next one.
 *
 * @source Kube-OVN IP.spec.podType
 */
export type PodType = '' | 'StatefulSet' | 'VirtualMachine';

/** The object that an address is for. */
export interface Holder {
  readonly kind: 'Pod' | 'Node' | 'Vip' | 'OvnEip' | 'Subnet';
  readonly namespace: string;
  /** Of the machine, for a pod that runs one; empty for a Subnet. */
  readonly name: string;
  /** That of the pod, node, Vip, OvnEip or Subnet itself. Distinguishes an object from a later one of the same name. */
  readonly uid: string;
}

/** Pools of one Subnet. */
export interface PoolChoice {
  /** In order of preference. */
  readonly names: readonly string[];
  /** Families that they have addresses of; left out while they are not known. */
  readonly families?: readonly Family[];
}

/** Key of a Vip among demands, leases and entries of the journal; no port name has a slash. */
export function vipKey(name: string): string {
  return `${vipPrefix}${name}`;
}

/** The Vip that a key stands for. */
export function vipOfKey(key: string): string | undefined {
  return key.startsWith(vipPrefix) ? key.slice(vipPrefix.length) : undefined;
}

/** Key of an OvnEip, likewise. */
export function eipKey(name: string): string {
  return `${eipPrefix}${name}`;
}

/** The OvnEip that a key stands for. */
export function eipOfKey(key: string): string | undefined {
  return key.startsWith(eipPrefix) ? key.slice(eipPrefix.length) : undefined;
}

/** Whether a name is that of an address by which a Subnet is joined to its Vpc. */
export function isJunction(name: string): boolean {
  return name.startsWith(u2oInterconnectionName({ vpc: '', subnet: '' }).slice(0, -1));
}

const vipPrefix = 'vip/';
const eipPrefix = 'ovn-eip/';

/** One NIC that needs its addresses, keyed by the port name, which is also the name of the IP object; or a Vip, by `vipKey`, or an OvnEip, by `eipKey`. */
export interface AddressDemand {
  readonly holder: Holder;
  /** Node that the holder runs on. */
  readonly node: string;
  /** Subnets in order of preference; the first that has free addresses of the wanted families serves. */
  readonly subnets: readonly string[];
  /** One family only, from a dual-stack subnet. */
  readonly families?: readonly Family[];
  /** Addresses asked for by name. */
  readonly addresses?: { readonly v4?: string; readonly v6?: string };
  /** The first of these that nobody holds; instead of `addresses`. */
  readonly candidates?: readonly AddressPair[];
  /** Where addresses that are not asked for by name may come from, by Subnet; of a Subnet that is not named here: from outside all pools. */
  readonly pools?: Readonly<Record<string, PoolChoice>>;
  readonly mac?: string;
  /** Key of a Vip: its addresses, which stay the Vip's, for one at a time. `addresses` and `mac` are its own then. */
  readonly lender?: string;
  /**
   * Ports that have their addresses together or not at all, this one among them: the interfaces of a pod before it starts. Absent: this
   * one is by itself.
   */
  readonly together?: readonly string[];
  /** Other than empty: the addresses outlive the pod. */
  readonly podType: PodType;
}

/** A lease that is written down in its IP object, Vip or OvnEip. Keyed as demands are. */
export interface HeldLease extends Lease {
  readonly holder: Holder;
  readonly node: string;
  /** Key of the Vip whose addresses these are; the allocator knows them as its. */
  readonly lender?: string;
}
