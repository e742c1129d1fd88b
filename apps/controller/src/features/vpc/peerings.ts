/**
 * Links between two Vpcs: a link is there when both name each other, with two addresses of one network.
 * @source Kube-OVN: a port on each router, whose `peer` is the other; routes to what is behind it are the user's
 */
import type { Problem } from '@kube-ovn/api';
import { parsePrefix, prefixesOverlap, readAddress } from '@kube-ovn/ipam';
import { problem, type ProblemCode } from '../../inputs/problem.ts';
import { cidrOf, type SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import type { Peering } from '../../inputs/vpc-routes.ts';

export interface Links {
  readonly links: readonly Peering[];
  readonly problems: readonly Problem[];
}

export interface LinkSurroundings {
  readonly findVpc: (name: string) => VpcInput | undefined;
  /** Subnets that hang on this Vpc's router. */
  readonly subnets: readonly SubnetInput[];
}

/** The links of one Vpc that both ends agree on, and why others are not there. */
export function linksOf(vpc: VpcInput, surroundings: LinkSurroundings): Links {
  const links: Peering[] = [];
  const problems: Problem[] = [];
  for (const peering of vpc.routes.peerings) {
    const found = peeringProblem(vpc, peering, { ...surroundings, earlier: links });
    if (found === undefined) links.push(peering);
    else problems.push(found);
  }
  return { links, problems };
}

function peeringProblem(
  vpc: VpcInput,
  { remote, networks }: Peering,
  { findVpc, subnets, earlier }: LinkSurroundings & { readonly earlier: readonly Peering[] },
): Problem | undefined {
  const wrong = (code: ProblemCode, field: string, value: string, told: { readonly what: string; readonly hint: string }): Problem =>
    problem(code, { object: `Vpc ${vpc.name}`, field: `spec.vpcPeerings[remoteVpc=${remote}].${field}`, value, ...told });
  const ends = networks.join(',');
  const overlapping = subnets.find(({ blocks }) =>
    blocks.some(({ prefix }) => networks.some((one) => prefixesOverlap(parsePrefix(one), prefix))),
  );
  if (overlapping !== undefined) {
    const what = `is in Subnet ${overlapping.name} (${cidrOf(overlapping)}) of this Vpc`;
    return wrong('VPC_BAD_PEERING', 'localConnectIP', ends, {
      what,
      hint: 'choose a network of its own for the link, such as 169.254.0.0/30',
    });
  }
  const other = earlier.find((link) => link.networks.some((a) => networks.some((b) => prefixesOverlap(parsePrefix(a), parsePrefix(b)))));
  if (other !== undefined) {
    const what = `is in the network of the link to Vpc ${other.remote}`;
    return wrong('VPC_BAD_PEERING', 'localConnectIP', ends, { what, hint: 'give each link a network of its own' });
  }
  const peer = findVpc(remote);
  if (peer === undefined || peer.isTerminating) {
    const what = peer === undefined ? 'does not exist' : 'is being deleted';
    return wrong('VPC_NO_PEER', 'remoteVpc', remote, { what, hint: 'create that Vpc, or name another one' });
  }
  const back = peer.routes.peerings.find((each) => each.remote === vpc.name);
  if (back === undefined) {
    const hint = `add remoteVpc: ${vpc.name} to spec.vpcPeerings of Vpc ${remote}`;
    return wrong('VPC_NO_PEER', 'remoteVpc', remote, { what: 'does not name this Vpc', hint });
  }
  if (fits(networks, back.networks)) return undefined;
  return wrong('VPC_PEERING_MISMATCH', 'localConnectIP', ends, {
    what: `and ${back.networks.join(',')} of Vpc ${remote} are not two addresses of one network`,
    hint: 'choose them like 169.254.0.1/30 and 169.254.0.2/30, of the same families at both ends',
  });
}

/** Families in any order. */
function fits(ours: readonly string[], theirs: readonly string[]): boolean {
  return ours.length === theirs.length && ours.every((end) => theirs.some((other) => isPair(end, other)));
}

function isPair(a: string, b: string): boolean {
  const [x, y] = [parsePrefix(a), parsePrefix(b)];
  const address = (text: string): unknown => readAddress(text.split('/')[0] ?? '')?.value;
  return x.family === y.family && x.length === y.length && x.first === y.first && address(a) !== address(b);
}
