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
 * | NetworkPolicy: allowed; to the own node      | 2, 2002        | 2002           |
 * | NetworkPolicy: isolation that logs           | 2, 2001        | 2001           |
 * | NetworkPolicy: isolation                     | 2, 2000        | 2000           |
 * | lax NetworkPolicy: what it does not isolate  | 2, 1999        | 1999           |
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

type Fixed = 'always' | 'allowed' | 'loggedIsolation' | 'isolation' | 'laxRest';

const fixed: Readonly<Record<Fixed, Required<Place>>> = {
  always: { tier: 1, priority: 32_000 },
  allowed: { tier: 2, priority: 2002 },
  loggedIsolation: { tier: 2, priority: 2001 },
  isolation: { tier: 2, priority: 2000 },
  laxRest: { tier: 2, priority: 1999 },
};

/** The place of a rule whose place does not depend on others. */
export function placeOf(what: Fixed, hasTiers: boolean): Place {
  const { tier, priority } = fixed[what];
  return hasTiers ? { tier, priority } : { priority };
}

/** Priorities for the rules of a tier that are judged in order, from `first` down to `last`. */
export interface PriorityRange {
  readonly tier?: number;
  readonly first: number;
  readonly last: number;
}

/** The range of a tier whose policies are judged in order. */
export function priorityRange(tier: Exclude<Tier, 'default'>, hasTiers: boolean): PriorityRange {
  if (tier === 'admin') return hasTiers ? { tier: 1, first: 31_000, last: 1 } : { first: 31_000, last: 18_501 };
  return hasTiers ? { tier: 3, first: 1800, last: 1 } : { first: 999, last: 1 };
}
