/** The client of a process: kubeconfig file or service account, over Node's sockets. */
import { inClusterConnection, kubeconfigConnection } from '../config/kubeconfig.ts';
import { type ClientOptions, clientOver, type KubeClient } from './client.ts';
import { nodeTransport } from './node-transport.ts';

/** Where to connect to. */
export interface KubeClientOptions extends ClientOptions {
  /** Path of a kubeconfig file; without it, the pod's service account. */
  readonly kubeconfig?: string;
}

/**
 * A client of the cluster that a kubeconfig names, or of the one that this pod runs in. Connects when first used.
 *
 * @throws {KubeError} KUBE_BAD_CONFIG
 */
export function kubeClient(options: KubeClientOptions = {}): KubeClient {
  const connection = options.kubeconfig === undefined ? inClusterConnection(process.env) : kubeconfigConnection(options.kubeconfig);
  return clientOver(nodeTransport(connection), options);
}
