/** Measures child processes by /proc, and prints tables. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

const CLOCK_TICKS_PER_SECOND = 100;
const IDLE_MS = 1500;

/**
 * Run a program until it exits, or until its output has been silent for a while after the first byte (for programs that follow).
 * Its output is read and dropped. The time is that of the last output, or of the exit.
 */
export async function costOf(command: string, args: readonly string[], options: { readonly follows?: boolean } = {}): Promise<Cost> {
  const start = performance.now();
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = start;
  let hasOutput = false;
  child.stdout.on('data', () => {
    hasOutput = true;
    last = performance.now();
  });
  let cost = { cpuMs: 0, peakMb: 0 };
  const sampler = setInterval(() => {
    cost = sample(child.pid ?? 0) ?? cost;
    if (options.follows === true && hasOutput && performance.now() - last > IDLE_MS) child.kill();
  }, 5);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('exit', (exitCode) => resolve(exitCode));
    child.once('error', reject);
  });
  clearInterval(sampler);
  if (code !== 0 && options.follows !== true) throw new Error(`${command} exited with ${code}`);
  return { wallMs: (options.follows === true ? last : performance.now()) - start, ...cost };
}

function sample(pid: number): { readonly cpuMs: number; readonly peakMb: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const peak = /^VmHWM:\s+(?<kb>\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups?.['kb'];
    if (peak === undefined) return undefined;
    return { cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_SECOND, peakMb: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Replace a section of docs/benchmarks.md, told apart by HTML comments, or add it. */
export function writeSection(file: URL, name: string, body: string): void {
  const begin = `<!-- begin ${name} -->`;
  const end = `<!-- end ${name} -->`;
  const section = `${begin}\n${body.trim()}\n${end}`;
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '# Benchmarks\n';
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  writeFileSync(
    file,
    from < 0 || to < 0 ? `${text.trimEnd()}\n\n${section}\n` : text.slice(0, from) + section + text.slice(to + end.length),
  );
}
