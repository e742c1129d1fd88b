/**
 * What is kept of objects: what the node reads. The rest is most of their size.
 */
import {
  type Container,
  type EndpointSlice,
  type KubeObject,
  type Namespace,
  type Node,
  type Pod,
  type Service,
  serviceAnnotations,
} from '@kube-ovn/api';

/** A node that this one is not: where it is. */
export function trimOtherNode({ metadata, status }: Node): Node {
  return { metadata: identity({ metadata }), ...(status?.addresses === undefined ? {} : { status: { addresses: status.addresses } }) };
}

/** The pod's identity, annotations and labels; of one with ports of the node also what leads to it. */
export function trimPod(pod: Pod): Pod {
  const metadata = { ...identity(pod), ...described(pod) };
  const { hostNetwork, containers = [], initContainers = [] } = pod.spec ?? {};
  // Of containers for the start, those that stay have ports.
  const open = [...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'), ...containers].flatMap(hostPorts);
  if (open.length === 0 || hostNetwork === true) return { metadata };
  const { phase, podIPs } = pod.status ?? {};
  return {
    metadata,
    spec: { containers: open },
    status: { ...(phase === undefined ? {} : { phase }), ...(podIPs === undefined ? {} : { podIPs }) },
  };
}

function hostPorts({ name, ports = [] }: Container): readonly Container[] {
  const open = ports.filter(({ hostPort = 0 }) => hostPort !== 0);
  return open.length === 0 ? [] : [{ name, ports: open }];
}

/** The namespace's annotations, which are defaults of its pods, and labels. */
export function trimNamespace(namespace: Namespace): Namespace {
  return { metadata: { ...identity(namespace), ...described(namespace) } };
}

/** The service without what others have noted on it, but for the Vpc that it is in. */
export function trimService({ metadata, spec, status }: Service): Service {
  const { key } = serviceAnnotations.vpc;
  const vpc = metadata.annotations?.[key];
  return {
    metadata: { ...identity({ metadata }), ...(vpc === undefined ? {} : { annotations: { [key]: vpc } }) },
    ...(spec === undefined ? {} : { spec }),
    ...(status?.loadBalancer === undefined ? {} : { status: { loadBalancer: status.loadBalancer } }),
  };
}

/** The slice; its labels say which service it is of. */
export function trimSlice({ metadata, addressType, endpoints = [], ports }: EndpointSlice): EndpointSlice {
  const { labels } = metadata;
  return {
    metadata: { ...identity({ metadata }), ...(labels === undefined ? {} : { labels }) },
    ...(addressType === undefined ? {} : { addressType }),
    endpoints: endpoints.map(({ addresses, conditions, nodeName, hints }) => ({
      addresses,
      ...(conditions === undefined ? {} : { conditions }),
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(hints === undefined ? {} : { hints }),
    })),
    ...(ports === undefined ? {} : { ports }),
  };
}

function described({
  metadata: { annotations, labels },
}: Pick<KubeObject, 'metadata'>): Pick<KubeObject['metadata'], 'annotations' | 'labels'> {
  return { ...(annotations === undefined ? {} : { annotations }), ...(labels === undefined ? {} : { labels }) };
}

function identity({ metadata: { name, namespace, uid, resourceVersion } }: Pick<KubeObject, 'metadata'>): KubeObject['metadata'] {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
