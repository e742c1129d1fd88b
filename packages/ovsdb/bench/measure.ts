/** Measures child processes by /proc, and prints numbers. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMib: number;
}

/** A program to run. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

const CLOCK_TICKS_PER_SECOND = 100;
export const IDLE_MS = 1500;

/** A module of this folder in a process of its own. It has this package as it is built, since that is what users have. */
export function nodeChild(name: string, ...args: readonly string[]): Command {
  return { program: process.execPath, args: [fileURLToPath(new URL(name, import.meta.url)), ...args] };
}

/**
 * Run a program until it exits, or until its output has been silent for a while after the first byte (for programs that follow).
 * Its output is read and dropped. The time is that of the last output, or of the exit.
 */
export async function costOf({ program, args }: Command, options: { readonly follows?: boolean } = {}): Promise<Cost> {
  const start = performance.now();
  const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = start;
  let hasOutput = false;
  child.stdout.on('data', () => {
    hasOutput = true;
    last = performance.now();
  });
  let cost = { cpuMs: 0, peakMib: 0 };
  const sampler = setInterval(() => {
    if (child.pid !== undefined) cost = sample(child.pid) ?? cost;
    if (options.follows === true && hasOutput && performance.now() - last > IDLE_MS) child.kill();
  }, 5);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('exit', (exitCode) => resolve(exitCode));
    child.once('error', reject);
  });
  clearInterval(sampler);
  if (code !== 0 && options.follows !== true) throw new Error(`${program} exited with ${code}`);
  return { wallMs: (options.follows === true ? last : performance.now()) - start, ...cost };
}

/** CPU time and the peak of resident memory so far; undefined when there is no such process. */
export function sample(pid: number): Pick<Cost, 'cpuMs' | 'peakMib'> | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const peak = /^VmHWM:\s+(?<kb>\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups?.['kb'];
    if (peak === undefined) return undefined;
    return { cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_SECOND, peakMib: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}

/** What several ways to do one thing cost, the fastest of several rounds each. They take turns, so that a busy machine is busy for all. */
export async function fastest<K extends string, T>(
  ways: Readonly<Record<K, () => Promise<T>>>,
  {
    rounds,
    timeOf,
    say,
  }: { readonly rounds: number; readonly timeOf: (result: T) => number; readonly say: (way: NoInfer<K>, result: T) => void },
): Promise<Readonly<Record<K, T>>> {
  const best: Partial<Record<K, T>> = {};
  for (let round = 0; round < rounds; round++) {
    for (const way in ways) {
      const result = await ways[way]();
      say(way, result);
      const known = best[way];
      if (known === undefined || timeOf(result) < timeOf(known)) best[way] = result;
    }
  }
  return best as Record<K, T>;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
export const mib = (value: number): string => `${Math.round(value)} MiB`;
export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const times = (a: number, b: number): string => `${(a / b).toFixed(2)} ×`;
export const percent = (a: number, b: number): string => `${Math.round((a / b) * 100)} %`;
/** Whether a target is met, in words. */
export const verdict = (isMet: boolean): string => (isMet ? 'met' : 'missed');
export const log = (line: string): void => void process.stderr.write(`${line}\n`);
