/** Run a program in a container, as `kubectl exec` does. */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Exec, KubeConfig } from '@kubernetes/client-node';
import { KubeError } from '../errors.ts';

export interface ContainerRef {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface ExecStreams {
  readonly stdin?: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Closes the connection; the program then gets the end of its input, and may go on. */
  readonly signal?: AbortSignal;
}

/**
 * @returns exit code; 130 when the signal came first
 * @throws {KubeError} KUBE_UNAVAILABLE when the connection fails, or ends before the program does
 */
export type PodExec = (where: ContainerRef, argv: readonly string[], streams: ExecStreams) => Promise<number>;

/**
 * By the client library, which is loaded when a program is run first.
 *
 * @param options.kubeconfig path of a kubeconfig file; without it, the pod's service account
 * @source Kubernetes API: pods/exec over WebSocket, protocol v4.channel.k8s.io; the last message is a Status with the exit code
 */
export function podExec(options: { readonly kubeconfig?: string | undefined } = {}): PodExec {
  let loaded: Promise<KubeConfig> | undefined;
  return async (where, argv, streams) => {
    const library = await import('@kubernetes/client-node');
    const config = await (loaded ??= loadConfig(options.kubeconfig));
    return run(new library.Exec(config), where, argv, streams);
  };
}

async function run(exec: Exec, where: ContainerRef, argv: readonly string[], streams: ExecStreams): Promise<number> {
  const { namespace, pod, container } = where;
  const what = `${argv[0] ?? ''} in container ${container} of pod ${namespace}/${pod}`;
  const { stdin = null, stdout, stderr, signal } = streams;
  let code: number | undefined;
  try {
    const socket = await exec.exec(
      namespace,
      pod,
      container,
      [...argv],
      stdout,
      stderr,
      stdin,
      false,
      (status) => (code = exitCode(status)),
    );
    signal?.addEventListener('abort', () => socket.close(), { once: true });
    if (socket.readyState < socket.CLOSING) await once(socket as unknown as EventTarget, 'close');
  } catch (error) {
    throw new KubeError('KUBE_UNAVAILABLE', `${what}: ${error instanceof Error ? error.message : 'the connection failed'}`, {
      cause: error,
    });
  }
  if (code !== undefined) return code;
  if (signal?.aborted === true) return 130;
  throw new KubeError('KUBE_UNAVAILABLE', `${what}: the connection ended before the program did`);
}

async function loadConfig(kubeconfig: string | undefined): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  return config;
}

interface Status {
  readonly status?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** @source Kubernetes remotecommand: cause "ExitCode" of a failed Status */
function exitCode({ status, details }: Status): number {
  if (status === 'Success') return 0;
  const cause = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return cause === undefined ? 1 : Number(cause);
}
