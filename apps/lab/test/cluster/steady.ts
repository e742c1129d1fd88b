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
}

/** Begin to ask, from inside a network namespace. */
export function steadyClient(netns: string, protocol: 'http' | 'udp', [address, port]: readonly [string, number]): SteadyClient {
  const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
  const argv: readonly string[] = ['nsenter', `--net=${netns}`, '--', ...node, CLIENT, protocol, address, String(port)];
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => answers.push(line.split(' ')[0] ?? ''));
  child.stdin.on('error', () => undefined);
  return {
    name: `${protocol} to ${address} from ${netns}`,
    answers,
    [Symbol.asyncDispose]: async () => {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.stdin.end();
      await ended;
    },
  };
}
