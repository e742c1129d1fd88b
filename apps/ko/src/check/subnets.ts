/** Every address lies in its subnet, and the counters in a subnet's status count what is there. */
import { parseCidrBlock, prefixContains, readAddress } from '@kube-ovn/ipam';
import { counterFindings } from './counters.ts';
import type { ClusterFacts, IpFact, SubnetFact } from './facts.ts';
import type { Finding } from './finding.ts';
import { isReservedIn } from './ranges.ts';

/** Addresses outside their subnet, and counters that are off. */
export function findSubnetProblems(facts: ClusterFacts): readonly Finding[] {
  const members = Map.groupBy(facts.ips, (ip) => ip.subnet);
  return facts.subnets
    .filter(({ isRefused }) => !isRefused)
    .flatMap((subnet) => {
      const ips = members.get(subnet.name) ?? [];
      return [...outside(subnet, ips), ...miscounted(subnet, ips)];
    });
}

function outside(subnet: SubnetFact, ips: readonly IpFact[]): readonly Finding[] {
  const { v4, v6 } = parseCidrBlock(subnet.cidr);
  return ips.flatMap((ip) =>
    [
      { text: ip.v4, prefix: v4 },
      { text: ip.v6, prefix: v6 },
    ].flatMap(({ text, prefix }): readonly Finding[] => {
      if (text === undefined) return [];
      const address = readAddress(text);
      if (address !== undefined && prefix !== undefined && prefixContains(prefix, address)) return [];
      return [
        {
          code: 'ADDRESS_OUTSIDE_SUBNET',
          object: `IP ${ip.name}`,
          message: `holds ${text}, which is not in ${subnet.cidr} of subnet ${subnet.name}`,
          fix: 'restart the pod: it is given an address of the subnet as it is now',
        },
      ];
    }),
  );
}

/** @source packages/ipam, FamilyUsage.using: reserved addresses that are held by name do not count */
function miscounted(subnet: SubnetFact, ips: readonly IpFact[]): readonly Finding[] {
  const isReserved = isReservedIn(subnet);
  const { v4UsingIps, v6UsingIps } = subnet;
  return counterFindings({
    object: `subnet ${subnet.name}`,
    fields: { v4: { name: 'v4usingIPs', told: v4UsingIps }, v6: { name: 'v6usingIPs', told: v6UsingIps } },
    found: (family) => ips.filter((ip) => ip[family] !== undefined && !isReserved(ip[family])).length,
  });
}
