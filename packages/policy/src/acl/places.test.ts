import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Policy, policyKey, type Rule } from '../model.ts';
import { allPods } from '../select/selector.ts';
import { planPlaces } from './places.ts';
import { priorityRange } from './tiers.ts';

const rule: Rule = { action: 'deny', peers: 'any', ports: 'any' };

function policy(name: string, priority: number, rules: number): Policy {
  const common = { subject: allPods, isolates: [], enforcement: 'standard', egress: [] } as const;
  return { kind: 'AdminNetworkPolicy', name, tier: 'admin', priority, ingress: Array.from({ length: rules }, () => rule), ...common };
}

const policies = fc
  .uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), priority: fc.nat(1000), rules: fc.nat(100) }), {
    selector: ({ name }) => name,
    maxLength: 30,
  })
  .map((all) => all.map(({ name, priority, rules }) => policy(name, priority, rules)));

describe('planPlaces', () => {
  it.each([
    ['with tiers', true],
    ['without', false],
  ])('%s: rules descend in the order in which they are judged, all inside of the range', (_name, hasTiers) => {
    fc.assert(
      fc.property(policies, (all) => {
        const range = priorityRange('admin', hasTiers);
        const { places } = planPlaces(all, range);
        const order = all.toSorted((a, b) => a.priority - b.priority || (policyKey(a) < policyKey(b) ? -1 : 1));
        const priorities = order.flatMap((one) => places.get(policyKey(one))?.ingress.map(({ priority }) => priority) ?? []);
        expect(priorities).toEqual([...new Set(priorities)].sort((a, b) => b - a));
        expect(priorities.every((priority) => range.last < priority && priority <= range.first)).toBe(true);
        expect(priorities).toHaveLength(all.reduce((sum, { ingress }) => sum + ingress.length, 0));
      }),
    );
  });

  it('a policy that comes or goes moves no other', () => {
    const range = priorityRange('admin', true);
    const [one, two, three] = [policy('a', 0, 25), policy('b', 500, 25), policy('c', 1000, 25)];
    const before = planPlaces([one, three], range).places;
    const after = planPlaces([one, two, three], range).places;
    for (const [key, place] of before) expect(after.get(key)).toEqual(place);
  });

  it('what does not fit is told, and closes its subjects at the last place', () => {
    const range = priorityRange('baseline', false);
    const { places, problems } = planPlaces([policy('a', 1, 990), policy('b', 2, 20), policy('c', 3, 1)], range);
    expect(places.get('AdminNetworkPolicy/a')?.closed).toEqual({});
    expect(places.get('AdminNetworkPolicy/b')).toMatchObject({ closed: { ingress: { priority: 1 } } });
    expect(places.get('AdminNetworkPolicy/b')?.ingress).toHaveLength(8);
    expect(places.get('AdminNetworkPolicy/c')).toMatchObject({ ingress: [], closed: { ingress: { priority: 1 } } });
    expect([...problems].map(([key, found]) => [key, found.map(({ code }) => code)])).toEqual([
      ['AdminNetworkPolicy/b', ['POLICY_TOO_MANY_RULES']],
      ['AdminNetworkPolicy/c', ['POLICY_TOO_MANY_RULES']],
    ]);
  });

  it('equal priorities are told to both', () => {
    const { problems } = planPlaces([policy('a', 5, 1), policy('b', 5, 1)], priorityRange('admin', true));
    expect([...problems.values()].map(([found]) => found?.code)).toEqual(['POLICY_SHARED_PRIORITY', 'POLICY_SHARED_PRIORITY']);
  });
});
