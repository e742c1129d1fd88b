/** Kubernetes objects through the readers and the engine. */
import type { Fragment } from '@kube-ovn/ovsdb';
import * as whole from '../../src/compile-objects.ts';
import type { Explanation } from '../../src/index.ts';
import type { ClusterObjects, Flow } from '../../src/verdict/index.ts';

/** What objects compile to. */
export interface CompiledObjects {
  readonly fragments: ReadonlyMap<string, Fragment>;
  /** Codes of what stands against compiling the policies as they are written. */
  readonly problems: readonly string[];
  readonly explain: (flow: Flow) => Explanation | undefined;
}

/** Everything at once. */
export function compileObjects(objects: ClusterObjects, options: { readonly aclTiers: boolean }): CompiledObjects {
  const { engine, fragments, problems } = whole.compileObjects(objects, options);
  return { fragments, problems: problems.map(({ code }) => code), explain: (flow) => engine.explain(flow) };
}
