/**
 * Policies with anything in any place, as no API server would let through: readers and compiler take them, and the ACLs that come of them
 * have the form that all have.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileObjects } from '../src/compile-objects.ts';
import { kubeOvnClusterObjects } from '../src/testing/index.ts';
import type { ClusterObjects } from '../src/verdict/index.ts';

const junk = fc.constantFrom<unknown>(null, 0, -1, 1.5, '', 'x', true, [], [null], {}, { x: 1 }, [[]], '10.0.0.0/99');

/** A place in a value: at each step, which of what is there. */
const place = fc.array(fc.nat(5), { minLength: 1, maxLength: 7 });

function spoil(value: unknown, [step = 0, ...rest]: readonly number[], bad: unknown): unknown {
  if (typeof value !== 'object' || value === null) return bad;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(keys.length, 1)];
  if (key === undefined) return bad;
  const inner = (value as Readonly<Record<string, unknown>>)[key];
  const changed = rest.length === 0 ? bad : spoil(inner, rest, bad);
  if (Array.isArray(value)) return value.map((each: unknown, index) => (String(index) === key ? changed : each));
  return { ...value, [key]: changed };
}

const kinds = [
  'networkPolicies',
  'adminNetworkPolicies',
  'baselineAdminNetworkPolicies',
  'clusterNetworkPolicies',
  'securityGroups',
  'subnets',
] as const;

it('specs with junk in any place are read and compiled', () => {
  fc.assert(
    fc.property(kubeOvnClusterObjects, fc.array(fc.tuple(place, junk), { minLength: 1, maxLength: 3 }), (objects, spoils) => {
      const spoilt = Object.fromEntries(
        kinds.map((kind) => [
          kind,
          objects[kind].map(({ metadata, spec }: { readonly metadata: unknown; readonly spec?: unknown }) => {
            return { metadata, spec: spoils.reduce<unknown>((own, [at, bad]) => spoil(own, at, bad), spec) };
          }),
        ]),
      );
      const { fragments } = compileObjects({ ...objects, ...spoilt } as unknown as ClusterObjects, { aclTiers: false });
      const matches = [...fragments.values()]
        .flatMap(({ rows }) => rows)
        .flatMap(({ table, columns }) => (table === 'ACL' ? [columns['match']] : []));
      for (const match of matches) expect(match).toMatch(/^(?:out|in)port == @[\w.]+ && /);
    }),
    { numRuns: 700, endOnFailure: true },
  );
});
