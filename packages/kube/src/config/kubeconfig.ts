/**
 * From a kubeconfig file, or from within a pod, to a connection.
 *
 * Of @kubernetes/client-node only the parts are loaded that the file needs: its entry point, and `config.js` with it, take
 * 0.25 s and 88 MB for API classes that we never call; these parts take 10 ms (docs/adr/0003).
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Cluster, newClusters, newContexts, newUsers, type User } from '@kubernetes/client-node/dist/config_types.js';
import { load } from 'js-yaml';
import { KubeError } from '../errors.ts';
import type { Connection, Credentials } from './connection.ts';
import { execCredentials, fullCredentials, ownCredentials } from './credentials.ts';

/** What of a kubeconfig file is used. */
interface Config {
  readonly cluster: Cluster;
  readonly user: User | undefined;
}

/**
 * The connection that a kubeconfig file's current context describes.
 *
 * @throws {KubeError} KUBE_BAD_CONFIG naming the file and what is wrong with it
 * @source kubernetes.io, "kubeconfig (v1)"
 */
export function kubeconfigConnection(file: string): Connection {
  const { cluster, user } = readKubeconfig(file);
  const server = parseServer(file, cluster);
  const folder = dirname(resolve(file));
  if (cluster.proxyUrl !== undefined) return { server, credentials: fullCredentials(file) };
  if (user?.exec !== undefined && user.exec !== null) return { server, credentials: execCredentials(cluster, user, folder) };
  if (user?.authProvider !== undefined && user.authProvider !== null) return { server, credentials: fullCredentials(file) };
  return { server, credentials: ownCredentials(cluster, user, folder) };
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The connection of a pod, by its service account.
 *
 * @throws {KubeError} KUBE_BAD_CONFIG when this is not a pod
 * @source kubernetes.io, "Accessing the Kubernetes API from a Pod"
 */
export function inClusterConnection(environment: Readonly<Record<string, string | undefined>>): Connection {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === undefined) {
    throw new KubeError(
      'KUBE_BAD_CONFIG',
      'no kubeconfig is given and KUBERNETES_SERVICE_HOST is not set: this is not a pod; give --kubeconfig',
    );
  }
  const server = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
  const cluster: Cluster = { name: 'in-cluster', server: server.href, skipTLSVerify: false, caFile: `${SERVICE_ACCOUNT}/ca.crt` };
  const read = ownCredentials(cluster, undefined, '/');
  const withToken = async (): Promise<Credentials> => {
    const { tls } = await read();
    return { tls, headers: { authorization: `Bearer ${readFileSync(`${SERVICE_ACCOUNT}/token`, 'utf8').trim()}` } };
  };
  return { server, credentials: withToken };
}

function readKubeconfig(file: string): Config {
  try {
    const raw = load(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>> | null | undefined;
    const current = raw?.['current-context'];
    const context = newContexts(raw?.['contexts']).find(({ name }) => name === current);
    if (context === undefined) throw new Error(`current-context ${JSON.stringify(current)} is not among its contexts`);
    const cluster = newClusters(raw?.['clusters']).find(({ name }) => name === context.cluster);
    if (cluster === undefined)
      throw new Error(`context ${context.name} names cluster ${JSON.stringify(context.cluster)}, which is not there`);
    const user = newUsers(absoluteTokenFiles(raw?.['users'], file)).find(({ name }) => name === context.user);
    if (context.user !== undefined && user === undefined)
      throw new Error(`context ${context.name} names user ${JSON.stringify(context.user)}, which is not there`);
    return { cluster, user };
  } catch (cause) {
    throw new KubeError('KUBE_BAD_CONFIG', `kubeconfig ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Relative paths in a kubeconfig count from the folder it is in. */
function absoluteTokenFiles(users: unknown, file: string): unknown {
  if (!Array.isArray(users)) return users;
  return users.map((entry: { readonly user?: Readonly<Record<string, unknown>> | null }) => {
    const tokenFile = entry.user?.['token-file'] ?? entry.user?.['tokenFile'];
    return typeof tokenFile === 'string' ? { ...entry, user: { ...entry.user, 'token-file': resolve(dirname(file), tokenFile) } } : entry;
  });
}

function parseServer(file: string, cluster: Cluster): URL {
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (server?.protocol === 'https:' || server?.protocol === 'http:') return server;
  throw new KubeError(
    'KUBE_BAD_CONFIG',
    `kubeconfig ${file}: cluster ${cluster.name}: server ${JSON.stringify(cluster.server)} is not an https or http URL`,
  );
}
