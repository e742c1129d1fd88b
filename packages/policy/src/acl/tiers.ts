/**
 * The one table of tiers and priorities.
 *
 * Where the server's schema has ACL.tier, what comes first stands in a lower tier. Where it has not (before OVN 23.09), all of it
 * shares one range of priorities, in the same order. The numbers in the middle are Kube-OVN's.
 *
 * | what                                         | tier, priority | without tiers  |
 * | -------------------------------------------- | -------------- | -------------- |
 * | always: from the pod's own node, discovery   | 1, 32000       | 32000          |
 * | admin policies                               | 1, 31000 .. 1  | 31000 .. 18501 |
 * | SecurityGroups of tier 0                     | 2, 18483..2003 | 18500 .. 10301 |
 * | SecurityGroups of tier 1                     | 3, 18483..2003 | 10300 .. 2101  |
 * | NetworkPolicy: allowed; to the own node      | 2, 2002        | 2002           |
 * | NetworkPolicy: isolation that logs           | 2, 2001        | 2001           |
 * | NetworkPolicy: isolation                     | 2, 2000        | 2000           |
 * | lax NetworkPolicy: what it does not isolate  | 2, 1999        | 1999           |
 * | private Subnet: allowed, the rest            | 2, 1001, 1000  | 1001, 1000     |
 * | baseline policies                            | 3, 1800 .. 1   | 999 .. 1       |
 *
 * @source OVN_Northbound ACL.tier (0..3), ACL.priority (0..32767); Kube-OVN, constants of ACL priorities
 */
import type { Tier } from '../model.ts';

/** Where a rule stands. */
export interface Place {
  /** 0..3; absent where the server has no tiers. */
  readonly tier?: number;
  /** 0..32767, the highest is judged first. */
  readonly priority: number;
}

type Fixed = 'always' | 'allowed' | 'loggedIsolation' | 'isolation' | 'laxRest' | 'insideSubnet' | 'privateSubnet';

const fixed: Readonly<Record<Fixed, Required<Place>>> = {
  always: { tier: 1, priority: 32_000 },
  allowed: { tier: 2, priority: 2002 },
  loggedIsolation: { tier: 2, priority: 2001 },
  isolation: { tier: 2, priority: 2000 },
  laxRest: { tier: 2, priority: 1999 },
  insideSubnet: { tier: 2, priority: 1001 },
  privateSubnet: { tier: 2, priority: 1000 },
};

/** The place of a rule whose place does not depend on others. */
export function placeOf(what: Fixed, hasTiers: boolean): Place {
  const { tier, priority } = fixed[what];
  return hasTiers ? { tier, priority } : { priority };
}

/** Tiers whose policies are judged in order. */
export type OrderedTier = Exclude<Tier, 'default' | 'subnet'>;

export const orderedTiers: readonly OrderedTier[] = ['admin', 'securityGroup', 'lowerSecurityGroup', 'baseline'];

/** Priorities for the rules of a tier that are judged in order, from `first` down to `last`. */
export interface PriorityRange {
  readonly tier?: number;
  readonly first: number;
  readonly last: number;
  /** How many priorities a policy can have, from 0 on. */
  readonly levels: number;
}

/** Priorities of admin policies: 0..1000, and one more for a policy that comes after all. */
const adminLevels = 1002;

/** Priorities of rules of SecurityGroups: 1..16384, and three more for what comes after all. */
const groupLevels = 16_388;

/** The range of a tier whose policies are judged in order. */
export function priorityRange(tier: OrderedTier, hasTiers: boolean): PriorityRange {
  switch (tier) {
    case 'admin':
      return hasTiers ? { tier: 1, first: 31_000, last: 1, levels: adminLevels } : { first: 31_000, last: 18_501, levels: adminLevels };
    case 'securityGroup':
      return hasTiers ? { tier: 2, first: 18_484, last: 2003, levels: groupLevels } : { first: 18_500, last: 10_301, levels: groupLevels };
    case 'lowerSecurityGroup':
      return hasTiers ? { tier: 3, first: 18_484, last: 2003, levels: groupLevels } : { first: 10_300, last: 2101, levels: groupLevels };
    case 'baseline':
      return hasTiers ? { tier: 3, first: 1800, last: 1, levels: adminLevels } : { first: 999, last: 1, levels: adminLevels };
  }
}
