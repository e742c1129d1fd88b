/** The engine of packages/policy as a table: what it is told, and what follows. */
import { type DerivedTable, foldInput, foldTable, type Table } from '@kube-ovn/dataflow';
import type { NorthboundFeatures } from '@kube-ovn/ovn-model';
import type { Fragment } from '@kube-ovn/ovsdb';
import { type Node, type Pod, type Policy, PolicyEngine, type Problem } from '@kube-ovn/policy';
import type { NamespaceInput } from '../../inputs/namespace.ts';
import type { ReadPolicy } from '../../inputs/policies.ts';

/** What an engine is told of. */
export interface PolicyInputs {
  readonly features: Table<NorthboundFeatures>;
  readonly pods: Table<Pod>;
  readonly namespaces: Table<NamespaceInput>;
  readonly nodes: Table<Node>;
  readonly policies: Table<ReadPolicy>;
  /** What each group that a pod names stands for, by name. */
  readonly securityGroups: Table<readonly Policy[]>;
  readonly serviceBlocks: readonly string[];
  readonly compile: <T>(work: () => T) => T;
}

/** What it says: of an owner what it wants, or of a policy what stands against it. */
export type PolicyResult =
  | { readonly kind: 'fragment'; readonly fragment: Fragment }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** Key of a policy's problems in the table of results. */
export function problemsKey(policy: string): string {
  return `problems/${policy}`;
}

/** Follow the inputs. Before the server has said what it can do there are no results. */
export function policyTable(inputs: PolicyInputs): DerivedTable<PolicyResult> {
  const host = new EngineHost(inputs);
  const { features, pods, namespaces, nodes, policies, securityGroups } = inputs;
  return foldTable('policy results', {
    inputs: [
      foldInput(features, () => host.renew()),
      foldInput(pods, (key, pod) => host.engine?.setPod(key, pod)),
      foldInput(namespaces, (name, namespace) => host.engine?.setNamespace(name, namespace?.labels)),
      foldInput(nodes, (name, node) => host.engine?.setNode(name, node)),
      foldInput(policies, (key, policy) => host.engine?.setPolicy(key, policy?.value)),
      foldInput(securityGroups, (name, group) => host.engine?.setSecurityGroup(name, group)),
    ],
    flush: () => host.flush(),
  });
}

/** Holds the engine for what the server can do now; another server's abilities need another engine. */
class EngineHost {
  readonly #inputs: PolicyInputs;
  #engine: PolicyEngine | undefined;
  /** Keys of results, so that those of a former engine can be taken back. */
  #told = new Set<string>();
  #former = new Set<string>();

  constructor(inputs: PolicyInputs) {
    this.#inputs = inputs;
  }

  get engine(): PolicyEngine | undefined {
    return this.#engine;
  }

  /** Start anew, and tell the new engine of everything. */
  renew(): void {
    const { features, pods, namespaces, nodes, policies, securityGroups, serviceBlocks } = this.#inputs;
    const found = features.peek('northbound');
    if (found === undefined) return;
    const engine = new PolicyEngine({ aclTiers: found.aclTiers, serviceBlocks });
    for (const [key, pod] of pods.entries()) engine.setPod(key, pod);
    for (const [name, { labels }] of namespaces.entries()) engine.setNamespace(name, labels);
    for (const [name, node] of nodes.entries()) engine.setNode(name, node);
    for (const [key, { value }] of policies.entries()) engine.setPolicy(key, value);
    for (const [name, group] of securityGroups.entries()) engine.setSecurityGroup(name, group);
    this.#engine = engine;
    this.#former = this.#told;
    this.#told = new Set();
  }

  *flush(): Iterable<readonly [string, PolicyResult | undefined]> {
    const changes = this.#inputs.compile(() => this.#engine?.flush());
    for (const [owner, fragment] of changes?.fragments ?? [])
      yield this.#tell(owner.replace(/^pod\//, 'policy-pod/'), fragment && { kind: 'fragment', fragment });
    for (const [key, problems] of changes?.problems ?? [])
      yield this.#tell(problemsKey(key), problems.length === 0 ? undefined : { kind: 'problems', problems });
    for (const key of this.#former) yield [key, undefined];
    this.#former.clear();
  }

  #tell(key: string, result: PolicyResult | undefined): readonly [string, PolicyResult | undefined] {
    this.#former.delete(key);
    if (result === undefined) this.#told.delete(key);
    else this.#told.add(key);
    return [key, result];
  }
}
