/** Flags and environment → Config, once, at start. Nothing else reads the command line or the environment. */
import { parseAddress, parseCidrBlock, type Prefix, prefixContains, prefixesOverlap } from '@kube-ovn/ipam';
import { LOG_LEVELS, type LogLevel } from '@kube-ovn/telemetry';
import { ControllerError } from '../errors.ts';
import type { FlagName } from './flags.ts';
import type { WebhookConfig } from './webhook.ts';

/** A Subnet that the controller creates when it does not exist. */
export interface SystemSubnet {
  readonly name: string;
  /** `v4`, `v6` or `v4,v6`, as given. */
  readonly cidr: string;
  /** Empty: the first address of each family. */
  readonly gateway: string;
  readonly excludeIps: readonly string[];
}

export interface Config {
  readonly kubeconfig: string | undefined;
  readonly northboundRemotes: readonly string[];
  /** Keys for `ssl:` remotes; present when there is one. */
  readonly databaseTls: { readonly privateKey: string; readonly certificate: string; readonly caCertificate: string } | undefined;
  /** The Secret that these are from, in the namespace of the Lease. */
  readonly tlsSecret: { readonly name: string; readonly isRenewed: boolean };
  /** Empty: nothing is known of where OVN has its ports. */
  readonly southboundRemotes: readonly string[];
  /** Name of the default Vpc. */
  readonly clusterRouter: string;
  readonly defaultSubnet: SystemSubnet;
  readonly joinSubnet: SystemSubnet;
  /** Name of the Subnet of the external network. */
  readonly externalSubnet: string;
  readonly externalGateway: {
    /** Namespace of its ConfigMap. */
    readonly namespace: string;
    /** Name of the ProviderNetwork. */
    readonly network: string;
    readonly vlanId: number;
    /** The annotations eip and snat of pods count. */
    readonly servesPods: boolean;
  };
  readonly serviceCidrs: readonly string[];
  readonly leaderElection: {
    readonly namespace: string;
    readonly identity: string;
    readonly leaseDurationMs: number;
    readonly renewDeadlineMs: number;
    readonly retryPeriodMs: number;
  };
  readonly http: { readonly host: string; readonly port: number };
  /** Ports and addresses belong to virtual machines, not to their pods. */
  readonly keepVmIp: boolean;
  /** Upper bound of IP objects being written at the same time. */
  readonly maxJournalWrites: number;
  /** 0 to 1. */
  readonly brakeShare: number;
  /** Print what would be written, and end. */
  readonly isDryRun: boolean;
  readonly logLevel: LogLevel;
  /** Undefined: there is none. */
  readonly webhook: WebhookConfig | undefined;
  /** Where the web page is; undefined: there is none. */
  readonly web: { readonly host: string; readonly port: number } | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What identifies this process when the environment does not. */
export interface ProcessIdentity {
  readonly hostname: string;
  readonly pid: number;
}

/** @throws {ControllerError} CONTROLLER_BAD_FLAG — a value that cannot be used, or system CIDRs that clash */
export function readConfig(values: Readonly<Record<FlagName, string>>, env: Environment, process: ProcessIdentity): Config {
  const northboundRemotes = remotes(values['ovn-nb-addr'], env);
  const southboundRemotes = southbound(values['ovn-sb-addr'], env);
  const config: Config = {
    kubeconfig: values.kubeconfig === '' ? undefined : values.kubeconfig,
    northboundRemotes,
    southboundRemotes,
    databaseTls: [...northboundRemotes, ...southboundRemotes].some((remote) => remote.startsWith('ssl:')) ? tlsFiles : undefined,
    tlsSecret: { name: nonEmpty('tls-secret', values['tls-secret']), isRenewed: boolean('tls-renew', values['tls-renew']) },
    clusterRouter: nonEmpty('cluster-router', values['cluster-router']),
    defaultSubnet: {
      name: nonEmpty('default-ls', values['default-ls']),
      cidr: values['default-cidr'],
      gateway: values['default-gateway'],
      excludeIps: list(values['default-exclude-ips']),
    },
    joinSubnet: {
      name: nonEmpty('node-switch', values['node-switch']),
      cidr: values['node-switch-cidr'],
      gateway: values['node-switch-gateway'],
      excludeIps: [],
    },
    externalSubnet: nonEmpty('external-gateway-switch', values['external-gateway-switch']),
    externalGateway: {
      namespace: nonEmpty('external-gateway-config-ns', values['external-gateway-config-ns']),
      network: nonEmpty('external-gateway-net', values['external-gateway-net']),
      vlanId: integer('external-gateway-vlanid', values['external-gateway-vlanid'], { min: 0, max: 4095 }),
      servesPods: boolean('enable-eip-snat', values['enable-eip-snat']),
    },
    serviceCidrs: list(values['service-cluster-ip-range']),
    leaderElection: {
      namespace: env['POD_NAMESPACE'] ?? 'kube-system',
      identity: env['POD_NAME'] ?? `${process.hostname}_${process.pid}`,
      leaseDurationMs: duration('leader-elect-lease-duration', values['leader-elect-lease-duration']),
      renewDeadlineMs: duration('leader-elect-renew-deadline', values['leader-elect-renew-deadline']),
      retryPeriodMs: duration('leader-elect-retry-period', values['leader-elect-retry-period']),
    },
    http: {
      host: values['metrics-address'] === '' ? (env['POD_IP'] ?? '127.0.0.1') : values['metrics-address'],
      port: integer('pprof-port', values['pprof-port'], { min: 0, max: 65_535 }),
    },
    keepVmIp: boolean('keep-vm-ip', values['keep-vm-ip']),
    maxJournalWrites: integer('max-journal-writes', values['max-journal-writes'], { min: 1, max: 1000 }),
    isDryRun: boolean('dry-run', values['dry-run']),
    brakeShare: share('safety-brake-share', values['safety-brake-share']),
    logLevel: oneOf('log-level', values['log-level'], LOG_LEVELS),
    webhook: webhook(values, env),
    web: web(values['web-address']),
  };
  checkElection(config);
  checkSystemCidrs(config);
  return config;
}

function webhook(values: Readonly<Record<FlagName, string>>, env: Environment): WebhookConfig | undefined {
  if (values['webhook-port'] === '') return undefined;
  const address = values['webhook-address'];
  const host = address === '' ? (env['POD_IP'] ?? '127.0.0.1') : address;
  const parsed = attempt('webhook-address', host, () => parseAddress(host));
  if (parsed.value === 0 || parsed.value === 0n)
    throw bad('webhook-address', host, 'is no address that the API server can be told; give one of this node');
  const service = /^([^/:]+)\/([^/:]+)(?::(\d+))?$/.exec(values['webhook-service']);
  if (values['webhook-service'] !== '' && service === null)
    throw bad('webhook-service', values['webhook-service'], 'must be namespace/name or namespace/name:port');
  const [, namespace = '', name = '', servicePort = '443'] = service ?? [];
  const lifetime = duration('webhook-certificate-lifetime', values['webhook-certificate-lifetime']);
  if (lifetime < 3000) throw bad('webhook-certificate-lifetime', values['webhook-certificate-lifetime'], 'must be 3s or more');
  const timeoutSeconds = duration('webhook-timeout', values['webhook-timeout']) / 1000;
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds > 30)
    throw bad('webhook-timeout', values['webhook-timeout'], 'must be whole seconds from 1s to 30s');
  return {
    host,
    port: integer('webhook-port', values['webhook-port'], { min: 0, max: 65_535 }),
    service: service === null ? undefined : { namespace, name, port: integer('webhook-service', servicePort, { min: 1, max: 65_535 }) },
    failurePolicy: oneOf('webhook-failure-policy', values['webhook-failure-policy'], ['Ignore', 'Fail']),
    timeoutSeconds,
    certificateLifetimeMs: lifetime,
  };
}

/** It asks nobody who he is, so it is for who is on this machine already, or is led there by the API server. */
function web(text: string): Config['web'] {
  if (text === '') return undefined;
  const [, host = '', six = '', port = ''] = /^(127(?:\.\d{1,3}){3}|\[(::1)\]):(\d+)$/.exec(text) ?? [];
  if (host === '')
    throw bad(
      'web-address',
      text,
      'must be a loopback address and a port, such as 127.0.0.1:10662 or [::1]:10662; use kubectl port-forward',
    );
  attempt('web-address', text, () => parseAddress(six === '' ? host : six));
  return { host: six === '' ? host : six, port: integer('web-address', port, { min: 0, max: 65_535 }) };
}

/** Where Kube-OVN's manifests mount the secret `kube-ovn-tls`. */
const tlsFiles = { privateKey: '/var/run/tls/key', certificate: '/var/run/tls/cert', caCertificate: '/var/run/tls/cacert' };

function remotes(given: string, env: Environment): readonly string[] {
  const addresses = list(given);
  if (addresses.length > 0) return addresses;
  const ips = list(env['OVN_DB_IPS'] ?? '');
  if (ips.length === 0)
    throw bad(
      'ovn-nb-addr',
      given,
      'is empty and OVN_DB_IPS is not set; say where OVN Northbound listens, for example unix:/var/run/ovn/ovnnb_db.sock',
    );
  return ofCentral(ips, 6641, env);
}

/** Not needed: without it status.activateGateway of Subnets stays empty. */
function southbound(given: string, env: Environment): readonly string[] {
  const addresses = list(given);
  return addresses.length > 0 ? addresses : ofCentral(list(env['OVN_DB_IPS'] ?? ''), 6642, env);
}

function ofCentral(ips: readonly string[], port: number, env: Environment): readonly string[] {
  const transport = env['ENABLE_SSL'] === 'true' ? 'ssl' : 'tcp';
  return ips.map((ip) => `${transport}:${ip.includes(':') ? `[${ip}]` : ip}:${port}`);
}

function checkElection({ leaderElection: election }: Config): void {
  if (election.retryPeriodMs < election.renewDeadlineMs && election.renewDeadlineMs < election.leaseDurationMs) return;
  throw bad(
    'leader-elect-renew-deadline',
    `${election.renewDeadlineMs}ms`,
    'must lie between the retry period and the lease duration, else two leaders could act at once',
  );
}

/** Join, default and service ranges must not overlap: a packet to one of them would be taken for another. */
function checkSystemCidrs(config: Config): void {
  const ranges: { readonly flag: FlagName; readonly prefix: Prefix }[] = [
    ...prefixes('default-cidr', config.defaultSubnet.cidr),
    ...prefixes('node-switch-cidr', config.joinSubnet.cidr),
    ...config.serviceCidrs.flatMap((cidr) => prefixes('service-cluster-ip-range', cidr)),
  ];
  for (const [index, a] of ranges.entries()) {
    const clash = ranges.slice(index + 1).find((b) => b.flag !== a.flag && prefixesOverlap(a.prefix, b.prefix));
    if (clash !== undefined) throw bad(a.flag, '', `overlaps --${clash.flag}; give each its own range`);
  }
  checkGateway('default-gateway', config.defaultSubnet);
  checkGateway('node-switch-gateway', config.joinSubnet);
}

function checkGateway(flag: FlagName, subnet: SystemSubnet): void {
  const block = parseCidrBlock(subnet.cidr);
  for (const text of list(subnet.gateway)) {
    const address = attempt(flag, text, () => parseAddress(text));
    const prefix = address.family === 4 ? block.v4 : block.v6;
    if (prefix === undefined || !prefixContains(prefix, address))
      throw bad(flag, text, `is not in ${subnet.cidr}; give an address of that range or leave it empty`);
  }
}

function prefixes(flag: FlagName, cidr: string): { readonly flag: FlagName; readonly prefix: Prefix }[] {
  const block = attempt(flag, cidr, () => parseCidrBlock(cidr));
  return [block.v4, block.v6].flatMap((prefix) => (prefix === undefined ? [] : [{ flag, prefix }]));
}

function attempt<T>(flag: FlagName, value: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw bad(flag, value, `cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function nonEmpty(flag: FlagName, value: string): string {
  if (value === '') throw bad(flag, value, 'must not be empty');
  return value;
}

function integer(flag: FlagName, value: string, bounds: { readonly min: number; readonly max: number }): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= bounds.min && number <= bounds.max) return number;
  throw bad(flag, value, `must be an integer from ${bounds.min} to ${bounds.max}`);
}

/** @source Go strconv.ParseBool, which reads Kube-OVN's flags */
function boolean(flag: FlagName, value: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw bad(flag, value, 'must be true or false');
}

function share(flag: FlagName, value: string): number {
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number <= 1) return number;
  throw bad(flag, value, 'must be a number from 0 to 1');
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function duration(flag: FlagName, value: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value);
  const unit = unitsMs[match?.[2] ?? ''];
  const milliseconds = unit === undefined ? 0 : Math.round(Number(match?.[1]) * unit);
  if (milliseconds > 0) return milliseconds;
  throw bad(flag, value, 'must be a positive duration such as 500ms, 30s or 2m');
}

function oneOf<T extends string>(flag: FlagName, value: string, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw bad(flag, value, `must be one of ${choices.join(', ')}`);
}

function bad(flag: FlagName, value: string, what: string): ControllerError {
  const shown = value === '' ? '' : ` "${value}"`;
  return new ControllerError('CONTROLLER_BAD_FLAG', `--${flag}${shown} ${what}`, { flag, value });
}
