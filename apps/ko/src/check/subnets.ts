/** Every address lies in its subnet, and the counters in a subnet's status count what is there. */
import { parseCidrBlock, prefixContains, readAddress } from '@kube-ovn/ipam';
import { counterFindings } from './counters.ts';
import { holdersOf, type AddressHolder } from './holders.ts';
import type { ClusterFacts, SubnetFact } from './facts.ts';
import type { Finding } from './finding.ts';
import { isReservedIn } from './ranges.ts';

/** Addresses outside their subnet, and counters that are off. */
export function findSubnetProblems(facts: ClusterFacts): readonly Finding[] {
  const members = Map.groupBy(holdersOf(facts), (holder) => holder.subnet);
  return facts.subnets
    .filter(({ isRefused }) => !isRefused)
    .flatMap((subnet) => {
      const holders = members.get(subnet.name) ?? [];
      return [...outside(subnet, holders), ...miscounted(subnet, holders)];
    });
}

function outside(subnet: SubnetFact, holders: readonly AddressHolder[]): readonly Finding[] {
  const { v4, v6 } = parseCidrBlock(subnet.cidr);
  return holders.flatMap((holder) =>
    [
      { text: holder.v4, prefix: v4 },
      { text: holder.v6, prefix: v6 },
    ].flatMap(({ text, prefix }): readonly Finding[] => {
      if (text === undefined) return [];
      const address = readAddress(text);
      if (address !== undefined && prefix !== undefined && prefixContains(prefix, address)) return [];
      return [
        {
          code: 'ADDRESS_OUTSIDE_SUBNET',
          object: holder.object,
          message: `holds ${text}, which is not in ${subnet.cidr} of subnet ${subnet.name}`,
          fix: holder.fix,
        },
      ];
    }),
  );
}

/** @source packages/ipam, FamilyUsage.using: reserved addresses that are held by name do not count */
function miscounted(subnet: SubnetFact, holders: readonly AddressHolder[]): readonly Finding[] {
  const isReserved = isReservedIn(subnet);
  const { v4UsingIps, v6UsingIps } = subnet;
  return counterFindings({
    object: `subnet ${subnet.name}`,
    fields: { v4: { name: 'v4usingIPs', told: v4UsingIps }, v6: { name: 'v6usingIPs', told: v6UsingIps } },
    found: (family) => holders.filter((holder) => holder[family] !== undefined && !isReserved(holder[family])).length,
  });
}
