/** Every address lies in its subnet, and the counters in a subnet's status count what is there. */
import { parseCidrBlock, prefixContains, readAddress } from '@kube-ovn/ipam';
import type { ClusterFacts, IpFact, SubnetFact } from './facts.ts';
import type { Finding } from './finding.ts';

/** Addresses outside their subnet, and counters that are off. */
export function findSubnetProblems(facts: ClusterFacts): readonly Finding[] {
  const members = new Map<string, IpFact[]>();
  for (const ip of facts.ips) members.set(ip.subnet, [...(members.get(ip.subnet) ?? []), ip]);
  return facts.subnets.flatMap((subnet) => {
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

function miscounted(subnet: SubnetFact, ips: readonly IpFact[]): readonly Finding[] {
  return [
    { field: 'v4usingIPs', told: subnet.v4UsingIps, found: ips.filter((ip) => ip.v4 !== undefined).length },
    { field: 'v6usingIPs', told: subnet.v6UsingIps, found: ips.filter((ip) => ip.v6 !== undefined).length },
  ]
    .filter(({ told, found }) => told !== undefined && told !== BigInt(found))
    .map(({ field, told, found }) => ({
      code: 'WRONG_COUNTER',
      object: `subnet ${subnet.name}`,
      message: `status.${field} is ${told}, but ${found} IP objects hold an address of that family`,
      fix: 'the controller counts again at every change; if it stays, the controller is not running or not the leader',
    }));
}
