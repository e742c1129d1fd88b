/** The lab's command line: pure. */
import { parseArgs } from 'node:util';
import { describeError, LabError } from '../errors.ts';
import { layoutOf, type Families, type Layout } from '../infra/layout.ts';

export type CliCommand =
  | { readonly command: 'help' }
  | { readonly command: 'up'; readonly up: UpOptions }
  | { readonly command: 'matrix' | 'status' | 'down'; readonly name: string };

export interface UpOptions {
  readonly layout: Layout;
  /** measure, take down, and let the exit code tell */
  readonly once: boolean;
  /** leave it running in the background */
  readonly detach: boolean;
  /** start the demo and measure it */
  readonly demo: boolean;
  /** loopback port of the embedded API server; 0 is any */
  readonly port: number;
  /** kubeconfig of an API server to use in place of the embedded one */
  readonly kubeconfig: string | undefined;
  /** how long the demo may take to become ready, in ms */
  readonly timeoutMs: number;
}

export const USAGE = `usage: npm run lab -- [up] [options]      start a lab, run the demo, print its table and matrix, stay up until Ctrl-C
       npm run lab -- matrix [--name NAME]   measure the demo's connectivity again
       npm run lab -- status [--name NAME]   what runs, and whether it is alive
       npm run lab -- down   [--name NAME]   remove every process, namespace, link, mount and file of a lab

options of up:
  --nodes N          number of nodes, 1 to 9 (default 3)
  --ipv6 | --dual    pods and nodes with IPv6, or with both families (default IPv4)
  --once             measure once, take the lab down, exit 0 only if all is as expected
  --detach           return when the lab is ready; it stays up in the background
  --no-demo          start the cluster alone
  --raft             three-member RAFT databases for OVN instead of standalone ones
  --kubeconfig FILE  use this API server instead of the embedded one
  --port PORT        loopback port of the embedded API server (default: any that is free)
  --timeout SECONDS  how long the demo may take to become ready (default 120)
  --name NAME        name of the lab; several run side by side under different names (default ko)
  --help             this text

The lab needs root: it makes network namespaces and runs Open vSwitch in them. It touches nothing outside of them.`;

const OPTIONS = {
  nodes: { type: 'string', default: '3' },
  ipv6: { type: 'boolean', default: false },
  dual: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  detach: { type: 'boolean', default: false },
  'no-demo': { type: 'boolean', default: false },
  raft: { type: 'boolean', default: false },
  kubeconfig: { type: 'string' },
  port: { type: 'string', default: '0' },
  timeout: { type: 'string', default: '120' },
  name: { type: 'string', default: 'ko' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Read the command line.
 *
 * @throws {LabError} LAB_USAGE naming the flag, its value and what is allowed
 */
export function parseCommandLine(args: readonly string[]): CliCommand {
  const { values, positionals } = readArguments([...args]);
  const [command = 'up', ...more] = positionals;
  if (values.help) return { command: 'help' };
  if (more.length > 0) throw new LabError('LAB_USAGE', `${JSON.stringify(more[0])}: one command at a time`);
  // Every command checks the name in the same way.
  const shape = { name: values.name, nodes: wholeNumber('nodes', values.nodes), raft: values.raft, families: familiesOf(values) };
  const layout = layoutOf(shape);
  switch (command) {
    case 'down':
    case 'status':
    case 'matrix':
      return { command, name: layout.name };
    case 'up':
      if (values.once && values.detach) throw new LabError('LAB_USAGE', '--once takes the lab down and --detach leaves it up: choose one');
      if (values.once && values['no-demo'])
        throw new LabError('LAB_USAGE', '--once measures the demo, which --no-demo leaves out: choose one');
      return {
        command,
        up: {
          layout,
          once: values.once,
          detach: values.detach,
          demo: !values['no-demo'],
          kubeconfig: values.kubeconfig,
          port: portNumber(values.port),
          timeoutMs: wholeNumber('timeout', values.timeout) * 1000,
        },
      };
    default:
      throw new LabError('LAB_USAGE', `${JSON.stringify(command)}: want up, matrix, status or down`);
  }
}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: true });
  } catch (cause) {
    throw new LabError('LAB_USAGE', describeError(cause), { cause });
  }
}

function familiesOf({ ipv6, dual }: { readonly ipv6: boolean; readonly dual: boolean }): Families {
  if (ipv6 && dual) throw new LabError('LAB_USAGE', '--ipv6 is IPv6 alone and --dual is both families: choose one');
  return ipv6 ? 'ipv6' : dual ? 'dual' : 'ipv4';
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new LabError('LAB_USAGE', `--${flag} ${JSON.stringify(text)}: want a whole number`);
  return Number(text);
}

function portNumber(text: string): number {
  const port = wholeNumber('port', text);
  if (port > 65_535) throw new LabError('LAB_USAGE', `--port ${port}: want 0 to 65535`);
  return port;
}
