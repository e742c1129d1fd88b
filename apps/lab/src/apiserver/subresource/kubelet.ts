/**
 * How the server reaches a node's kubelet: HTTP over the unix socket that the Node's annotation names.
 *
 * The paths are those of the kubelet's own server, so a kubelet is an ordinary one behind an unusual address:
 * `/containerLogs/NAMESPACE/POD/CONTAINER?...` and `/exec/NAMESPACE/POD/CONTAINER?command=...`.
 *
 * @source k8s.io/kubernetes/pkg/kubelet/server
 */
import type { Api, Target } from '../api.ts';
import { targetKey } from '../api.ts';
import { asArray, asString, at, asText } from '../json.ts';
import { badRequest, internal, notFound } from '../status.ts';

/** Annotation of a Node: absolute path of its kubelet's unix socket. */
const kubeletSocketAnnotation = 'lab.kube-ovn.io/kubelet-socket';

/** Where a container runs. */
export interface ContainerPlace {
  readonly socketPath: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/**
 * Find the kubelet of a pod and the container that is meant.
 *
 * @param asked the container's name; may be left out when the pod has one, or names its default by annotation
 * @throws {StatusError} 400, 404, 500
 */
export function containerPlace(api: Api, target: Target, asked: string | undefined): ContainerPlace {
  const pod = api.store.get(target.resource.storage, targetKey(target))?.object;
  const name = target.name ?? '';
  if (pod === undefined) throw notFound(target.resource, name);
  const node = asString(at(pod, 'spec', 'nodeName')) ?? '';
  if (node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  const socketPath = api.store.get('nodes', node)?.object.metadata.annotations?.[kubeletSocketAnnotation];
  if (socketPath === undefined)
    throw internal(`node "${node}" doesn't say where its kubelet listens (annotation ${kubeletSocketAnnotation})`);
  const names = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) =>
    asArray(at(pod, 'spec', list)).map((container) => asText(at(container, 'name'))),
  );
  const regular = asArray(at(pod, 'spec', 'containers')).map((container) => asText(at(container, 'name')));
  const chosen =
    asked ?? pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'] ?? (regular.length === 1 ? regular[0] : undefined);
  if (chosen === undefined) throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`);
  if (!names.includes(chosen)) throw badRequest(`container ${chosen} is not valid for pod ${name}`);
  return { socketPath, namespace: target.namespace ?? '', pod: name, container: chosen };
}

/** A path on the kubelet's server. */
export function kubeletPath(
  action: 'containerLogs' | 'exec' | 'attach',
  { namespace, pod, container }: ContainerPlace,
  query: URLSearchParams,
): string {
  const passed = new URLSearchParams([...query].filter(([key]) => key !== 'container'));
  const text = passed.toString();
  return `/${action}/${[namespace, pod, container].map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}
