/** The real programs, for tests: the lab's API server and the workload controllers as processes of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const sources = join(import.meta.dirname, '..', '..', 'src');

/** A running program. */
export interface Program {
  readonly child: ChildProcess;
  /** The `ready:` line. */
  readonly line: string;
  /** What it has written to standard error so far. */
  readonly errors: readonly string[];
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Start a program of this app and wait for its `ready:` line, at most 60 s. */
export async function startProgram(main: string, args: readonly string[]): Promise<Program> {
  const child = spawn(process.execPath, ['--conditions=@kube-ovn/source', join(sources, main), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const lines = createInterface({ input: child.stdout });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    await once(child, 'exit');
    return child.exitCode;
  };
  const timeout = AbortSignal.timeout(60_000);
  try {
    for await (const line of lines) {
      if (line.startsWith('ready')) return { child, line, errors, stop };
      if (timeout.aborted) break;
    }
  } finally {
    lines.resume();
  }
  await stop('SIGKILL');
  throw new Error(`${main} did not become ready:\n${errors.join('\n')}`);
}

/** An API server as a process. */
export interface ApiServer {
  readonly kubeconfig: string;
  /** Cut all watches: close them, or let their resource version expire (410). */
  cutWatches(how: 'close' | 'expire'): Promise<void>;
  stop(): Promise<void>;
}

/** An API server on a fresh directory. */
export async function startApiServer(): Promise<ApiServer> {
  const dir = mkdtempSync(join(tmpdir(), 'lab-workloads-'));
  const program = await startProgram('apiserver/main.ts', ['--dir', dir]);
  return {
    kubeconfig: join(dir, 'admin.kubeconfig'),
    cutWatches: (how) => post(dir, program.line, `/debug/lab/cut-watches?how=${how}`),
    stop: async () => {
      await program.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A request with the administrator's token, beside the API that clients use. */
async function post(dir: string, readyLine: string, path: string): Promise<void> {
  const url = new URL(path, /https:\S+/.exec(readyLine)?.[0]);
  const headers = { authorization: `Bearer ${readFileSync(join(dir, 'admin.token'), 'utf8').trim()}` };
  const sent = request(url, { method: 'POST', ca: readFileSync(join(dir, 'ca.crt')), headers });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [{ statusCode?: number; resume(): void }];
  answer.resume();
  if (answer.statusCode === undefined || answer.statusCode > 299) throw new Error(`${path}: ${answer.statusCode}`);
}
