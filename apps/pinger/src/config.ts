/** Command line → configuration, read once. Flags and defaults are Kube-OVN's where it has one for the same thing. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { LOG_LEVELS, type LogLevel } from '@kube-ovn/telemetry';

/** What the pinger is told. */
export interface Config {
  readonly kubeconfig: string | undefined;
  readonly nodeName: string;
  /** Of the pod: where the other pingers are. */
  readonly namespace: string;
  /** Of the pod, one of each family. */
  readonly podAddresses: readonly string[];
  readonly address: string;
  readonly port: number;
  /** Pause between rounds. */
  readonly intervalMs: number;
  /** Empty: none is asked for. */
  readonly internalNames: readonly string[];
  readonly externalNames: readonly string[];
  readonly externalAddresses: readonly string[];
  readonly logLevel: LogLevel;
}

/** A command line that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Shown by `--help`. */
export const HELP: string = `kube-ovn pinger: measures whether all nodes, the pingers on them, the API server, DNS and the outside are reached from its pod.

  --kubeconfig FILE            default: the pod's service account
  --interval SECONDS           pause between rounds, 1 to 3600 (default: 5)
  --internal-dns NAMES         names inside the cluster to ask DNS for, separated by commas (default: kubernetes.default)
  --external-dns NAMES         names outside (default: none)
  --external-address ADDRESSES addresses outside to ping (default: none)
  --metrics-address ADDRESS    where /metrics, /livez and /readyz are served (default: POD_IP, else 127.0.0.1)
  --port PORT                  port of these (default: 8080; 0 chooses one)
  --log-level LEVEL            ${LOG_LEVELS.join(', ')} (default: info); SIGUSR2 changes it to debug, trace and back

 Environment: NODE_NAME, POD_NAMESPACE (default: kube-system), POD_IP, POD_IPS (default: POD_IP). Needs ping of iputils, and the
 capability NET_RAW or ICMP sockets for its group (net.ipv4.ping_group_range).
`;

const options = {
  kubeconfig: { type: 'string' },
  interval: { type: 'string', default: '5' },
  'internal-dns': { type: 'string', default: 'kubernetes.default' },
  'external-dns': { type: 'string', default: '' },
  'external-address': { type: 'string', default: '' },
  'metrics-address': { type: 'string' },
  port: { type: 'string', default: '8080' },
  'log-level': { type: 'string', default: 'info' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Read the command line.
 * @returns 'help' when it asks for the help text
 * @throws {ConfigError} naming the flag, its value and what it takes
 */
export function parseConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config | 'help' {
  const values = parseFlags(args);
  if (values.help) return 'help';
  const podAddresses = list(env['POD_IPS'] ?? env['POD_IP'] ?? '');
  const address = values['metrics-address'] ?? env['POD_IP'] ?? '127.0.0.1';
  if (isIP(address) === 0) throw bad('metrics-address', address, 'an IP address');
  for (const each of list(values['external-address'])) if (isIP(each) === 0) throw bad('external-address', each, 'an IP address');
  return {
    kubeconfig: values.kubeconfig,
    nodeName: env['NODE_NAME'] ?? hostname(),
    namespace: env['POD_NAMESPACE'] ?? 'kube-system',
    podAddresses,
    address,
    port: whole('port', values.port, { min: 0, max: 65_535 }),
    intervalMs: whole('interval', values.interval, { min: 1, max: 3600 }) * 1000,
    internalNames: names('internal-dns', values['internal-dns']),
    externalNames: names('external-dns', values['external-dns']),
    externalAddresses: list(values['external-address']),
    logLevel: level(values['log-level']),
  };
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

function parseFlags(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}; --help lists all flags`);
  }
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function names(flag: string, text: string): readonly string[] {
  const found = list(text);
  for (const name of found) if (!/^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?$/.test(name)) throw bad(flag, name, 'a DNS name');
  return found;
}

function level(value: string): LogLevel {
  const found = LOG_LEVELS.find((word) => word === value);
  if (found === undefined) throw bad('log-level', value, `one of ${LOG_LEVELS.join(', ')}`);
  return found;
}

function whole(flag: string, value: string, bounds: { readonly min: number; readonly max: number }): number {
  const number = Number(value);
  if (!/^\d{1,5}$/.test(value) || number < bounds.min || number > bounds.max)
    throw bad(flag, value, `a whole number from ${bounds.min} to ${bounds.max}`);
  return number;
}

function bad(flag: string, value: string, takes: string): ConfigError {
  return new ConfigError(`--${flag} ${JSON.stringify(value.slice(0, 200))}: must be ${takes}`);
}
