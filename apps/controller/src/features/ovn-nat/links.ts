/** Which external Subnets the routers of Vpcs have a port on. */
import type { Problem } from '@kube-ovn/api';
import { isExternal } from '../../inputs/ovn-eip.ts';
import { problem, type ProblemCode } from '../../inputs/problem.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';

/** A port of a Vpc's router on an external Subnet. */
export interface ExternalLink {
  readonly vpc: string;
  readonly subnet: string;
  /** OvnEip of type lrp, whose address the port has. */
  readonly eip: string;
  /** What the Vpc's author gives no route for leaves by this one. */
  readonly isDefault: boolean;
}

export interface ExternalSubnets {
  /** Name of the one that `enableExternal` is about. @source Kube-OVN --external-gateway-switch */
  readonly external: string;
  readonly findSubnet: (name: string) => SubnetInput | undefined;
}

/** Links of one Vpc, in order, and why others are not there. @source Kube-OVN Vpc.spec.enableExternal, extraExternalSubnets */
export function externalLinksOf(
  vpc: VpcInput,
  { external, findSubnet }: ExternalSubnets,
): { readonly links: readonly ExternalLink[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const wrong = (code: ProblemCode, field: string, value: string, told: { readonly what: string; readonly hint: string }): void => {
    problems.push(problem(code, { object: `Vpc ${vpc.name}`, field: `spec.${field}`, value, ...told }));
  };
  const { enableExternal, extraExternalSubnets: extra } = vpc;
  if (!enableExternal) {
    const hint = 'set spec.enableExternal, or leave them out';
    if (extra.length > 0)
      wrong('VPC_BAD_FIELD', 'extraExternalSubnets', extra.join(','), { what: 'are not joined without spec.enableExternal', hint });
    return { links: [], problems };
  }
  const main = findSubnet(external);
  if (main === undefined && extra.length === 0) {
    const what = `finds no Subnet ${external}, which is the external one of this cluster`;
    wrong('VPC_NO_SUBNET', 'enableExternal', 'true', {
      what,
      hint: 'create that Subnet on a vlan, or name others in spec.extraExternalSubnets',
    });
  }
  const isUsable = (field: string, name: string): boolean => {
    const subnet = findSubnet(name);
    if (subnet !== undefined && isExternal(subnet)) return true;
    if (subnet === undefined) wrong('VPC_NO_SUBNET', field, name, { what: 'is not in force', hint: 'create that Subnet, or leave it out' });
    else wrong('VPC_WRONG_SUBNET', field, name, { what: 'is no Subnet of an external network', hint: 'name one with a vlan' });
    return false;
  };
  const names = [
    ...(main !== undefined && isUsable('enableExternal: Subnet', external) ? [external] : []),
    ...extra.filter((name) => name !== external && isUsable('extraExternalSubnets', name)),
  ];
  const links = names.map((subnet, at) => ({ vpc: vpc.name, subnet, eip: `${vpc.name}-${subnet}`, isDefault: at === 0 }));
  return { links, problems };
}

/** The key of a link. */
export function linkKey(vpc: string, subnet: string): string {
  return `${vpc}/${subnet}`;
}
