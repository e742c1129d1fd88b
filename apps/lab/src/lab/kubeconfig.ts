/** Kubeconfigs of a lab: pure text to text. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { LabError } from '../errors.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string; readonly user: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: Fields }[];
  readonly users?: readonly { readonly name: string; readonly user?: Fields }[];
}

export interface ApiServerAddress {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** Where the API server is that the current context names. @throws {LabError} LAB_USAGE naming what is missing */
export function serverOf(text: string, file: string): ApiServerAddress {
  const { name, cluster } = currentCluster(text, file);
  const { server } = cluster;
  if (typeof server !== 'string' || !URL.canParse(server)) {
    throw new LabError('LAB_USAGE', `kubeconfig ${file}: cluster ${name}: server ${JSON.stringify(server)}: want an https URL`);
  }
  const url = new URL(server);
  const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, url: server };
}

export interface RelayedServer {
  /** URL of the relay */
  readonly server: string;
  /** name that the server's certificate is checked against; absent when it names the relay too */
  readonly tlsName?: string;
  /** folder of the original, from which its relative paths count */
  readonly folder: string;
}

/** The same kubeconfig for programs on the nodes, which reach the API server by the relay. */
export function kubeconfigForNodes(text: string, relayed: RelayedServer): string {
  const config = parse(text) as Kubeconfig;
  const current = currentCluster(text, 'kubeconfig').name;
  const { server, tlsName, folder } = relayed;
  const clusters = (config.clusters ?? []).map((entry) => {
    const own = entry.name === current ? { server, ...(tlsName !== undefined && { 'tls-server-name': tlsName }) } : {};
    return { ...entry, cluster: { ...absolutePaths(entry.cluster, folder), ...own } };
  });
  const users = (config.users ?? []).map((entry) => ({ ...entry, user: absolutePaths(entry.user ?? {}, folder) }));
  return stringify({ ...config, clusters, users });
}

/**
 * A name that the certificate of an API server bears when the server is reached by another address than its own.
 * An address can't be asked for (RFC 6066 section 3), but every API server is `kubernetes.default.svc` to its pods.
 */
export function certificateName(host: string): string {
  return isIP(host) === 0 ? host : 'kubernetes.default.svc';
}

const PATHS: ReadonlySet<string> = new Set(['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']);

function absolutePaths(fields: Fields, folder: string): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, PATHS.has(key) && typeof value === 'string' ? resolve(folder, value) : value]),
  );
}

function currentCluster(text: string, file: string): { readonly name: string; readonly cluster: Fields } {
  let config: Kubeconfig | null;
  try {
    config = parse(text) as Kubeconfig | null;
  } catch (cause) {
    throw new LabError('LAB_USAGE', `kubeconfig ${file}: not YAML`, { cause });
  }
  const context = config?.contexts?.find(({ name }) => name === config['current-context']);
  const cluster = config?.clusters?.find(({ name }) => name === context?.context.cluster);
  if (cluster === undefined) {
    throw new LabError('LAB_USAGE', `kubeconfig ${file}: current-context ${JSON.stringify(config?.['current-context'])} names no cluster`);
  }
  return cluster;
}
