/** The command line of `ko`. */
import { parseArgs } from 'node:util';

/** `ko check` with its settings. */
export interface CheckOptions {
  readonly kubeconfig: string | undefined;
  readonly northbound: readonly string[];
  /** Remote of conf.db by node. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly output: 'text' | 'json';
  /** How long to look again before a difference counts, in milliseconds. */
  readonly waitMs: number;
}

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const help = `ko: finds what is wrong in the network, where, and the way out

usage: ko check --ovn-nb-addr REMOTE[,REMOTE] [options]
  Compares Kubernetes, the IP objects, OVN and the nodes, and names every inconsistency with its way out.

  --kubeconfig FILE        default: $KUBECONFIG, then the pod's service account
  --ovn-nb-addr REMOTES    OVN Northbound, e.g. unix:/run/ovn/ovnnb_db.sock or tcp:192.0.2.1:6641
  --ovs NODE=REMOTE        also ask this node's Open vSwitch; may be repeated
  --wait SECONDS           look again for so long while there are findings; changes may be under way (default 0)
  -o, --output FORMAT      text (default) or json
  -h, --help

exit code: 0 consistent, 1 findings, 2 wrong usage, 3 could not look

example: ko check --ovn-nb-addr unix:/run/ovn/ovnnb_db.sock --ovs node1=unix:/run/openvswitch/db.sock`;

/**
 * Read the arguments after `ko`.
 *
 * @returns undefined when help is asked for
 * @throws {UsageError} naming the argument
 */
export function parseOptions(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): CheckOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  if (positionals.length !== 1 || positionals[0] !== 'check') {
    throw new UsageError(`expected the subcommand "check", got "${positionals.join(' ')}"; see ko --help`);
  }
  const northbound = (values['ovn-nb-addr'] ?? '').split(',').filter((remote) => remote !== '');
  if (northbound.length === 0) throw new UsageError('--ovn-nb-addr is missing: give the address of OVN Northbound');
  const output = values.output ?? 'text';
  if (output !== 'text' && output !== 'json') throw new UsageError(`--output is "${output}": must be text or json`);
  return {
    kubeconfig: values.kubeconfig ?? environment['KUBECONFIG'],
    northbound,
    nodes: new Map((values.ovs ?? []).map(parseNode)),
    output,
    waitMs: parseSeconds(values.wait ?? '0') * 1000,
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<typeof definition>> {
  try {
    return parseArgs({ ...definition, args: [...args] });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const definition = {
  allowPositionals: true,
  options: {
    kubeconfig: { type: 'string' },
    'ovn-nb-addr': { type: 'string' },
    ovs: { type: 'string', multiple: true },
    wait: { type: 'string' },
    output: { type: 'string', short: 'o' },
    help: { type: 'boolean', short: 'h' },
  },
} as const;

function parseNode(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1)
    throw new UsageError(`--ovs is "${text}": must be NODE=REMOTE, e.g. node1=unix:/run/openvswitch/db.sock`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > 3600) throw new UsageError(`--wait is "${text}": must be seconds, 0 to 3600`);
  return seconds;
}
