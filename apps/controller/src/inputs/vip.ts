/** Vip → VipInput: an address that belongs to no interface of its own, as its user asks for it. */
import { type AddressPair, ipLabels, type Problem, type Vip } from '@kube-ovn/api';
import { canonicalAddress, canonicalMac, type Family, prefixContains, readAddress } from '@kube-ovn/ipam';
import type { HeldLease } from '../effects/demand.ts';
import { leaseOfIp } from '../effects/ip-object.ts';
import { vipEntry } from '../effects/vip-object.ts';
import { pairOf } from '../features/lease.ts';
import { problem } from './problem.ts';
import { blockOf, cidrOf, type SubnetInput } from './subnet.ts';

/** Empty: workloads hold it beside their own address. */
export type VipType = '' | 'switch_lb_vip' | 'kube_host_vm_vip';

export interface VipInput {
  readonly name: string;
  readonly uid: string;
  /** Whose pods may hold it. */
  readonly namespace: string;
  readonly subnet: string;
  readonly type: VipType;
  /** Asked for by name. */
  readonly addresses: AddressPair | undefined;
  readonly mac: string | undefined;
  /** What it has, as it says itself. */
  readonly held: HeldLease | undefined;
  readonly isTerminating: boolean;
  /** What its condition says. */
  readonly told: string;
  /** What is wrong with the spec as it stands. */
  readonly problems: readonly Problem[];
}

/** Type of the condition that says whether a Vip has its addresses. */
export const vipReady = 'Ready';

/** Read one Vip. @source Kube-OVN Vip.spec; IPv6 in upper case is refused */
export function readVip(vip: Vip): VipInput {
  const { metadata, spec, status } = vip;
  const problems: Problem[] = [];
  const bad = (field: string, value: string, rest: { readonly what: string; readonly hint: string }): undefined => {
    problems.push(problem('VIP_BAD_FIELD', { object: `Vip ${metadata.name}`, field: `spec.${field}`, value, ...rest }));
  };
  const address = (field: 'v4ip' | 'v6ip', family: Family): string | undefined => {
    const value = spec[field] ?? '';
    if (value === '') return undefined;
    if (readAddress(value)?.family !== family)
      return bad(field, value, { what: `is no IPv${family} address`, hint: 'write one address, without a prefix length' });
    if (value !== value.toLowerCase())
      return bad(field, value, { what: 'has letters in upper case', hint: `write ${canonicalAddress(value) ?? value.toLowerCase()}` });
    return canonicalAddress(value);
  };
  const [v4, v6] = [address('v4ip', 4), address('v6ip', 6)];
  const macText = spec.macAddress ?? '';
  const mac = macText === '' ? undefined : canonicalMac(macText);
  if (macText !== '' && mac === undefined)
    bad('macAddress', macText, {
      what: 'is no MAC address of one interface',
      hint: 'write six bytes such as 02:00:00:00:00:01, or leave it out',
    });
  if ((spec.subnet ?? '') === '') bad('subnet', '', { what: 'is empty', hint: 'name the Subnet that the address is of' });
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    namespace: spec.namespace ?? '',
    subnet: spec.subnet ?? '',
    type: spec.type ?? '',
    addresses: v4 === undefined && v6 === undefined ? undefined : pairOf(v4, v6),
    mac,
    held: leaseOfIp(vipEntry(vip)),
    isTerminating: metadata.deletionTimestamp !== undefined,
    told: status?.conditions?.find(({ type }) => type === vipReady)?.message ?? '',
    problems,
  };
}

/** What keeps a Vip from being used: by itself, or in its Subnet. One that has its addresses keeps them. */
export function vipProblems(vip: VipInput, findSubnet: (name: string) => SubnetInput | undefined): readonly Problem[] {
  if (vip.problems.length > 0) return vip.problems;
  const object = `Vip ${vip.name}`;
  const subnet = findSubnet(vip.subnet);
  if (subnet === undefined) {
    const hint = 'create that Subnet, or make a Vip of another one';
    return [problem('VIP_NO_SUBNET', { object, field: 'spec.subnet', value: vip.subnet, what: 'does not exist or is not in force', hint })];
  }
  const named = [
    { field: 'spec.v4ip', value: vip.addresses?.v4, family: 4 as const },
    { field: 'spec.v6ip', value: vip.addresses?.v6, family: 6 as const },
  ];
  return named.flatMap(({ field, value, family }): readonly Problem[] => {
    const address = value === undefined ? undefined : readAddress(value);
    const block = blockOf(subnet, family);
    if (value === undefined || address === undefined || (block !== undefined && prefixContains(block.prefix, address))) return [];
    const what = `is not in ${cidrOf(subnet)} of Subnet ${subnet.name}`;
    return [problem('VIP_OUTSIDE_SUBNET', { object, field, value, what, hint: 'choose an address of that Subnet' })];
  });
}

/** Fields in which a Vip that has its addresses says something else: they can not be changed. */
export function changedFields({ spec, metadata }: Vip, held: HeldLease): readonly string[] {
  const fixed = [
    { field: 'subnet', value: spec.subnet, is: metadata.labels?.[ipLabels.subnet] ?? held.subnet },
    { field: 'v4ip', value: spec.v4ip, is: held.v4 ?? '' },
    { field: 'v6ip', value: spec.v6ip, is: held.v6 ?? '' },
    { field: 'macAddress', value: spec.macAddress, is: held.mac },
  ];
  const canonical = (text: string): string => canonicalAddress(text) ?? canonicalMac(text) ?? text;
  return fixed.flatMap(({ field, value = '', is }) =>
    value === '' || canonical(value) === canonical(is) ? [] : [`spec.${field} "${value}"`],
  );
}
