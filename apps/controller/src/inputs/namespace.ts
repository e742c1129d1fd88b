/** Namespace → NamespaceInput. */
import type { Namespace } from '@kube-ovn/api';

export interface NamespaceInput {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Read one Namespace. */
export function readNamespace(namespace: Namespace): NamespaceInput {
  return { name: namespace.metadata.name, labels: namespace.metadata.labels ?? {} };
}
