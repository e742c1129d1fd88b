/** Logs as `kubectl logs` asks for them: selection of lines (pure), and following a file that grows. */
import { watch } from 'node:fs';
import { open, readFile } from 'node:fs/promises';

/** @source Kubernetes core/v1 PodLogOptions */
export interface LogOptions {
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly tailLines?: number;
  readonly sinceMs?: number;
  readonly limitBytes?: number;
}

/** Lines of a log file as a client sees them. */
export function selectLines(text: string, options: LogOptions): string {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
  const { sinceMs, tailLines, limitBytes } = options;
  const recent = sinceMs === undefined ? lines : lines.filter(({ time }) => Date.parse(time) >= sinceMs);
  const last = tailLines === undefined ? recent : tailLines <= 0 ? [] : recent.slice(-tailLines);
  const output = last
    .map(({ time, tag, message }) => `${options.timestamps === true ? `${time} ` : ''}${message}${tag === 'P' ? '' : '\n'}`)
    .join('');
  return limitBytes === undefined ? output : Buffer.from(output).subarray(0, limitBytes).toString('utf8');
}

function parseLine(line: string): { time: string; tag: string; message: string } {
  const [time = '', , tag = 'F'] = line.split(' ', 3);
  const message = line.split(' ').slice(3).join(' ');
  return { time, tag, message };
}

export interface FollowPorts {
  /** whether the run is over, so that the end of the file is the end */
  readonly isOver: () => boolean;
  readonly signal: AbortSignal;
}

/** A log file's text, and with `follow` what is added to it until the run is over or the reader leaves. */
export async function* readLog(file: string, options: LogOptions, ports: FollowPorts): AsyncGenerator<string> {
  if (options.follow !== true) {
    yield selectLines(await readFile(file, 'utf8'), options);
    return;
  }
  await using handle = await open(file, 'r');
  const first = await handle.readFile('utf8');
  const complete = first.lastIndexOf('\n') + 1;
  yield selectLines(first.slice(0, complete), options);
  let position = Buffer.byteLength(first.slice(0, complete));
  const { tailLines: _, ...rest } = options;
  while (!ports.signal.aborted) {
    const isOver = ports.isOver();
    const { size } = await handle.stat();
    if (size > position) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(size - position, 1 << 20)), 0, undefined, position);
      const chunk = buffer.subarray(0, bytesRead);
      const end = chunk.lastIndexOf(0x0a) + 1;
      position += end;
      if (end > 0) yield selectLines(chunk.subarray(0, end).toString('utf8'), rest);
      if (end > 0) continue;
    }
    if (isOver) return;
    await changed(file, ports.signal);
  }
}

/** Resolves when the file changes, a second has passed, or the reader leaves. */
async function changed(file: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(file, () => resolve());
  watcher.on('error', () => resolve());
  const timer = setTimeout(resolve, 1000);
  const leave = (): void => resolve();
  signal.addEventListener('abort', leave, { once: true });
  await promise;
  clearTimeout(timer);
  watcher.close();
  signal.removeEventListener('abort', leave);
}
