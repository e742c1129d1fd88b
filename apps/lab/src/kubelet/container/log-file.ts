/**
 * A container's log on disk, in the form that kubelets read: `<RFC 3339 time> <stream> <F|P> <text>`.
 * @source Kubernetes CRI logging format
 */
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';

const MAX_BYTES = 10 << 20;
const MAX_LINE = 16 << 10;

/** Writes the output of one run; past 10 MiB the older half is dropped (kept as `.1`). */
export class LogFile {
  readonly #path: string;
  readonly #now: () => Date;
  #fd: number;
  #bytes = 0;

  constructor(path: string, now: () => Date = () => new Date()) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#path = path;
    this.#now = now;
    this.#fd = openSync(path, 'a', 0o600);
  }

  /** Take a stream's lines from now on; a line without an end is written when the stream ends. */
  follow(name: 'stdout' | 'stderr', stream: Readable): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#write(name, 'F', line);
      while (rest.length > MAX_LINE) {
        this.#write(name, 'P', rest.slice(0, MAX_LINE));
        rest = rest.slice(MAX_LINE);
      }
    });
    stream.on('end', () => {
      if (rest !== '') this.#write(name, 'F', rest);
    });
    stream.on('error', () => undefined);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(stream: string, tag: 'F' | 'P', text: string): void {
    const line = `${this.#now().toISOString()} ${stream} ${tag} ${text}\n`;
    if (this.#bytes > MAX_BYTES) {
      closeSync(this.#fd);
      renameSync(this.#path, `${this.#path}.1`);
      this.#fd = openSync(this.#path, 'a', 0o600);
      this.#bytes = 0;
    }
    this.#bytes += writeSync(this.#fd, line);
  }
}
