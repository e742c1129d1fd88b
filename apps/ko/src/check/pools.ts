/** IPPools in force lie in their subnets, share no address, and count what is there. */
import { type AddressRange, parseCidrBlock } from '@kube-ovn/ipam';
import { counterFindings } from './counters.ts';
import { type AddressHolder, holdersOf } from './holders.ts';
import type { ClusterFacts, PoolFact, SubnetFact } from './facts.ts';
import type { Finding } from './finding.ts';
import { isIn, isReservedIn, rangesOf } from './ranges.ts';

/** Pools outside of their subnets or in each other's way, and counters that are off. */
export function findPoolProblems(facts: ClusterFacts): readonly Finding[] {
  const { pools, subnets } = facts;
  const holders = holdersOf(facts);
  const inForce = pools.filter(({ isRefused }) => !isRefused).map((pool) => ({ pool, ranges: rangesOf(pool.ips) }));
  return inForce.flatMap(({ pool, ranges }, at) => {
    const subnet = subnets.find(({ name, isRefused }) => name === pool.subnet && !isRefused);
    const rival = inForce.slice(0, at).find((other) => other.pool.subnet === pool.subnet && overlap(other.ranges, ranges));
    return [
      ...(rival === undefined ? [] : [overlapping(pool, rival.pool)]),
      ...(subnet === undefined ? [] : [...outside(pool, ranges, subnet), ...miscounted(pool, ranges, { subnet, holders })]),
    ];
  });
}

function overlap(some: readonly AddressRange[], others: readonly AddressRange[]): boolean {
  return some.some((a) => others.some((b) => a.family === b.family && a.first <= b.last && b.first <= a.last));
}

function overlapping(pool: PoolFact, rival: PoolFact): Finding {
  return {
    code: 'POOL_OVERLAP',
    object: `IPPool ${pool.name}`,
    message: `shares addresses of subnet ${pool.subnet} with IPPool ${rival.name}, and both are in force`,
    fix: `take the addresses out of one of them; look at the controller's readiness: it refuses the younger one`,
  };
}

function outside(pool: PoolFact, ranges: readonly AddressRange[], subnet: SubnetFact): readonly Finding[] {
  const { v4, v6 } = parseCidrBlock(subnet.cidr);
  const blocks = [v4, v6].filter((block) => block !== undefined);
  const isInside = ({ family, first, last }: AddressRange): boolean =>
    blocks.some((block) => block.family === family && block.first <= first && last <= block.last);
  if (ranges.every(isInside)) return [];
  return [
    {
      code: 'POOL_OUTSIDE_SUBNET',
      object: `IPPool ${pool.name}`,
      message: `has addresses that are not in ${subnet.cidr} of subnet ${subnet.name}, and is in force`,
      fix: `choose addresses of that subnet; look at the controller's readiness: it refuses such a pool`,
    },
  ];
}

/** @source packages/ipam, poolUsage: as for a subnet, reserved addresses do not count */
function miscounted(
  pool: PoolFact,
  ranges: readonly AddressRange[],
  { subnet, holders }: { readonly subnet: SubnetFact; readonly holders: readonly AddressHolder[] },
): readonly Finding[] {
  const isReserved = isReservedIn(subnet);
  const isCounted = (text: string | undefined): boolean => text !== undefined && isIn(ranges, text) && !isReserved(text);
  return counterFindings({
    object: `IPPool ${pool.name}`,
    fields: { v4: { name: 'v4UsingIPs', told: pool.v4UsingIps }, v6: { name: 'v6UsingIPs', told: pool.v6UsingIps } },
    found: (family) => holders.filter((holder) => holder.subnet === subnet.name && isCounted(holder[family])).length,
  });
}
