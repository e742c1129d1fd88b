/** What is wrong with a Vpc: by itself, and beside the Subnets and Vpcs that there are. */
import type { Problem } from '@kube-ovn/api';
import { problem } from '../../inputs/problem.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import type { Graph } from '../graph.ts';
import { linksOf } from './peerings.ts';

type Surroundings = Pick<Graph, 'vpcs' | 'subnets' | 'subnetsByVpc'> & { readonly external: Pick<Graph['external'], 'linkProblems'> };

/** All problems of one Vpc. */
export function vpcProblems(vpc: VpcInput, graph: Surroundings): readonly Problem[] {
  return [...vpc.problems, ...defaultSubnetProblems(vpc, graph), ...vpcLinks(vpc, graph).problems, ...graph.external.linkProblems(vpc)];
}

/** The links of one Vpc, and why others are not there. */
export function vpcLinks(vpc: VpcInput, graph: Pick<Graph, 'vpcs' | 'subnets' | 'subnetsByVpc'>): ReturnType<typeof linksOf> {
  return linksOf(vpc, { findVpc: (name) => graph.vpcs.get(name), subnets: subnetsOf(vpc.name, graph) });
}

/** Subnets in force of one Vpc, in order of their names. */
export function subnetsOf(vpc: string, { subnets, subnetsByVpc }: Pick<Graph, 'subnets' | 'subnetsByVpc'>): readonly SubnetInput[] {
  return [...subnetsByVpc.of(vpc)].toSorted().flatMap((name) => subnets.get(name) ?? []);
}

function defaultSubnetProblems({ name, defaultSubnet }: VpcInput, { subnets }: Pick<Graph, 'subnets'>): readonly Problem[] {
  const about = { object: `Vpc ${name}`, field: 'spec.defaultSubnet', value: defaultSubnet };
  if (defaultSubnet === '') return [];
  const subnet = subnets.get(defaultSubnet);
  if (subnet === undefined) {
    return [problem('VPC_NO_SUBNET', { ...about, what: 'is not in force', hint: 'create that Subnet in this Vpc, or name another one' })];
  }
  if (subnet.vpc === name) return [];
  const what = `is a Subnet of Vpc ${subnet.vpc}, and serves no namespace of this one by this field`;
  return [problem('VPC_WRONG_SUBNET', { ...about, what, hint: 'name a Subnet of this Vpc' })];
}
