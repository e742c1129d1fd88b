/** The ways a kubeconfig knows to prove who we are. */
import { readFile } from 'node:fs/promises';
import type { Agent, RequestOptions } from 'node:https';
import { resolve } from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import type { Connection, Credentials } from './connection.ts';

type Read = Connection['credentials'];

/** Files are read again after this time, since certificates are renewed in place. */
const REREAD_MS = 60_000;

/** Certificates, a token, or name and password, as they stand in the file or in files that it names. */
export function ownCredentials(cluster: Cluster, user: User | undefined, folder: string): Read {
  let last: { readonly atMs: number; readonly credentials: Promise<Credentials> } | undefined;
  return () => {
    const nowMs = performance.now();
    if (last === undefined || nowMs - last.atMs > REREAD_MS) {
      const credentials = readCredentials(cluster, user, folder);
      last = { atMs: nowMs, credentials };
      credentials.catch(() => (last = undefined));
    }
    return last.credentials;
  };
}

async function readCredentials(cluster: Cluster, user: User | undefined, folder: string): Promise<Credentials> {
  const [ca, cert, key] = await Promise.all([
    contentOf(cluster.caFile, cluster.caData, folder),
    contentOf(user?.certFile, user?.certData, folder),
    contentOf(user?.keyFile, user?.keyData, folder),
  ]);
  return {
    headers: { ...authorization(user), ...(isText(user?.impersonateUser) ? { 'impersonate-user': user.impersonateUser } : {}) },
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(isText(cluster.tlsServerName) ? { servername: cluster.tlsServerName } : {}),
      ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
    },
  };
}

/** The file's fields may be null. */
function isText(value: string | null | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

async function contentOf(file: string | null | undefined, data: string | null | undefined, folder: string): Promise<Buffer | undefined> {
  if (isText(data)) return Buffer.from(data, 'base64');
  return isText(file) ? readFile(resolve(folder, file)) : undefined;
}

function authorization(user: User | undefined): Readonly<Record<string, string>> {
  if (isText(user?.token)) return { authorization: `Bearer ${user.token.trim()}` };
  if (!isText(user?.username)) return {};
  return { authorization: `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}` };
}

/** A program that prints a token or a certificate. @source client.authentication.k8s.io ExecCredential */
export function execCredentials(cluster: Cluster, user: User, folder: string): Read {
  const rest = ownCredentials(cluster, user, folder);
  const exec = import('@kubernetes/client-node/dist/exec_auth.js').then(({ ExecAuth }) => new ExecAuth());
  exec.catch(() => {});
  return async () => {
    const own = await rest();
    const options: RequestOptions = { headers: {} };
    await (await exec).applyAuthentication(user, options);
    return { headers: { ...own.headers, ...headersOf(options) }, tls: { ...own.tls, ...clientCertificate(options) } };
  };
}

/** Everything else (OpenID Connect, cloud providers, proxies) through the client library itself, which is loaded for that. */
export function fullCredentials(file: string): Read {
  const config = import('@kubernetes/client-node').then(({ KubeConfig }) => {
    const loaded = new KubeConfig();
    loaded.loadFromFile(file);
    return loaded;
  });
  config.catch(() => {});
  return async () => {
    const options: RequestOptions = {};
    await (await config).applyToHTTPSOptions(options);
    const { ca, servername, rejectUnauthorized } = options;
    return {
      headers: headersOf(options),
      tls: {
        ...clientCertificate(options),
        ...(ca === undefined ? {} : { ca: ca as Buffer }),
        ...(servername === undefined ? {} : { servername }),
        ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      },
      agent: options.agent as Agent,
    };
  };
}

function headersOf(options: RequestOptions): Readonly<Record<string, string>> {
  const headers = Object.entries(options.headers ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const basic = typeof options.auth === 'string' ? { authorization: `Basic ${Buffer.from(options.auth).toString('base64')}` } : {};
  return { ...Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])), ...basic };
}

function clientCertificate(options: RequestOptions): Pick<Credentials['tls'], 'cert' | 'key'> {
  return {
    ...(options.cert === undefined ? {} : { cert: options.cert as Buffer }),
    ...(options.key === undefined ? {} : { key: options.key as Buffer }),
  };
}
