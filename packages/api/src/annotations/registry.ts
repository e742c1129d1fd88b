/** Every annotation that we read or write, for documentation and for tests. */
import type { AnnotationDefinition } from './define.ts';
import { namespaceDefinitions, namespaceInterfaceDefinitions } from './namespace.ts';
import { networkPolicyDefinitions } from './network-policy.ts';
import { nodeDefinitions } from './node.ts';
import { podDefinitions, podInterfaceDefinitions } from './pod.ts';
import { serviceDefinitions } from './service.ts';
import { subnetDefinitions } from './subnet.ts';

/** A definition with where its key lives. */
export interface RegisteredAnnotation {
  readonly definition: AnnotationDefinition<unknown>;
  /** `interface`: under the prefix of each interface's provider. `object`: under `ovn.kubernetes.io/` alone. */
  readonly scope: 'interface' | 'object';
}

const objectDefinitions = [
  podDefinitions,
  nodeDefinitions,
  namespaceDefinitions,
  serviceDefinitions,
  networkPolicyDefinitions,
  subnetDefinitions,
];

/** All definitions. */
export const annotationRegistry: readonly RegisteredAnnotation[] = [
  ...[podInterfaceDefinitions, namespaceInterfaceDefinitions]
    .flatMap((set) => Object.values<AnnotationDefinition<unknown>>(set))
    .map((definition) => ({ definition, scope: 'interface' as const })),
  ...objectDefinitions
    .flatMap((set) => Object.values<AnnotationDefinition<unknown>>(set))
    .map((definition) => ({ definition, scope: 'object' as const })),
];
