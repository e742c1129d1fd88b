/**
 * Command line → configuration, read once. Flags and defaults are Kube-OVN's where it has one for the same thing.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { parseCommunity } from '@kube-ovn/api';
import { canonicalAddress } from '@kube-ovn/ipam';
import { LOG_LEVELS, type LogLevel } from '@kube-ovn/telemetry';
import { HELP, options, WITHOUT_EFFECT, type FlagName } from './flags.ts';
import { readSeconds } from './inputs/duration.ts';
import { isPassword, type PeerDefaults } from './inputs/peer.ts';

export { HELP };

/** What the speaker is told. */
export interface Config {
  readonly nodeName: string;
  readonly kubeconfig: string | undefined;
  /** Namespace of Secrets that BgpPeers name. */
  readonly namespace: string;
  readonly routerId: string | undefined;
  /** Next hops in place of what the session or the Node says. */
  readonly nodeIps: readonly string[];
  /** Peers that the command line names. */
  readonly neighbors: readonly string[];
  readonly neighborAs: number | undefined;
  /** For every peer, unless its BgpPeer says otherwise. */
  readonly defaults: PeerDefaults;
  /** How long a restarting speaker waits for its peers before it announces anew, in seconds. */
  readonly deferralSeconds: number;
  readonly announceClusterIp: boolean;
  readonly announceExternalIp: boolean;
  /** Folder of BIRD's files and control socket. */
  readonly runDir: string;
  readonly birdProgram: string;
  readonly metricsAddress: string;
  readonly metricsPort: number;
  readonly enableMetrics: boolean;
  readonly logLevel: LogLevel;
  /** Flags of Kube-OVN that were given and change nothing here. */
  readonly withoutEffect: readonly string[];
}

/** A command line that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Values = Readonly<Partial<Record<FlagName, string>>>;

/** @source RFC 4271 §4.2: a hold time has 16 bits and is no shorter than 3 s */
const HOLD_SECONDS = { min: 3, max: 65_535 };
/** @source RFC 4724 §3: the restart time has 12 bits */
const RESTART_SECONDS = { min: 1, max: 4_095 };
const MAX_DEFERRAL_SECONDS = 64_800;
const AS = { min: 1, max: 4_294_967_295 };

/**
 * Read the command line.
 * @returns 'help' when it asks for the help text
 * @throws {ConfigError} naming the flag, its value and what it takes
 */
export function parseConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config | 'help' {
  const { values, help } = parseFlags(args);
  if (help) return 'help';
  const neighbors = [...addresses(values, 'neighbor-address', 4), ...addresses(values, 'neighbor-ipv6-address', 6)];
  const localAs = optional(values, 'cluster-as', (text) => whole('cluster-as', text, AS));
  const neighborAs = optional(values, 'neighbor-as', (text) => whole('neighbor-as', text, AS));
  if (neighbors.length > 0 && (localAs === undefined || neighborAs === undefined))
    throw new ConfigError(
      `--${localAs === undefined ? 'cluster-as' : 'neighbor-as'}: must be given together with --neighbor-address or --neighbor-ipv6-address`,
    );
  for (const mode of ['nat-gw-mode', 'node-route-eip-mode'] as const)
    if (truth(values, mode)) throw bad(mode, 'true', 'false: addresses of NAT gateways are not announced by this speaker');
  return {
    nodeName: present('node-name', values['node-name'] ?? env['NODE_NAME'] ?? env['KUBE_NODE_NAME'] ?? hostname()).toLowerCase(),
    kubeconfig: values.kubeconfig,
    namespace: env['POD_NAMESPACE'] ?? 'kube-system',
    routerId: optional(values, 'router-id', (text) => address('router-id', text, 4)),
    nodeIps: (values['node-ips'] ?? '')
      .split(',')
      .filter(Boolean)
      .map((text) => address('node-ips', text)),
    neighbors,
    neighborAs,
    defaults: {
      localAs,
      password: password(values, env),
      holdSeconds: seconds(values, 'holdtime', HOLD_SECONDS),
      gracefulRestart: truth(values, 'graceful-restart'),
      restartSeconds: seconds(values, 'graceful-restart-time', RESTART_SECONDS),
      passive: truth(values, 'passivemode'),
      hops: whole('ebgp-multihop', values['ebgp-multihop'] ?? '', { min: 1, max: 255 }),
      bothFamilies: truth(values, 'extended-nexthop'),
      bfd: truth(values, 'enable-bfd'),
      bfdMinTxMs: whole('bfd-min-tx', values['bfd-min-tx'] ?? '', { min: 10, max: 60_000 }),
      bfdMinRxMs: whole('bfd-min-rx', values['bfd-min-rx'] ?? '', { min: 10, max: 60_000 }),
      bfdMultiplier: whole('bfd-detection-multiplier', values['bfd-detection-multiplier'] ?? '', { min: 2, max: 255 }),
      sources: [...addresses(values, 'allowed-source-addresses', 4), ...addresses(values, 'allowed-source-ipv6-addresses', 6)],
      communities: (values.communities ?? '').split(',').filter(Boolean).map(community),
    },
    deferralSeconds: seconds(values, 'graceful-restart-deferral-time', { min: 1, max: MAX_DEFERRAL_SECONDS }),
    announceClusterIp: truth(values, 'announce-cluster-ip'),
    announceExternalIp: truth(values, 'enable-lb-svc-announce'),
    runDir: path('run-dir', values['run-dir'] ?? ''),
    birdProgram: present('bird', values.bird ?? ''),
    metricsAddress: address('metrics-address', values['metrics-address'] ?? ''),
    metricsPort: whole('pprof-port', values['pprof-port'] ?? '', { min: 0, max: 65_535 }),
    enableMetrics: truth(values, 'enable-metrics'),
    logLevel: oneOf('log-level', values['log-level'] ?? '', LOG_LEVELS),
    withoutEffect: WITHOUT_EFFECT.filter((name) => values[name] !== undefined).map((name) => `--${name}`),
  };
}

/** A switch alone is true, as in Go. */
function parseFlags(args: readonly string[]): { readonly values: Values; readonly help: boolean } {
  const spelled = args.map((argument) => {
    const name = argument.replace(/^--/, '');
    const isSwitch = argument.startsWith('--') && Object.hasOwn(options, name) && 'isSwitch' in options[name as FlagName];
    return isSwitch ? `${argument}=true` : argument;
  });
  const known = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      { type: 'string' as const, ...('default' in option && { default: option.default }) },
    ]),
  );
  try {
    const { help, ...values } = parseArgs({
      args: spelled,
      options: { ...known, help: { type: 'boolean', short: 'h', default: false } },
      strict: true,
      allowPositionals: false,
    }).values;
    return { values: values as Values, help: help === true };
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}; --help lists all flags`);
  }
}

/** Never told to anybody: not in errors, not in the log. */
function password(values: Values, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = values['auth-password-file'];
  let found = values['auth-password'] ?? env['BGP_AUTH_PASSWORD'];
  if (file !== undefined) {
    try {
      found = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      throw new ConfigError(
        `--auth-password-file ${JSON.stringify(file)}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  if (found === undefined || found === '') return undefined;
  if (!isPassword(found))
    throw new ConfigError('--auth-password: must be 1 to 80 printable ASCII characters without " (the value is not shown)');
  return found;
}

function bad(flag: string, value: string, takes: string): ConfigError {
  return new ConfigError(`--${flag} ${JSON.stringify(value.slice(0, 200))}: must be ${takes}`);
}

function optional<T>(values: Values, flag: FlagName, read: (text: string) => T): T | undefined {
  const text = values[flag];
  return text === undefined || text === '' ? undefined : read(text);
}

function present(flag: string, value: string): string {
  if (value === '') throw bad(flag, value, 'a name');
  return value;
}

function oneOf<const T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw bad(flag, value, `one of ${allowed.join(', ')}`);
  return found;
}

function truth(values: Values, flag: FlagName): boolean {
  return oneOf(flag, values[flag] ?? 'false', ['true', 'false']) === 'true';
}

function address(flag: string, text: string, family?: 4 | 6): string {
  const value = text.trim();
  if (isIP(value) === 0 || (family !== undefined && isIP(value) !== family))
    throw bad(flag, value, `an ${family === undefined ? 'IP' : `IPv${family}`} address`);
  return canonicalAddress(value) ?? value;
}

function addresses(values: Values, flag: FlagName, family: 4 | 6): readonly string[] {
  return (values[flag] ?? '')
    .split(',')
    .filter(Boolean)
    .map((text) => address(flag, text, family));
}

function path(flag: string, value: string): string {
  if (!/^\/[\w./+-]{1,80}$/.test(value)) throw bad(flag, value, 'an absolute path of at most 81 letters, digits and ._/+-');
  return value;
}

function whole(flag: string, value: string, bounds: { readonly min: number; readonly max: number }): number {
  const number = Number(value);
  if (!/^\d{1,10}$/.test(value) || number < bounds.min || number > bounds.max)
    throw bad(flag, value, `a whole number from ${bounds.min} to ${bounds.max}`);
  return number;
}

function seconds(values: Values, flag: FlagName, bounds: { readonly min: number; readonly max: number }): number {
  const text = values[flag] ?? '';
  const found = readSeconds(text);
  if (found === undefined || found < bounds.min || found > bounds.max)
    throw bad(flag, text, `a time from ${bounds.min}s to ${bounds.max}s, such as 90s or 1m30s`);
  return found;
}

function community(text: string): string {
  const found = parseCommunity(text);
  if (found === undefined) throw bad('communities', text, 'a community such as 65000:100, 65000:1:2 or no-export');
  return found;
}
