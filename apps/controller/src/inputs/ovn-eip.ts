/** OvnEip → EipInput: an address on an external network, as its user asks for it, or as it has been given. */
import type { AddressPair, OvnEip, Problem } from '@kube-ovn/api';
import { canonicalAddress, canonicalMac, type Family, prefixContains, readAddress } from '@kube-ovn/ipam';
import type { HeldLease } from '../effects/demand.ts';
import { eipAllocation, eipEntry, type EipType } from '../effects/eip-object.ts';
import { leaseOfIp } from '../effects/ip-object.ts';
import { pairOf } from '../features/lease.ts';
import { problem } from './problem.ts';
import { blockOf, cidrOf, type SubnetInput } from './subnet.ts';

export interface EipInput {
  readonly name: string;
  readonly uid: string;
  readonly subnet: string;
  readonly type: EipType;
  /** Asked for by name. */
  readonly addresses: AddressPair | undefined;
  readonly mac: string | undefined;
  /** What it has, as it says itself. */
  readonly held: HeldLease | undefined;
  readonly isTerminating: boolean;
  /** What is wrong with the spec as it stands. */
  readonly problems: readonly Problem[];
}

/** Read one OvnEip; once it has its addresses, these count. @source Kube-OVN OvnEip.spec */
export function readEip(eip: OvnEip): EipInput {
  const { metadata, spec } = eip;
  const problems: Problem[] = [];
  const bad = (field: string, value: string, rest: { readonly what: string; readonly hint: string }): undefined => {
    problems.push(problem('EIP_BAD_FIELD', { object: `OvnEip ${metadata.name}`, field: `spec.${field}`, value, ...rest }));
  };
  const address = (field: 'v4Ip' | 'v6Ip', family: Family): string | undefined => {
    const value = spec[field] ?? '';
    if (value === '' || readAddress(value)?.family === family) return value === '' ? undefined : canonicalAddress(value);
    return bad(field, value, { what: `is no IPv${family} address`, hint: 'write one address, without a prefix length, or leave it out' });
  };
  const [v4, v6] = [address('v4Ip', 4), address('v6Ip', 6)];
  const macText = spec.macAddress ?? '';
  const mac = macText === '' ? undefined : canonicalMac(macText);
  if (macText !== '' && mac === undefined)
    bad('macAddress', macText, {
      what: 'is no MAC address of one interface',
      hint: 'write six bytes such as 02:00:00:00:00:01, or leave it out',
    });
  if ((spec.externalSubnet ?? '') === '') bad('externalSubnet', '', { what: 'is empty', hint: 'name the Subnet that the address is of' });
  const allocation = eipAllocation(eip);
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    subnet: allocation?.subnet ?? spec.externalSubnet ?? '',
    type: allocation?.type ?? spec.type ?? 'nat',
    addresses: v4 === undefined && v6 === undefined ? undefined : pairOf(v4, v6),
    mac,
    held: leaseOfIp(eipEntry(eip)),
    isTerminating: metadata.deletionTimestamp !== undefined,
    problems,
  };
}

/** What keeps an OvnEip from being served: by itself, or in its Subnet. One that has its addresses keeps them. */
export function eipProblems(eip: EipInput, findSubnet: (name: string) => SubnetInput | undefined): readonly Problem[] {
  if (eip.problems.length > 0) return eip.problems;
  const object = `OvnEip ${eip.name}`;
  const about = { object, field: 'spec.externalSubnet', value: eip.subnet };
  const subnet = findSubnet(eip.subnet);
  if (subnet === undefined) {
    return [
      problem('EIP_NO_SUBNET', { ...about, what: 'does not exist or is not in force', hint: 'create that Subnet, or name another one' }),
    ];
  }
  if (!isExternal(subnet)) {
    const hint = 'name one with a vlan, where the network that it is about is';
    return [problem('EIP_WRONG_SUBNET', { ...about, what: 'is no Subnet of an external network', hint })];
  }
  const named = [
    { field: 'spec.v4Ip', value: eip.addresses?.v4, family: 4 as const },
    { field: 'spec.v6Ip', value: eip.addresses?.v6, family: 6 as const },
  ];
  return named.flatMap(({ field, value, family }): readonly Problem[] => {
    const address = value === undefined ? undefined : readAddress(value);
    const block = blockOf(subnet, family);
    if (value === undefined || address === undefined || (block !== undefined && prefixContains(block.prefix, address))) return [];
    const what = `is not in ${cidrOf(subnet)} of Subnet ${subnet.name}`;
    return [problem('EIP_OUTSIDE_SUBNET', { object, field, value, what, hint: 'choose an address of that Subnet' })];
  });
}

/** Whether a Subnet is a network outside of the cluster. */
export function isExternal(subnet: SubnetInput): boolean {
  return subnet.isOvn && subnet.vlan !== '';
}

/** Fields in which an OvnEip that has its addresses says something else: they can not be changed. */
export function changedEipFields(eip: OvnEip): readonly string[] {
  const held = eipAllocation(eip);
  if (held === undefined) return [];
  const { spec } = eip;
  const fixed = [
    { field: 'externalSubnet', value: spec.externalSubnet, is: held.subnet },
    { field: 'v4Ip', value: spec.v4Ip, is: held.v4 },
    { field: 'v6Ip', value: spec.v6Ip, is: held.v6 },
    { field: 'macAddress', value: spec.macAddress, is: held.mac },
    { field: 'type', value: spec.type, is: held.type },
  ];
  const canonical = (text: string): string => canonicalAddress(text) ?? canonicalMac(text) ?? text;
  return fixed.flatMap(({ field, value = '', is }) =>
    value === '' || canonical(value) === canonical(is) ? [] : [`spec.${field} "${value}"`],
  );
}
