import { CNI_TYPE, cniErrorCodes, cniPaths, type CniErrorBody, type CniRequest, type CniResponse } from '@kube-ovn/api';
import { decodeConfiguration, readConfiguration, versionOf, type Configuration } from './configuration.ts';
import type { DaemonAddress, DaemonAnswer } from './daemon-client.ts';
import { readEnvironment, type CniEnvironment } from './environment.ts';
import { CniError, errorBody } from './errors.ts';
import { formatResult } from './result.ts';
import { checkVersion, NEWEST_VERSION, SUPPORTED_VERSIONS } from './versions.ts';

/** Everything that the plugin touches of the world. */
export interface Edge {
  /** An environment variable. */
  readonly read: (name: string) => string | undefined;
  /** All of standard input; throws when it is larger than `maxBytes`. */
  readonly stdin: (maxBytes: number) => string;
  /** Standard output. */
  readonly print: (text: string) => void;
  readonly post: (address: DaemonAddress, path: string, body: string) => Promise<DaemonAnswer>;
}

/** A configuration with a cached result fits many times over. */
const MAX_STDIN_BYTES = 1 << 20;

/**
 * How long to wait for the daemon, in milliseconds. The daemon has its own, shorter deadline for every step and answers
 * "try again later" itself; this one is for a daemon that hangs. A kubelet gives a sandbox 4 minutes.
 */
const TIMEOUT_MS = 110_000;

/**
 * Serve one CNI call.
 * @returns the exit code: 0, or 1 with an error object on standard output
 * @source CNI specification 1.1.0, "Section 2: Execution Protocol", "Section 5: Result Types"
 */
export async function run(edge: Edge): Promise<number> {
  let version = NEWEST_VERSION;
  try {
    const environment = readEnvironment(edge.read);
    const json = decodeConfiguration(edge.stdin(MAX_STDIN_BYTES));
    if (environment.verb === 'VERSION') {
      edge.print(JSON.stringify({ cniVersion: NEWEST_VERSION, supportedVersions: SUPPORTED_VERSIONS }));
      return 0;
    }
    const asked = versionOf(json);
    checkVersion(asked, environment.verb);
    version = asked;
    const result = await serve(edge, environment, readConfiguration(json));
    if (result !== undefined) edge.print(JSON.stringify(result));
    return 0;
  } catch (error) {
    edge.print(JSON.stringify({ cniVersion: version, ...errorBody(error) }));
    return 1;
  }
}

async function serve(edge: Edge, environment: CniEnvironment, configuration: Configuration): Promise<object | undefined> {
  const { verb } = environment;
  if (verb === 'VERSION') return undefined;
  const request = toRequest(environment, configuration);
  const answer = await edge.post({ socket: configuration.socket, timeoutMs: TIMEOUT_MS }, cniPaths[verb], JSON.stringify(request));
  if (answer.status < 200 || answer.status > 299) throw refusal(answer);
  if (verb !== 'ADD') return undefined;
  return formatResult(parseResponse(answer.body), {
    cniVersion: configuration.cniVersion,
    netns: environment.netns,
    isDelegated: configuration.type !== CNI_TYPE,
    dns: configuration.dns,
  });
}

function toRequest(environment: CniEnvironment, configuration: Configuration): CniRequest {
  if (environment.verb === 'GC' && configuration.validAttachments === undefined) {
    throw new CniError(
      cniErrorCodes.invalidConfiguration,
      'GC needs the key "cni.dev/valid-attachments"',
      'without it every interface would be taken for garbage',
    );
  }
  if (environment.verb === 'CHECK' && configuration.prevResult === undefined) {
    throw new CniError(
      cniErrorCodes.invalidConfiguration,
      'CHECK needs the key "prevResult"',
      'the result of ADD, as the container runtime cached it',
    );
  }
  return {
    cni_type: configuration.type,
    network: configuration.name,
    pod_name: environment.podName,
    pod_namespace: environment.podNamespace,
    ...(environment.podUid === '' ? {} : { pod_uid: environment.podUid }),
    container_id: environment.containerId,
    net_ns: environment.netns,
    if_name: environment.ifName,
    provider: configuration.provider,
    ...(configuration.routes.length === 0 ? {} : { routes: configuration.routes }),
    ...(configuration.dns === undefined ? {} : { dns: configuration.dns }),
    ...configuration.device,
    ...(environment.verb === 'CHECK' ? { prev_result: configuration.prevResult } : {}),
    ...(configuration.validAttachments === undefined ? {} : { valid_attachments: configuration.validAttachments }),
  };
}

function refusal(answer: DaemonAnswer): CniError {
  const body = tryParse(answer.body);
  if (isErrorBody(body)) return new CniError(body.code, body.msg, body.details);
  return new CniError(cniErrorCodes.tryAgainLater, `the node daemon answered HTTP ${answer.status}`, answer.body.slice(0, 500));
}

function parseResponse(text: string): CniResponse {
  const body = tryParse(text);
  if (!isResponse(body))
    throw new CniError(cniErrorCodes.ioFailure, "the node daemon's answer to ADD has no addresses", text.slice(0, 500));
  return body;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isErrorBody(value: unknown): value is CniErrorBody {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'number' &&
    'msg' in value &&
    typeof value.msg === 'string'
  );
}

function isResponse(value: unknown): value is CniResponse {
  return typeof value === 'object' && value !== null && 'ips' in value && Array.isArray(value.ips);
}
