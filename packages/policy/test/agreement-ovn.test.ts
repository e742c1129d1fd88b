/** The compiled ACLs in a real Northbound database: ovn-trace lets through what the reference evaluator lets through, and nothing else. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterObjects, kubeOvnClusterObjects, flowIn, pick } from '../src/testing/index.ts';
import { type Flow, verdict } from '../src/verdict/index.ts';
import { journeyOf } from './support/by-acls.ts';
import { compileObjects } from './support/compiled.ts';
import { topologyFragment } from './support/topology.ts';
import { TracedOvn } from './support/traced-ovn.ts';

let ovn: TracedOvn;
beforeAll(async () => {
  ovn = await TracedOvn.start();
});
afterAll(() => ovn[Symbol.asyncDispose]());

it('agrees with ovn-trace on 100 random clusters, for new connections and for established ones, which are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(clusterObjects, kubeOvnClusterObjects),
      fc.array(pick, { minLength: 20, maxLength: 20 }),
      async (objects, picks) => {
        const { fragments, problems } = compileObjects(objects, { aclTiers: false });
        // Rules that OVN without tiers can not hold fail closed: what is said to be denied still is.
        const isJudged = (flow: Flow) => !problems.includes('POLICY_TOO_MANY_RULES') || verdict(objects, flow)?.action === 'deny';
        await ovn.apply(new Map([['topology', topologyFragment(objects)], ...fragments]));
        const journeys = picks
          .map((one) => flowIn(objects, one))
          .filter(isJudged)
          .flatMap((flow) => journeyOf(objects, flow) ?? []);
        const told = (actions: readonly (string | undefined)[]) =>
          journeys.map(({ flow }, index) => `${JSON.stringify(flow)}: ${actions[index]}`);
        const said = told(journeys.map(({ flow }) => verdict(objects, flow)?.action));
        expect(told(await ovn.trace(journeys, 'new'))).toEqual(said);
        expect(told(await ovn.trace(journeys, 'established'))).toEqual(said);
      },
    ),
    { numRuns: 100, endOnFailure: true },
  );
}, 240_000);
