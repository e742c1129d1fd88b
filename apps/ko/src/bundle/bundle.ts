/** What goes into a bundle, within bounds, and an index of it. Pure. */
import type { TarFile } from './tar.ts';

/** Of a text that is too long the beginning is kept, or the end; of a file that is no text, all or nothing. */
export type Keep = 'head' | 'tail' | 'whole';

export interface Entry {
  readonly path: string;
  /** In words. */
  readonly what: string;
  readonly bytes: number;
  /** What is wrong with it: cut short, left out, or why it could not be read. */
  readonly note?: string;
}

export interface BundleIndex {
  readonly takenAt: string;
  readonly entries: readonly Entry[];
  /** Those that could not be read, or had no room. */
  readonly missing: readonly Entry[];
  readonly bytes: number;
}

export interface Bounds {
  /** Of the whole, before it is compressed. */
  readonly totalBytes: number;
  readonly fileBytes: number;
}

export interface Bundle {
  add(path: string, what: string, part: { readonly content: Buffer; readonly keep: Keep }): void;
  /** It could not be read. */
  miss(path: string, what: string, why: string): void;
  finish(takenAt: Date): { readonly files: readonly TarFile[]; readonly index: BundleIndex };
}

const MIB = 1024 * 1024;

export function bundle({ totalBytes, fileBytes }: Bounds): Bundle {
  const files: TarFile[] = [];
  const entries: Entry[] = [];
  const missing: Entry[] = [];
  let used = 0;
  return {
    add: (path, what, { content, keep }) => {
      const room = Math.min(fileBytes, totalBytes - used);
      const kept = cut(content, room, keep);
      if (kept === undefined) {
        missing.push({ path, what, bytes: 0, note: `left out: ${content.length} bytes, and there is room for ${Math.max(0, room)}` });
        return;
      }
      used += kept.length;
      files.push({ path, content: kept });
      const note =
        kept.length < content.length ? { note: `the ${keep === 'tail' ? 'last' : 'first'} ${kept.length} of ${content.length} bytes` } : {};
      entries.push({ path, what, bytes: kept.length, ...note });
    },
    miss: (path, what, why) => void missing.push({ path, what, bytes: 0, note: why }),
    finish: (takenAt) => {
      const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
        a.path < b.path ? -1 : Number(a.path > b.path);
      const index = { takenAt: takenAt.toISOString(), entries: entries.toSorted(byPath), missing: missing.toSorted(byPath), bytes: used };
      const indexFiles = [
        { path: 'INDEX.md', content: Buffer.from(printIndex(index)) },
        { path: 'index.json', content: Buffer.from(`${JSON.stringify(index, undefined, 2)}\n`) },
      ];
      return { files: [...indexFiles, ...files.toSorted(byPath)], index };
    },
  };
}

/** Whole lines. */
function cut(content: Buffer, room: number, keep: Keep): Buffer | undefined {
  if (content.length <= room) return content;
  if (keep === 'whole' || room <= 0) return undefined;
  if (keep === 'tail') {
    const end = content.subarray(content.length - room);
    return end.subarray(end.indexOf(10) + 1);
  }
  const start = content.subarray(0, room);
  return start.subarray(0, start.lastIndexOf(10) + 1);
}

function printIndex({ takenAt, entries, missing, bytes }: BundleIndex): string {
  const line = ({ path, what, bytes: size, note }: Entry): string =>
    `| ${path} | ${what} | ${size} | ${(note ?? '').replaceAll('|', '/').replaceAll('\n', ' ')} |`;
  return [
    `# What is in this bundle`,
    '',
    `Taken at ${takenAt}; ${(bytes / MIB).toFixed(1)} MiB. Secrets are not among the objects; passwords, tokens and keys are replaced by REDACTED.`,
    '',
    '| file | what it is | bytes | note |',
    '|---|---|---|---|',
    ...entries.map(line),
    ...(missing.length === 0
      ? []
      : ['', '## What is not', '', '| file | what it is | bytes | why |', '|---|---|---|---|', ...missing.map(line)]),
    '',
  ].join('\n');
}
