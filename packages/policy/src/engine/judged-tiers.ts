/** The tiers whose policies are judged in order: where each policy stands in its tier, and what those ahead of it pass. */
import type { Compiled, Passed } from '../acl/compile.ts';
import { type PlacePlan, planPlaces, type PolicyPlaces } from '../acl/places.ts';
import { type OrderedTier, orderedTiers, priorityRange } from '../acl/tiers.ts';
import type { Policy, Tier } from '../model.ts';
import type { Problem } from '../problem.ts';

/** A policy that was stated. */
export interface PolicyRecord {
  readonly key: string;
  readonly policy: Policy;
  compiled: Compiled | undefined;
  /** Its places, and problems with them, as it was compiled. */
  standing: string;
}

interface Judged {
  readonly records: Map<string, PolicyRecord>;
  plan: PlacePlan;
  isDirty: boolean;
  /** Whether some of them are compiled as what others leave of them. */
  areCut: boolean;
}

export class JudgedTiers {
  readonly #hasTiers: boolean;
  readonly #tiers: Readonly<Record<OrderedTier, Judged>> = {
    admin: judged(),
    securityGroup: judged(),
    lowerSecurityGroup: judged(),
    baseline: judged(),
  };

  constructor(hasTiers: boolean) {
    this.#hasTiers = hasTiers;
  }

  add(record: PolicyRecord): void {
    const tier = this.#tierOf(record.policy);
    if (tier === undefined) return;
    tier.records.set(record.key, record);
    tier.isDirty = true;
  }

  delete({ key, policy }: PolicyRecord): void {
    const tier = this.#tierOf(policy);
    if (tier?.records.delete(key) === true) tier.isDirty = true;
  }

  /** Place the policies of tiers that changed, and add those that are to be compiled for it. */
  plan(affected: Set<string>): void {
    for (const name of orderedTiers) {
      const tier = this.#tiers[name];
      const own = [...tier.records.values()];
      if (!tier.isDirty && !own.some(({ key }) => affected.has(key))) continue;
      const policies = own.map(({ policy }) => policy);
      if (tier.isDirty) tier.plan = planPlaces(policies, priorityRange(name, this.#hasTiers));
      const areCut = name !== 'baseline' && !this.#hasTiers && policies.some(passes);
      for (const record of own) if (areCut || tier.areCut || record.standing !== this.standingOf(record)) affected.add(record.key);
      tier.areCut = areCut;
      tier.isDirty = false;
    }
  }

  /** These policies in the order in which they are judged, since what passes in one is taken from the next; others follow. */
  inOrder(keys: ReadonlySet<string>): string[] {
    const first = new Set(orderedTiers.flatMap((name) => [...this.#tiers[name].plan.places.keys()]).filter((key) => keys.has(key)));
    return [...first, ...[...keys].filter((key) => !first.has(key))];
  }

  /** Text that is equal while a policy need not be compiled anew for where it stands. */
  standingOf({ policy, key }: PolicyRecord): string {
    const plan = this.#tierOf(policy)?.plan;
    return plan === undefined ? '' : JSON.stringify([plan.places.get(key), plan.problems.get(key)]);
  }

  placesOf({ policy, key }: PolicyRecord): PolicyPlaces | undefined {
    return this.#tierOf(policy)?.plan.places.get(key);
  }

  problemsOf({ policy, key }: PolicyRecord): readonly Problem[] {
    return this.#tierOf(policy)?.plan.problems.get(key) ?? [];
  }

  /** What the policies of its tier ahead of one pass; undefined where OVN can say so itself. */
  passedBefore({ policy, key }: PolicyRecord): Passed | undefined {
    const tier = this.#tierOf(policy);
    let passed: Passed | undefined;
    if (tier === undefined || this.#hasTiers) return passed;
    for (const earlier of tier.plan.places.keys()) {
      if (earlier === key) break;
      passed = tier.records.get(earlier)?.compiled?.passed ?? passed;
    }
    return passed;
  }

  #tierOf({ tier }: Policy): Judged | undefined {
    return isOrdered(tier) ? this.#tiers[tier] : undefined;
  }
}

function judged(): Judged {
  return { records: new Map(), plan: { places: new Map(), problems: new Map() }, isDirty: false, areCut: false };
}

function isOrdered(tier: Tier): tier is OrderedTier {
  return tier !== 'default' && tier !== 'subnet';
}

function passes({ ingress, egress }: Policy): boolean {
  return [...ingress, ...egress].some(({ action }) => action === 'pass');
}
