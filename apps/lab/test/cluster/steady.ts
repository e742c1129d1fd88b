/** Clients of services that keep their port. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CLIENT = join(import.meta.dirname, '../fixtures/steady-client.ts');

export interface SteadyClient extends AsyncDisposable {
  readonly name: string;
  /** Who answered, or what went wrong, one after the other. */
  readonly answers: readonly string[];
  /** The same for each connection; `answers` are those of the first. */
  readonly connections: readonly (readonly string[])[];
}

export interface SteadyTarget {
  readonly protocol: 'http' | 'udp';
  readonly address: string;
  readonly port: number;
  /** At once; default: 1. */
  readonly connections?: number;
}

/** Begin to ask, from inside a network namespace. */
export function steadyClient(netns: string, { protocol, address, port, connections: count = 1 }: SteadyTarget): SteadyClient {
  const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
  const argv: readonly string[] = ['nsenter', `--net=${netns}`, '--', ...node, CLIENT, protocol, address, String(port), String(count)];
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connections = Array.from({ length: count }, (): string[] => []);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [index, answer = ''] = line.split(' ');
    connections[Number(index)]?.push(answer);
  });
  child.stdin.on('error', () => undefined);
  return {
    name: `${protocol} to ${address} from ${netns}`,
    answers: connections[0] ?? [],
    connections,
    [Symbol.asyncDispose]: async () => {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.stdin.end();
      await ended;
    },
  };
}
