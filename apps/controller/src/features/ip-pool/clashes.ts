/**
 * What keeps an IPPool that is sound by itself from being used: no such Subnet, addresses outside of it, addresses of another pool.
 *
 * Of two pools that overlap one stays: the one whose spec has been accepted as it stands, then the older one, then the name.
 */
import type { Problem } from '@kube-ovn/api';
import type { AddressRange } from '@kube-ovn/ipam';
import { type IpPoolInput, rangeText } from '../../inputs/ip-pool.ts';
import { problem } from '../../inputs/problem.ts';
import { blockOf, cidrOf, type SubnetInput } from '../../inputs/subnet.ts';
import { Occupied, type Span } from '../occupied.ts';
import { byRank } from '../rank.ts';

export interface JudgedPools {
  /** By name; a pool without problems is not in the map. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  readonly inForce: ReadonlyMap<string, IpPoolInput>;
}

/**
 * Which pools are in force, each by its spec as it stands or by the one accepted last.
 *
 * @param pools the specs as they stand
 * @param held  by name, the specs that were accepted last
 */
export function judgePools(
  pools: readonly IpPoolInput[],
  held: ReadonlyMap<string, IpPoolInput>,
  findSubnet: (name: string) => SubnetInput | undefined,
): JudgedPools {
  const problems = new Map<string, readonly Problem[]>();
  const inForce = new Map([...held].filter(([, pool]) => placeProblems(pool, findSubnet(pool.subnet)).length === 0));
  const occupied = new Occupied(inForce.values(), spansOf);
  for (const pool of pools.toSorted(byRank)) {
    const before = inForce.get(pool.name);
    if (before !== undefined) occupied.remove(before);
    const found = [...placeProblems(pool, findSubnet(pool.subnet)), ...overlaps(pool, occupied)];
    if (found.length > 0) problems.set(pool.name, found);
    else inForce.set(pool.name, pool);
    const now = inForce.get(pool.name);
    if (now !== undefined) occupied.place(now);
  }
  return { problems, inForce };
}

function spansOf({ subnet, ranges }: IpPoolInput): readonly Span[] {
  return ranges.map(({ family, first, last }) => ({ network: `${subnet}|${family}`, first, last }));
}

function placeProblems(pool: IpPoolInput, subnet: SubnetInput | undefined): Problem[] {
  const object = `IPPool ${pool.name}`;
  if (subnet === undefined) {
    const hint = 'create that Subnet, or name another one';
    return [
      problem('IPPOOL_NO_SUBNET', { object, field: 'spec.subnet', value: pool.subnet, what: 'does not exist or is not in force', hint }),
    ];
  }
  const stray = pool.ranges.find((range) => !isInside(range, subnet));
  if (stray === undefined) return [];
  const what = `is not in ${cidrOf(subnet)} of Subnet ${subnet.name}`;
  const hint = 'choose addresses of that Subnet, or make the Subnet larger';
  return [problem('IPPOOL_OUTSIDE_SUBNET', { object, field: 'spec.ips', value: rangeText(stray), what, hint })];
}

function isInside(range: AddressRange, subnet: SubnetInput): boolean {
  const block = blockOf(subnet, range.family)?.prefix;
  return block !== undefined && block.first <= range.first && range.last <= block.last;
}

function overlaps(pool: IpPoolInput, occupied: Occupied<IpPoolInput>): Problem[] {
  const other = occupied.overlapping(pool);
  if (other === undefined) return [];
  return [
    problem('IPPOOL_OVERLAP', {
      object: `IPPool ${pool.name}`,
      field: 'spec.ips',
      value: pool.ranges.map(rangeText).join(','),
      what: `overlaps IPPool ${other.name} (${other.ranges.map(rangeText).join(',')}) of the same Subnet`,
      hint: 'an address is in one pool at most: leave out what the other has',
    }),
  ];
}
