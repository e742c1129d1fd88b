/**
 * What the CNI plugin and the node daemon say to each other over the daemon's unix socket.
 *
 * One HTTP POST per CNI call; the body is a `CniRequest`, the answer a `CniResponse` (ADD) or nothing, and a failure is a
 * `CniErrorBody` with the error codes of the CNI specification. Field names are Kube-OVN's.
 *
 * @source CNI specification 1.1.0, "Section 2: Execution Protocol"
 */

/** One path per verb that reaches the daemon. */
export const cniPaths = {
  ADD: '/api/v1/add',
  DEL: '/api/v1/del',
  CHECK: '/api/v1/check',
  GC: '/api/v1/gc',
  STATUS: '/api/v1/status',
} as const;

/** A CNI verb that reaches the daemon; VERSION is answered by the plugin alone. */
export type CniVerb = keyof typeof cniPaths;

/** Where the daemon listens unless told otherwise. */
export const DEFAULT_CNI_SOCKET = '/run/openvswitch/kube-ovn-daemon.sock';

/** `type` of our plugin in a network configuration, and of our address management in the configuration of another plugin. */
export const CNI_TYPE = 'kube-ovn';

/** Error codes of the CNI specification. @source CNI specification 1.1.0, "Error" */
export const cniErrorCodes = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  ioFailure: 5,
  undecodable: 6,
  invalidConfiguration: 7,
  tryAgainLater: 11,
  /** STATUS: the plugin cannot serve ADD. */
  unavailable: 50,
  /** STATUS: the plugin cannot serve ADD, and containers that have an interface may lose connectivity. */
  limitedConnectivity: 51,
  internal: 999,
} as const;

/** What the plugin prints on failure, without the version. */
export interface CniErrorBody {
  readonly code: number;
  readonly msg: string;
  readonly details?: string;
}

/** @source CNI specification 1.1.0, "Success", key `routes` */
export interface CniRoute {
  readonly dst: string;
  readonly gw?: string;
}

/** @source CNI specification 1.1.0, "DNS" */
export interface CniDns {
  readonly nameservers?: readonly string[];
  readonly domain?: string;
  readonly search?: readonly string[];
  readonly options?: readonly string[];
}

/** An attachment that the runtime still knows of. @source CNI specification 1.1.0, "GC", `cni.dev/valid-attachments` */
export interface CniAttachment {
  readonly container_id: string;
  readonly if_name: string;
}

/** One call of the plugin. */
export interface CniRequest {
  /** `type` of the network configuration: `kube-ovn` for an interface of ours, else addresses alone are wanted. */
  readonly cni_type: string;
  /** `name` of the network configuration. */
  readonly network: string;
  readonly pod_name: string;
  readonly pod_namespace: string;
  readonly pod_uid?: string;
  readonly container_id: string;
  /** Path of the network namespace; empty when the runtime has none any more (DEL). */
  readonly net_ns: string;
  readonly if_name: string;
  readonly provider: string;
  readonly routes?: readonly CniRoute[];
  readonly dns?: CniDns;
  readonly vf_driver?: string;
  readonly deviceID?: string;
  readonly vhost_user_socket_volume_name?: string;
  readonly vhost_user_socket_name?: string;
  readonly vhost_user_socket_consumption?: string;
  /** CHECK: the result of ADD, as the runtime cached it. */
  readonly prev_result?: unknown;
  /** GC: what is to stay. */
  readonly valid_attachments?: readonly CniAttachment[];
}

/** One address of the answer. */
export interface CniAddress {
  readonly protocol: 'IPv4' | 'IPv6';
  readonly ip: string;
  /** Prefix of the subnet: `10.16.0.0/16` */
  readonly cidr: string;
  /** Present on the interface that has the default route. */
  readonly gateway?: string;
}

/** Answer to ADD. */
export interface CniResponse {
  readonly ips: readonly CniAddress[];
  readonly mac_address?: string;
  readonly routes?: readonly CniRoute[];
  readonly mtu?: number;
  /** Name of the interface inside the pod. */
  readonly nicname?: string;
  /** Name of the node's end. */
  readonly host_nicname?: string;
  readonly dns?: CniDns;
}

/** A request that can be trusted in form, or the error to answer with. */
export type CniRequestReading = { readonly ok: true; readonly request: CniRequest } | { readonly ok: false; readonly error: CniErrorBody };

/** Largest request that is read, in bytes. A GC call names every attachment of the node. */
export const MAX_CNI_REQUEST_BYTES = 4 << 20;

const MAX_TEXT = 4096;
const textFields = ['cni_type', 'network', 'pod_name', 'pod_namespace', 'container_id', 'net_ns', 'if_name', 'provider'] as const;
const optionalTextFields = [
  'pod_uid',
  'vf_driver',
  'deviceID',
  'vhost_user_socket_volume_name',
  'vhost_user_socket_name',
  'vhost_user_socket_consumption',
] as const;

/**
 * Read a request as it came over the socket.
 *
 * Checks the form of every field that is read later; unknown fields are ignored, so that an older daemon serves a newer plugin.
 */
export function parseCniRequest(json: string): CniRequestReading {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return failed(cniErrorCodes.undecodable, 'the request is not JSON', String(error));
  }
  if (!isRecord(value)) return failed(cniErrorCodes.undecodable, 'the request must be a JSON object', typeof value);
  const fields = value;
  const bad = firstBadField(fields);
  if (bad !== undefined)
    return failed(cniErrorCodes.undecodable, `the request's field ${bad} is missing or has the wrong form`, describe(fields[bad]));
  const text = (name: string): string => {
    const field = fields[name];
    return typeof field === 'string' ? field : '';
  };
  return {
    ok: true,
    request: {
      cni_type: text('cni_type'),
      network: text('network'),
      pod_name: text('pod_name'),
      pod_namespace: text('pod_namespace'),
      container_id: text('container_id'),
      net_ns: text('net_ns'),
      if_name: text('if_name'),
      provider: text('provider'),
      ...Object.fromEntries(optionalTextFields.filter((name) => fields[name] !== undefined).map((name) => [name, text(name)])),
      ...(fields['routes'] === undefined ? {} : { routes: fields['routes'] as readonly CniRoute[] }),
      ...(fields['dns'] === undefined ? {} : { dns: fields['dns'] as CniDns }),
      ...(fields['prev_result'] === undefined ? {} : { prev_result: fields['prev_result'] }),
      ...(fields['valid_attachments'] === undefined ? {} : { valid_attachments: fields['valid_attachments'] as readonly CniAttachment[] }),
    },
  };
}

/** Name of the first field that is not as it must be. */
function firstBadField(fields: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of textFields) if (!isText(fields[name])) return name;
  for (const name of optionalTextFields) if (fields[name] !== undefined && !isText(fields[name])) return name;
  if (fields['routes'] !== undefined && !isListOf(fields['routes'], isCniRoute)) return 'routes';
  if (fields['dns'] !== undefined && !isCniDns(fields['dns'])) return 'dns';
  if (fields['valid_attachments'] !== undefined && !isListOf(fields['valid_attachments'], isAttachment)) return 'valid_attachments';
  return undefined;
}

/** Whether a value has the form of a route of the specification. */
export function isCniRoute(value: unknown): value is CniRoute {
  return isRecord(value) && isText(value['dst']) && (value['gw'] === undefined || isText(value['gw']));
}

/** Whether a value has the form of the specification's DNS settings. */
export function isCniDns(value: unknown): value is CniDns {
  if (!isRecord(value)) return false;
  const isTexts = (field: unknown): boolean => field === undefined || isListOf(field, isText);
  return (
    isTexts(value['nameservers']) &&
    isTexts(value['search']) &&
    isTexts(value['options']) &&
    (value['domain'] === undefined || isText(value['domain']))
  );
}

function isAttachment(value: unknown): boolean {
  return isRecord(value) && isText(value['container_id']) && isText(value['if_name']);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function failed(code: number, msg: string, details: string): CniRequestReading {
  return { ok: false, error: { code, msg, details: details.slice(0, MAX_TEXT) } };
}

function describe(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 200);
}
