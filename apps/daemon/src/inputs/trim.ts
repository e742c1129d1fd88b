/**
 * What is kept of a pod: its identity and annotations. The rest is most of its size, and nothing here reads it.
 */
import type { Pod } from '@kube-ovn/api';

/** The pod without what the node does not read. */
export function trimPod(pod: Pod): Pod {
  const { name, namespace, uid, resourceVersion, annotations } = pod.metadata;
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}
