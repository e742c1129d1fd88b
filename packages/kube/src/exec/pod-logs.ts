/** What a container has printed, as `kubectl logs` does. */
import { resources } from '@kube-ovn/api';
import { objectPath, withQuery } from '../client/paths.ts';
import { nodeTransport } from '../client/node-transport.ts';
import type { Transport } from '../client/transport.ts';
import { inClusterConnection, kubeconfigConnection } from '../config/kubeconfig.ts';
import { asKubeError, errorOfStatus, KubeError } from '../errors.ts';
import type { ContainerRef } from './pod-exec.ts';

export interface PodLogOptions {
  /** The last so many lines; all if left out. */
  readonly tailLines?: number;
  /** Go on with what is printed from now on. */
  readonly follow?: boolean;
  /** Of the run before this one. */
  readonly previous?: boolean;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** @throws {KubeError} KUBE_NOT_FOUND, KUBE_BAD_REQUEST when the container has not started, KUBE_CANCELLED, KUBE_UNAVAILABLE ... */
export type PodLogs = (where: ContainerRef, options?: PodLogOptions) => AsyncIterable<string>;

const TIMEOUT_MS = 30_000;
/** A container may be silent for a day. */
const SILENT_MS = 24 * 60 * 60 * 1000;

/** @param options.kubeconfig path of a kubeconfig file; without it, the pod's service account */
export function podLogs(options: { readonly kubeconfig?: string | undefined } = {}): PodLogs {
  const { kubeconfig } = options;
  return podLogsOver(nodeTransport(kubeconfig === undefined ? inClusterConnection(process.env) : kubeconfigConnection(kubeconfig)));
}

/** @source Kubernetes API: pods/log */
export function podLogsOver(transport: Transport): PodLogs {
  return async function* read({ namespace, pod, container }, { tailLines, follow, previous, signal } = {}) {
    const what = `log of container ${container} of pod ${namespace}/${pod}`;
    const path = withQuery(objectPath(resources.pod, `${namespace}/${pod}`, 'log'), { container, tailLines, follow, previous });
    try {
      const { status, chunks } = await transport.stream({
        method: 'GET',
        path,
        headers: { accept: '*/*' },
        timeoutMs: TIMEOUT_MS,
        idleMs: follow === true ? SILENT_MS : TIMEOUT_MS,
        ...(signal === undefined ? {} : { signal }),
      });
      if (status === 200) yield* chunks;
      else throw errorOfStatus(what, status, await whole(chunks));
    } catch (thrown) {
      throw signal?.aborted === true ? new KubeError('KUBE_CANCELLED', `${what}: cancelled`, { cause: thrown }) : asKubeError(what, thrown);
    }
  };
}

async function whole(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}
