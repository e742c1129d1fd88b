/** Whatever the order, the repetition and the grouping of what the engine is told: what it wants follows from the objects alone. */
import fc from 'fast-check';
import type { Fragment } from '@kube-ovn/ovsdb';
import { describe, expect, it } from 'vitest';
import { readObjects } from '../src/compile-objects.ts';
import { type EngineOptions, PolicyEngine } from '../src/engine/engine.ts';
import { podKey, policyKey } from '../src/model.ts';
import { readNetworkPolicy } from '../src/read/network-policy.ts';
import { kubeOvnClusterObjects } from '../src/testing/index.ts';
import type { ClusterObjects } from '../src/verdict/index.ts';

/** What is stated of one object. */
interface Statement {
  readonly id: string;
  readonly text: string;
  state(engine: PolicyEngine): void;
  retract(engine: PolicyEngine): void;
}

function statementsOf(objects: ClusterObjects): Map<string, Statement> {
  const { namespaces, pods, nodes, policies, securityGroups } = readObjects(objects);
  const all: Statement[] = [
    ...namespaces.map((one) => statement(`namespace ${one.name}`, one.labels, (engine, labels) => engine.setNamespace(one.name, labels))),
    ...nodes.map((one) => statement(`node ${one.name}`, one, (engine, value) => engine.setNode(one.name, value))),
    ...pods.map((one) => statement(`pod ${podKey(one)}`, one, (engine, value) => engine.setPod(podKey(one), value))),
    ...policies.map((one) => statement(policyKey(one), one, (engine, value) => engine.setPolicy(policyKey(one), value))),
    ...[...securityGroups].map(([name, own]) => statement(`group ${name}`, own, (engine, value) => engine.setSecurityGroup(name, value))),
  ];
  return new Map(all.map((one) => [one.id, one]));
}

function statement<T>(id: string, value: T, tell: (engine: PolicyEngine, value: T | undefined) => void): Statement {
  return { id, text: JSON.stringify(value), state: (engine) => tell(engine, value), retract: (engine) => tell(engine, undefined) };
}

/** What an engine wants and complains of, kept up by its changes. */
class Follower {
  readonly engine: PolicyEngine;
  readonly fragments = new Map<string, Fragment>();
  readonly problems = new Map<string, unknown>();

  constructor(options: EngineOptions) {
    this.engine = new PolicyEngine(options);
  }

  flush(): void {
    const { fragments, problems } = this.engine.flush();
    for (const [owner, fragment] of fragments) {
      if (fragment === undefined) this.fragments.delete(owner);
      else this.fragments.set(owner, fragment);
    }
    for (const [policy, found] of problems) {
      if (found.length === 0) this.problems.delete(policy);
      else this.problems.set(policy, found);
    }
  }

  wanted(): unknown {
    const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    return { fragments: sorted(this.fragments), problems: sorted(this.problems) };
  }
}

const clusters = fc.array(kubeOvnClusterObjects, { minLength: 1, maxLength: 3 });

describe.each([
  ['with tiers', true],
  ['in one tier', false],
])('%s', (_name, aclTiers) => {
  it('wants at every flush what an engine wants that hears of the same objects for the first time', () => {
    fc.assert(
      fc.property(clusters, fc.infiniteStream(fc.nat(99)), (stages, chance) => {
        const follower = new Follower({ aclTiers, serviceBlocks: ['10.96.0.0/12'] });
        const dice = (): number => chance.next().value ?? 0;
        const known = new Map<string, Statement>();
        for (const target of [...stages.map(statementsOf), new Map<string, Statement>()]) {
          const pending = [...new Set([...known.keys(), ...target.keys()])].filter((id) => known.get(id)?.text !== target.get(id)?.text);
          while (pending.length > 0) {
            const [id = ''] = pending.splice(dice() % pending.length, 1);
            const next = target.get(id);
            if (next === undefined) known.get(id)?.retract(follower.engine);
            else next.state(follower.engine);
            if (next === undefined) known.delete(id);
            else known.set(id, next);
            if (dice() > 20 && pending.length > 0) continue;
            follower.flush();
            const fresh = new Follower({ aclTiers, serviceBlocks: ['10.96.0.0/12'] });
            for (const one of known.values()) one.state(fresh.engine);
            fresh.flush();
            expect(follower.wanted()).toEqual(fresh.wanted());
          }
        }
        expect(follower.wanted()).toEqual({ fragments: [], problems: [] });
      }),
      { numRuns: 100, endOnFailure: true },
    );
  }, 600_000);
});

it('a pod leaves the group of a policy that goes, though its namespace leaves the scope before anyone looks', () => {
  const follower = new Follower({ aclTiers: true });
  const { engine } = follower;
  const from = [{ namespaceSelector: { matchLabels: { team: 'a' } } }];
  const { value: policy } = readNetworkPolicy({
    metadata: { name: 'p', namespace: 'shop' },
    spec: { podSelector: {}, ingress: [{ from }] },
  });
  const own = { namespace: 'other', name: 'x', labels: {}, ports: [], hostNetwork: false, completed: false };
  const pod = { ...own, interfaces: [{ network: 'ovn', port: 'x.other', addresses: ['10.16.0.9'] }] };
  engine.setNamespace('other', { team: 'a' });
  engine.setPod(podKey(pod), pod);
  engine.setPolicy(policyKey(policy), policy);
  follower.flush();
  expect(follower.fragments.get('pod/other/x')?.members).toHaveLength(1);
  engine.setPolicy(policyKey(policy), undefined);
  engine.setNamespace('other', { team: 'b' });
  follower.flush();
  expect(follower.wanted()).toEqual({ fragments: [], problems: [] });
});
