/**
 * Priorities for the rules of policies that are judged in order.
 *
 * Every priority of the API has a band of its own, so that a policy that comes or goes moves no other; a policy with more rules than
 * its band has spills into the next. When that is not enough, rules stand side by side, and when even that is not, what does not fit
 * fails closed: its policy denies its subjects everything at the last place.
 */
import { type Direction, type Policy, policyKey } from '../model.ts';
import { problem, type Problem } from '../problem.ts';
import type { Place, PriorityRange } from './tiers.ts';

/** Where the rules of one policy stand; rules without a place are left out. */
export interface PolicyPlaces {
  readonly ingress: readonly Place[];
  readonly egress: readonly Place[];
  /** Directions in which rules were left out, and the place of what stands for them. */
  readonly closed: Readonly<Partial<Record<Direction, Place>>>;
}

export interface PlacePlan {
  /** By key of the policy. */
  readonly places: ReadonlyMap<string, PolicyPlaces>;
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
}

/** Place the policies of a tier. The result follows from the policies alone, in whatever order they come. */
export function planPlaces(policies: Iterable<Policy>, range: PriorityRange): PlacePlan {
  const sorted = [...policies].sort((a, b) => a.priority - b.priority || (policyKey(a) < policyKey(b) ? -1 : 1));
  const starts = { ingress: startsOf(sorted, 'ingress', range), egress: startsOf(sorted, 'egress', range) };
  const places = new Map<string, PolicyPlaces>();
  const problems = new Map<string, readonly Problem[]>();
  for (const [index, policy] of sorted.entries()) {
    const own = placesOf(policy, { ingress: starts.ingress[index] ?? 0, egress: starts.egress[index] ?? 0 }, range);
    places.set(policyKey(policy), own);
    const found = [...tooMany(policy, own), ...shared(policy, sorted[index - 1]), ...shared(policy, sorted[index + 1])].slice(0, 2);
    if (found.length > 0) problems.set(policyKey(policy), found);
  }
  return { places, problems };
}

/** The highest priority of each policy's rules. The last place of the range is kept for what does not fit. */
function startsOf(sorted: readonly Policy[], direction: Direction, { first, last, levels }: PriorityRange): number[] {
  const band = Math.floor((first - last) / levels);
  const inBands = pack(sorted, direction, ({ priority }) => first - priority * band);
  const fits = inBands.every((start, index) => start - (sorted[index]?.[direction].length ?? 0) >= last);
  return band > 0 && fits ? inBands : pack(sorted, direction, () => first);
}

function pack(sorted: readonly Policy[], direction: Direction, wish: (policy: Policy) => number): number[] {
  let next = Infinity;
  return sorted.map((policy) => {
    const start = Math.min(wish(policy), next);
    next = start - policy[direction].length;
    return start;
  });
}

function placesOf(policy: Policy, starts: Readonly<Record<Direction, number>>, { tier, last }: PriorityRange): PolicyPlaces {
  const at = (priority: number): Place => (tier === undefined ? { priority } : { tier, priority });
  const closed: Partial<Record<Direction, Place>> = {};
  const own = (direction: Direction): Place[] => {
    const priorities = policy[direction].map((_, index) => starts[direction] - index);
    if (priorities.some((priority) => priority <= last)) closed[direction] = at(last);
    return priorities.filter((priority) => priority > last).map(at);
  };
  return { ingress: own('ingress'), egress: own('egress'), closed };
}

function tooMany(policy: Policy, { closed }: PolicyPlaces): Problem[] {
  const [direction] = Object.keys(closed) as Direction[];
  if (direction === undefined) return [];
  return [
    problem({
      code: 'POLICY_TOO_MANY_RULES',
      object: `${policy.kind} ${policy.name}`,
      field: `spec.${direction}`,
      value: `${policy[direction].length} rules`,
      hint: 'the policies of this tier have more rules than there are priorities: those that do not fit deny all; merge rules or policies',
    }),
  ];
}

function shared(policy: Policy, neighbour: Policy | undefined): Problem[] {
  if (neighbour?.priority !== policy.priority || policy.kind === 'BaselineAdminNetworkPolicy' || policy.kind === 'SecurityGroup') return [];
  return [
    problem({
      code: 'POLICY_SHARED_PRIORITY',
      object: `${policy.kind} ${policy.name}`,
      field: 'spec.priority',
      value: policy.priority,
      hint: `${neighbour.kind} ${neighbour.name} has it as well, and they are judged in the order of their names: give each its own`,
    }),
  ];
}
