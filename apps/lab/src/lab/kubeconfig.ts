/** Kubeconfigs of a lab: pure text to text. */
import { parse, stringify } from 'yaml';
import { LabError } from '../errors.ts';

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string; readonly user: string } }[];
  readonly clusters?: readonly {
    readonly name: string;
    readonly cluster: Readonly<Record<string, unknown>> & { readonly server?: string };
  }[];
  readonly users?: readonly { readonly name: string }[];
}

/** Host and port of the API server that the current context names. @throws {LabError} LAB_USAGE naming what is missing */
export function serverOf(text: string, file: string): { readonly host: string; readonly port: number; readonly url: string } {
  const { cluster } = currentCluster(text, file);
  const { server = '' } = cluster.cluster;
  if (!URL.canParse(server))
    throw new LabError('LAB_USAGE', `kubeconfig ${file}: cluster ${cluster.name}: server ${JSON.stringify(server)}: want an https URL`);
  const url = new URL(server);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (url.protocol === 'http:' ? 80 : 443)), url: server };
}

/**
 * The same kubeconfig for programs on the nodes, which reach the API server by the relay.
 *
 * @param server URL of the relay
 * @param tlsName name that the server's certificate is checked against; undefined when it names the relay too
 */
export function kubeconfigForNodes(text: string, server: string, tlsName?: string): string {
  const config = parse(text) as Kubeconfig;
  const { cluster } = currentCluster(text, 'kubeconfig');
  const clusters = (config.clusters ?? []).map((entry) =>
    entry.name === cluster.name
      ? { ...entry, cluster: { ...entry.cluster, server, ...(tlsName !== undefined && { 'tls-server-name': tlsName }) } }
      : entry,
  );
  return stringify({ ...config, clusters });
}

function currentCluster(text: string, file: string): { readonly cluster: NonNullable<Kubeconfig['clusters']>[number] } {
  let config: Kubeconfig | null;
  try {
    config = parse(text) as Kubeconfig | null;
  } catch (cause) {
    throw new LabError('LAB_USAGE', `kubeconfig ${file}: not YAML`, { cause });
  }
  const context = config?.contexts?.find(({ name }) => name === config['current-context']);
  const cluster = config?.clusters?.find(({ name }) => name === context?.context.cluster);
  if (cluster === undefined)
    throw new LabError('LAB_USAGE', `kubeconfig ${file}: current-context ${JSON.stringify(config?.['current-context'])} names no cluster`);
  return { cluster };
}
