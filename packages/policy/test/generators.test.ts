/** The random clusters that other tests lean on: valid, and full of the corners that those tests are about. */
import Value from 'typebox/value';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds } from '../src/node/cli/schemas.ts';
import { flowIn, kubeOvnClusterObjects, pick } from '../src/testing/index.ts';
import { type ClusterObjects, type Verdict, verdict } from '../src/verdict/index.ts';

const kindOf: Readonly<Record<keyof ClusterObjects, string>> = {
  namespaces: 'Namespace',
  pods: 'Pod',
  nodes: 'Node',
  networkPolicies: 'NetworkPolicy',
  adminNetworkPolicies: 'AdminNetworkPolicy',
  baselineAdminNetworkPolicies: 'BaselineAdminNetworkPolicy',
  clusterNetworkPolicies: 'ClusterNetworkPolicy',
  securityGroups: 'SecurityGroup',
  subnets: 'Subnet',
};

describe('random clusters', () => {
  it('hold objects that an API server would take', () => {
    fc.assert(
      fc.property(kubeOvnClusterObjects, (objects) => {
        for (const [field, kind] of Object.entries(kindOf)) {
          const schema = kinds[kind]?.schema;
          for (const object of objects[field as keyof ClusterObjects]) {
            expect(schema !== undefined && Value.Check(schema, object), `${kind} ${JSON.stringify(object)}`).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('are judged in every way there is, each often', () => {
    const counts = new Map<string, number>();
    const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
    const samples = fc.sample(fc.tuple(kubeOvnClusterObjects, fc.array(pick, { minLength: 10, maxLength: 10 })), {
      numRuns: 3000,
      seed: 7,
    });
    for (const [objects, picks] of samples) {
      const judged = picks.flatMap((one) => verdict(objects, flowIn(objects, one)) ?? []);
      for (const { egress, ingress } of judged as readonly Verdict[]) {
        for (const [direction, { action, because }] of Object.entries({ egress, ingress })) {
          const by = because
            .replace(/(?<=\w) (?:[abc]\/)?(?:np|anp|cnp|sg)\d.*$| default .*$/, '')
            .replace(/ (?:[abc]\/)?np\d.*$|Subnet (?:one|two)/, '');
          count(`${direction} ${action} ${by}`);
        }
      }
    }
    const wanted = [
      ...['ingress', 'egress'].flatMap((direction) =>
        ['AdminNetworkPolicy', 'ClusterNetworkPolicy', 'BaselineAdminNetworkPolicy'].flatMap((kind) => [
          `${direction} allow ${kind}`,
          `${direction} deny ${kind}`,
        ]),
      ),
      ...['ingress', 'egress'].flatMap((direction) => [`${direction} allow NetworkPolicy`, `${direction} deny isolated by NetworkPolicy`]),
      ...['ingress', 'egress'].flatMap((direction) => [
        `${direction} allow SecurityGroup`,
        `${direction} deny not allowed by SecurityGroup`,
      ]),
      'ingress allow the node of the pod',
      'egress allow the node of the pod',
    ];
    const seldom = wanted.filter((name) => (counts.get(name) ?? 0) < 20);
    expect(seldom.map((name) => `${name}: ${counts.get(name) ?? 0}`)).toEqual([]);
  }, 60_000);
});
