/** Command line arguments of `policy`. */
import { parseArgs } from 'node:util';
import { readAddress } from '@kube-ovn/ipam';
import type { Flow, FlowEnd } from '../../verdict/index.ts';

/** Thrown on wrong usage; the program then exits with 2. */
export class UsageError extends Error {}

/** A port as users write it: `TCP/80`, `80` (TCP), `ICMP`. */
export type PortArgument = Pick<Flow, 'protocol' | 'port'>;

/** What was asked for. */
export interface Invocation {
  readonly command: string | undefined;
  readonly isHelp: boolean;
  readonly isJson: boolean;
  /** Of `--tiers`. */
  readonly hasTiers: boolean;
  /** Arguments that are no option, after the command. */
  readonly positionals: readonly string[];
  /** Of `-f`. */
  readonly files: readonly string[];
  readonly ports: readonly PortArgument[];
}

/** @throws {UsageError} naming the argument that is wrong */
export function parseInvocation(args: readonly string[]): Invocation {
  const { values, positionals } = parse(args);
  const [command, ...rest] = positionals;
  return {
    command,
    isHelp: values.help === true,
    isJson: values.json === true,
    hasTiers: values.tiers === true,
    positionals: rest,
    files: values.file ?? [],
    ports: (values.port ?? []).map(parsePort),
  };
}

/** @throws {UsageError} */
export function parsePort(text: string): PortArgument {
  if (text.toUpperCase() === 'ICMP') return { protocol: 'ICMP' };
  const [, protocol = 'TCP', digits = ''] = /^(?:(TCP|UDP|SCTP)\/)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port < 1 || port > 65_535) throw new UsageError(`"${text}" is no port: write TCP/80, UDP/53, SCTP/90, 80 or ICMP`);
  return { protocol: protocol.toUpperCase() as Flow['protocol'], port };
}

/** `namespace/pod`, `node/name` or an address. @throws {UsageError} */
export function parseEnd(text: string): FlowEnd {
  if (readAddress(text) !== undefined) return { address: text };
  const [first = '', second = '', ...more] = text.split('/');
  if (first === '' || second === '' || more.length > 0)
    throw new UsageError(`"${text}" is no end: write namespace/pod, node/NAME or an address`);
  return first === 'node' ? { node: second } : { pod: text };
}

/** `TCP/80` or `ICMP`. */
export function formatPort({ protocol, port }: PortArgument): string {
  return port === undefined ? protocol : `${protocol}/${port}`;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        tiers: { type: 'boolean' },
        file: { type: 'string', short: 'f', multiple: true },
        port: { type: 'string', short: 'p', multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
