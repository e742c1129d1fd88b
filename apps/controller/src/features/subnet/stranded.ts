/**
 * What an edit of a Subnet would do to the addresses in use: one outside of the new blocks, or that is the new gateway, keeps the edit
 * from being used until its holder is gone.
 */
import { type IP, type Problem } from '@kube-ovn/api';
import { prefixContains, readAddress } from '@kube-ovn/ipam';
import { problem } from '../../inputs/problem.ts';
import { blockOf, cidrOf, gatewayOf, type SubnetInput } from '../../inputs/subnet.ts';
import { someOf } from '../kept.ts';

/** Whether an edit touches what leases depend on. */
export function movesAddresses(subnet: SubnetInput, before: SubnetInput): boolean {
  return cidrOf(subnet) !== cidrOf(before) || gatewayOf(subnet) !== gatewayOf(before);
}

/** @param ips the IP objects of the Subnet */
export function strandedProblems(subnet: SubnetInput, ips: readonly IP[]): readonly Problem[] {
  const outside: string[] = [];
  const atGateway: string[] = [];
  for (const { metadata, spec } of ips) {
    for (const text of [spec.v4IpAddress ?? '', spec.v6IpAddress ?? '']) {
      const address = readAddress(text);
      const block = address === undefined ? undefined : blockOf(subnet, address.family);
      if (address === undefined) continue;
      if (block === undefined || !prefixContains(block.prefix, address)) outside.push(`${text} of ${metadata.name}`);
      else if (text === block.gateway) atGateway.push(`${text} of ${metadata.name}`);
    }
  }
  const object = `Subnet ${subnet.name}`;
  const told = (field: string, value: string, what: string): Problem =>
    problem('SUBNET_IN_USE', {
      object,
      field,
      value,
      what,
      hint: 'choose others, or delete what has these addresses; until then the Subnet stays as it was',
    });
  return [
    ...(outside.length === 0 ? [] : [told('spec.cidrBlock', cidrOf(subnet), `does not hold ${someOf(outside)}`)]),
    ...(atGateway.length === 0 ? [] : [told('spec.gateway', gatewayOf(subnet), `is in use: ${someOf(atGateway)}`)]),
  ];
}
