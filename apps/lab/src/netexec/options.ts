/** Command line of `netexec`, agnhost's in the parts that are here. Pure. */
import { LabError } from '../errors.ts';

export type NetexecCommand =
  | { readonly do: 'pause' }
  | {
      readonly do: 'netexec';
      readonly httpPort: number;
      readonly udpPort: number | undefined;
      readonly sctpPort?: number;
      readonly delayShutdownMs?: number;
    }
  | { readonly do: 'connect'; readonly target: { readonly host: string; readonly port: number }; readonly timeoutMs: number };

/**
 * Read `pause`, `netexec [--http-port N] [--udp-port N] [--sctp-port N] [--delay-shutdown SECONDS]` (a UDP or SCTP port of -1 is none;
 * without the flag there is no SCTP) or `connect HOST:PORT [--timeout 3s]`.
 *
 * @throws {LabError} LAB_USAGE naming the argument
 */
export function parseCommand(args: readonly string[]): NetexecCommand {
  const [command = 'pause', ...rest] = args;
  const flags = readFlags(rest.filter((_, i) => command !== 'connect' || i > 0));
  switch (command) {
    case 'pause':
      return { do: 'pause' };
    case 'netexec':
      return {
        do: 'netexec',
        httpPort: port(flags.get('http-port') ?? '8080'),
        udpPort: flags.get('udp-port') === '-1' ? undefined : port(flags.get('udp-port') ?? '8081'),
        ...((flags.get('sctp-port') ?? '-1') !== '-1' && { sctpPort: port(flags.get('sctp-port') ?? '') }),
        ...(flags.has('delay-shutdown') && { delayShutdownMs: duration(`${flags.get('delay-shutdown')}s`) }),
      };
    case 'connect':
      return { do: 'connect', target: hostPort(rest[0] ?? ''), timeoutMs: duration(flags.get('timeout') ?? '3s') };
    default:
      throw new LabError('LAB_USAGE', `${JSON.stringify(command)}: want pause, netexec or connect`);
  }
}

function readFlags(args: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (let i = 0; i < args.length; i += 1) {
    const match = /^--([a-z-]+)(?:=(.*))?$/.exec(args[i] ?? '');
    const name = match?.[1];
    if (name === undefined || !['http-port', 'udp-port', 'sctp-port', 'delay-shutdown', 'timeout', 'protocol'].includes(name))
      throw new LabError('LAB_USAGE', `${JSON.stringify(args[i])}: unknown argument`);
    flags.set(name, match?.[2] ?? args[(i += 1)] ?? '');
  }
  return flags;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535) throw new LabError('LAB_USAGE', `port ${JSON.stringify(text)}: want 1 to 65535`);
  return value;
}

/** `host:port`, `[v6]:port`. */
export function hostPort(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new LabError('LAB_USAGE', `${JSON.stringify(text)}: want HOST:PORT, or [HOST]:PORT for IPv6`);
  return { host, port: port(match?.[3] ?? '') };
}

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text);
  if (match === null) throw new LabError('LAB_USAGE', `timeout ${JSON.stringify(text)}: want a number and ms or s`);
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}
