import {
  CNI_TYPE,
  cniErrorCodes,
  DEFAULT_CNI_SOCKET,
  isCniDns,
  isCniRoute,
  type CniAttachment,
  type CniDns,
  type CniRoute,
} from '@kube-ovn/api';
import { CniError } from './errors.ts';

/** The network configuration from standard input, as far as it concerns us. */
export interface Configuration {
  readonly cniVersion: string;
  readonly name: string;
  /** `kube-ovn` for an interface of ours; anything else means that we give addresses to that plugin. */
  readonly type: string;
  readonly socket: string;
  readonly provider: string;
  readonly routes: readonly CniRoute[];
  readonly dns: CniDns | undefined;
  /** Options for SR-IOV and vhost-user interfaces, passed on as they are. */
  readonly device: Readonly<Record<string, string>>;
  readonly prevResult: unknown;
  /** GC alone; undefined when the key is missing. */
  readonly validAttachments: readonly CniAttachment[] | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const DEFAULT_PROVIDER = 'ovn';
/** A unix socket's path has at most 107 bytes. @source unix(7) */
const MAX_SOCKET_PATH = 107;
const deviceFields = [
  'vf_driver',
  'deviceID',
  'vhost_user_socket_volume_name',
  'vhost_user_socket_name',
  'vhost_user_socket_consumption',
] as const;

/**
 * The JSON object on standard input.
 * @throws {CniError} 6, undecodable
 */
export function decodeConfiguration(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CniError(
      cniErrorCodes.undecodable,
      'the network configuration on standard input is not JSON',
      error instanceof Error ? error.message : String(error),
    );
  }
  if (!isObject(value)) throw new CniError(cniErrorCodes.undecodable, 'the network configuration on standard input is not a JSON object');
  return value;
}

/** `cniVersion` of a configuration; one without it means 0.1.0. @source CNI specification 0.2.0, "Network Configuration" */
export function versionOf(json: Json): string {
  const version = json['cniVersion'] ?? '0.1.0';
  if (typeof version !== 'string') throw invalid('cniVersion', version, 'must be a text such as "1.0.0"');
  return version;
}

/**
 * Read the configuration of this call.
 *
 * When another plugin delegates its address management to us, socket, provider and routes stand under `ipam`.
 * @throws {CniError} 7, naming the field
 */
export function readConfiguration(json: Json): Configuration {
  const type = text(json, 'type');
  const isOurs = type === CNI_TYPE;
  const ipam = json['ipam'];
  if (!isOurs && !(isObject(ipam) && ipam['type'] === CNI_TYPE)) {
    throw invalid('type', type, `must be "${CNI_TYPE}", or "ipam.type" must be "${CNI_TYPE}" to give addresses to another plugin`);
  }
  const own = isOurs || !isObject(ipam) ? json : ipam;
  const dns = json['dns'];
  if (dns !== undefined && !isCniDns(dns))
    throw invalid('dns', dns, 'must hold nameservers, search and options as lists of texts, and domain as a text');
  return {
    cniVersion: versionOf(json),
    name: text(json, 'name'),
    type,
    socket: socketPath(text(own, 'server_socket', DEFAULT_CNI_SOCKET)),
    provider: text(own, 'provider', DEFAULT_PROVIDER),
    routes: routes(own['routes'] ?? []),
    dns,
    device: Object.fromEntries(deviceFields.filter((name) => json[name] !== undefined).map((name) => [name, text(json, name)])),
    prevResult: json['prevResult'],
    validAttachments: attachments(json['cni.dev/valid-attachments'] ?? json['cni.dev/attachments']),
  };
}

function routes(value: unknown): readonly CniRoute[] {
  if (!Array.isArray(value) || !value.every(isCniRoute))
    throw invalid('routes', value, 'must be a list of {"dst": "10.0.0.0/8", "gw": "10.16.0.1"}');
  return value.map(({ dst, gw }) => (gw === undefined ? { dst } : { dst, gw }));
}

/** @source CNI specification 1.1.0, "GC" */
function attachments(value: unknown): readonly CniAttachment[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalid('cni.dev/valid-attachments', value, 'must be a list');
  return value.map((item: unknown) => {
    if (!isObject(item)) throw invalid('cni.dev/valid-attachments', item, 'must hold {"containerID": "...", "ifname": "..."}');
    return { container_id: text(item, 'containerID'), if_name: text(item, 'ifname') };
  });
}

function socketPath(path: string): string {
  if (!path.startsWith('/') || Buffer.byteLength(path) > MAX_SOCKET_PATH)
    throw invalid('server_socket', path, `must be an absolute path of at most ${MAX_SOCKET_PATH} bytes`);
  return path;
}

function text(json: Json, field: string, fallback?: string): string {
  const value = json[field] ?? fallback;
  if (typeof value !== 'string') throw invalid(field, value, 'must be a text');
  return value === '' && fallback !== undefined ? fallback : value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(field: string, value: unknown, hint: string): CniError {
  const shown = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 200);
  return new CniError(cniErrorCodes.invalidConfiguration, `the network configuration's field "${field}" ${hint}`, `found: ${shown}`);
}
