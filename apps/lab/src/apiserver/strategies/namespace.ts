/** Namespaces hold their own finalizer in `spec.finalizers`, and carry their name as a label. */
import { asObject } from '../json.ts';
import { withMetadata } from '../object.ts';
import type { Strategy } from '../resource/resource.ts';

/** @source k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** @source k8s.io/kubernetes/pkg/registry/core/namespace */
export const namespaceStrategy: Strategy = {
  refuseDelete: ({ metadata: { name = '' } }) => (immortal.has(name) ? 'this namespace may not be deleted' : undefined),
  prepareCreate: (object) => ({
    ...withMetadata(object, { labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name ?? '' } }),
    spec: { ...asObject(object['spec']), finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }),
  prepareUpdate: (next, before) => ({
    ...withMetadata(next, { labels: { ...next.metadata.labels, 'kubernetes.io/metadata.name': next.metadata.name ?? '' } }),
    spec: { ...asObject(next['spec']), finalizers: asObject(before['spec'])['finalizers'] },
  }),
};
