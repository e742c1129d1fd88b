/** Child processes of a test: started in a namespace, ended together. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { inNetns, type Netns } from '@kube-ovn/host';

/** What is started. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly ns?: Netns;
  readonly env?: Readonly<Record<string, string>>;
  /** File for what it prints. */
  readonly log: string;
}

/** Start a program; its output goes to a file. */
export function start({ command, args, ns, env, log }: Program): ChildProcess {
  const child = inNetns(ns, () => spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } }));
  const file = createWriteStream(log, { flags: 'a' });
  child.stdout?.pipe(file, { end: false });
  child.stderr?.pipe(file, { end: false });
  child.on('error', (error) => file.write(`${String(error)}\n`));
  return child;
}

/** End a child and wait for it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await closed;
  clearTimeout(timer);
}
