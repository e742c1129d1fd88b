/** Random SecurityGroups, and Subnets that are private or not. */
import fc from 'fast-check';
import type { SecurityGroupObject, SecurityGroupRuleObject, SubnetObject } from '../verdict/objects.ts';
import { portNumbers, subnetBlocks } from './cluster.ts';

const remote4 = fc.constantFrom('0.0.0.0/0', '10.16.0.0/24', '10.16.0.10', '192.0.2.0/24', '172.18.0.0/16');
const remote6 = fc.constantFrom('::/0', 'fd00:10:16::/64', 'fd00:10:16::10', '2001:db8::/32');
const groupNames = ['sg1', 'sg2', 'default-securitygroup'] as const;

const byAddress = fc.oneof(
  fc.record({ ipVersion: fc.constant('ipv4'), remoteType: fc.constant('address'), remoteAddress: remote4 }),
  fc.record({ ipVersion: fc.constant('ipv6'), remoteType: fc.constant('address'), remoteAddress: remote6 }),
);
const byGroup = fc.record({
  ipVersion: fc.constantFrom('ipv4', 'ipv6'),
  remoteType: fc.constant('securityGroup'),
  remoteSecurityGroup: fc.constantFrom(...groupNames),
});
const ports = fc.oneof(
  fc.record({ protocol: fc.constantFrom('all', 'icmp') }),
  fc
    .record({ protocol: fc.constantFrom('tcp', 'udp'), low: fc.constantFrom(...portNumbers), span: fc.constantFrom(0, 1, 40_000) })
    .map(({ protocol, low, span }) => ({ protocol, portRangeMin: low, portRangeMax: low + span })),
);

const local = { ipv4: ['0.0.0.0/0', '10.16.0.0/24', '10.16.0.10', '10.17.0.0/24'], ipv6: ['::/0', 'fd00:10:16::/64', 'fd00:10:17::10'] };

/** Systems choose source ports from 32768 to 60999: none of these ranges parts them, so that real connections can be judged. */
const sourceRanges = [
  [1, 1023],
  [1024, 65_535],
  [30_000, 61_000],
] as const;

/** The own end, in three rules of four. */
const near = fc.option(fc.record({ at: fc.nat(3), range: fc.option(fc.constantFrom(...sourceRanges), { nil: undefined }) }), {
  nil: undefined,
  freq: 4,
});

const rule: fc.Arbitrary<SecurityGroupRuleObject> = fc
  .record({ remote: fc.oneof(byAddress, byGroup), ports, near, policy: fc.constantFrom('allow', 'allow', 'drop', 'pass') })
  .map(({ remote, ports: own, near: end, policy }) => ({ ...remote, ...own, ...(end && nearFields(remote.ipVersion, end)), policy }));

function nearFields(
  version: string,
  { at, range }: { readonly at: number; readonly range: (typeof sourceRanges)[number] | undefined },
): SecurityGroupRuleObject {
  const choices = version === 'ipv4' ? local.ipv4 : local.ipv6;
  return {
    localAddress: choices[at % choices.length] ?? '',
    ...(range && { sourcePortRangeMin: range[0], sourcePortRangeMax: range[1] }),
  };
}

const rules = fc.array(rule, { maxLength: 3 });

/** None, one, or up to three, the third being the one of pods that name none; no two of their rules share a priority, since OVN leaves open which of equal ones wins. */
export const securityGroups: fc.Arbitrary<readonly SecurityGroupObject[]> = fc
  .record({
    groups: fc.array(
      fc.record({ tier: fc.constantFrom(0, 0, 1), allowSameGroupTraffic: fc.boolean(), ingressRules: rules, egressRules: rules }),
      { maxLength: 3 },
    ),
    priorities: fc.uniqueArray(fc.integer({ min: 1, max: 16_384 }), { minLength: 9, maxLength: 9 }),
  })
  .map(({ groups, priorities }) =>
    groups.map((group, place) => {
      // The last tier has nothing to pass to. @source Kube-OVN, Tiered Security Groups
      const ranked = (own: readonly SecurityGroupRuleObject[]): readonly SecurityGroupRuleObject[] =>
        own.map((one, index) => ({
          ...one,
          priority: priorities[place * 3 + index] ?? 1,
          ...(one.policy === 'pass' && group.tier === 1 ? { policy: 'drop' } : {}),
        }));
      return {
        metadata: { name: groupNames[place] ?? 'sg1' },
        spec: { ...group, ingressRules: ranked(group.ingressRules), egressRules: ranked(group.egressRules) },
      };
    }),
  );

const allowed = fc.subarray(['192.0.2.0/24', '10.17.0.0/24', 'fd00:10:17::/64', '172.18.0.2/32', '2001:db8::/32'], { maxLength: 3 });

/** The subnets that pods are on, and the one of the nodes. */
export const subnets: fc.Arbitrary<readonly SubnetObject[]> = fc
  .record({ one: fc.boolean(), two: fc.boolean(), vpc: fc.constantFrom(undefined, 'ovn-cluster', 'bank', 'bank'), allowSubnets: allowed })
  .map(({ one, two, vpc, allowSubnets }) => [
    ...Object.entries(subnetBlocks).map(([name, { v4, v6 }]) => ({
      metadata: { name },
      spec: {
        cidrBlock: `${v4},${v6}`,
        private: name === 'one' ? one : two,
        allowSubnets,
        ...(name === 'two' && vpc !== undefined && { vpc }),
      },
    })),
    { metadata: { name: 'join' }, spec: { cidrBlock: '100.64.0.0/16,fd00:100:64::/64' } },
  ]);
