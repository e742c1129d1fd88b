/**
 * The compiler against the reference evaluator: on random clusters with random policies, what the evaluator says from the sentences of
 * the API is what the compiled ACLs do, as OVN judges them, and what `explain` says of them.
 */
import fc from 'fast-check';
import type { WantedRow } from '@kube-ovn/ovsdb';
import { expect, it } from 'vitest';
import { clusterObjects, kubeOvnClusterObjects, flowIn, pick } from '../src/testing/index.ts';
import { type ClusterObjects, type Flow, verdict } from '../src/verdict/index.ts';
import { journeyOf, pipelineOf } from './support/by-acls.ts';
import { compileObjects, type CompiledObjects } from './support/compiled.ts';

const clusters = fc.oneof(clusterObjects, kubeOvnClusterObjects);
const groupsKey = 'ovn.kubernetes.io/security_groups';
const picks = fc.array(pick, { minLength: 1, maxLength: 20, size: 'max' });

it('verdict, ACLs and explain agree on 500 clusters all of whose pods are in SecurityGroups, with nothing else to judge them', () => {
  const grouped = kubeOvnClusterObjects.map((objects): ClusterObjects => ({
    ...objects,
    pods: objects.pods.map((pod, index) => {
      const groups = ['sg1', 'sg2', 'sg1,sg2'][index % 3] ?? '';
      return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [groupsKey]: groups } } };
    }),
    networkPolicies: [],
    adminNetworkPolicies: [],
    baselineAdminNetworkPolicies: [],
    clusterNetworkPolicies: [],
  }));
  fc.assert(
    fc.property(grouped, picks, (objects, own) => {
      const flows = own.map((one) => flowIn(objects, one)).filter((flow) => journeyOf(objects, flow) !== undefined);
      const said = flows.map((flow) => answers(flow, verdict(objects, flow)?.action));
      for (const aclTiers of [true, false]) expect(judged(objects, flows, compileObjects(objects, { aclTiers }))).toEqual(said);
    }),
    { numRuns: 500, endOnFailure: true },
  );
}, 300_000);

it('verdict, ACLs and explain agree on 2,000 random clusters, with tiers and in one tier by priority', () => {
  let closed = 0;
  fc.assert(
    fc.property(clusters, picks, (objects, own) => {
      const flows = own.map((one) => flowIn(objects, one)).filter((flow) => journeyOf(objects, flow) !== undefined);
      const said = flows.map((flow) => answers(flow, verdict(objects, flow)?.action));
      expect(judged(objects, flows, compileObjects(objects, { aclTiers: true }))).toEqual(said);
      const compiled = compileObjects(objects, { aclTiers: false });
      const isClosed = compiled.problems.includes('POLICY_TOO_MANY_RULES');
      if (isClosed) closed += 1;
      // Rules that OVN without tiers can not hold fail closed: what is said to be denied still is.
      const isJudged = ({ acls }: Answers): boolean => !isClosed || acls === 'deny';
      const judgedFlows = said.filter(isJudged).map(({ flow }) => flow);
      expect(judged(objects, judgedFlows, compiled)).toEqual(said.filter(isJudged));
    }),
    { numRuns: 2000, endOnFailure: true },
  );
  expect(closed).toBeLessThan(20);
}, 300_000);

/** What the ACLs do, what `explain` says, and what is done by the ACL that it names. */
interface Answers {
  readonly flow: Flow;
  readonly acls: string | undefined;
  readonly explain: string | undefined;
  readonly names: string | undefined;
}

function answers(flow: Flow, action: string | undefined): Answers {
  return { flow, acls: action, explain: action, names: action };
}

function judged(objects: ClusterObjects, flows: readonly Flow[], compiled: CompiledObjects): Answers[] {
  const fragments = [...compiled.fragments.values()];
  const judge = pipelineOf(objects, fragments);
  const rows = new Map(fragments.flatMap((fragment) => fragment.rows.map((row) => [`${row.table} ${row.key}`, row])));
  return flows.map((flow) => {
    const journey = journeyOf(objects, flow);
    const explained = compiled.explain(flow);
    const named = explained?.acl === undefined ? explained?.action : actionOf(rows.get(`ACL ${explained.acl}`));
    return { flow, acls: journey === undefined ? undefined : judge(journey).action, explain: explained?.action, names: named };
  });
}

function actionOf(row: WantedRow | undefined): string | undefined {
  return row === undefined ? undefined : row.columns['action'] === 'drop' ? 'deny' : 'allow';
}
