/**
 * The record of what a lab has made, one JSON object a line, appended before (namespaces, files) or right after
 * (processes) the thing is made. It survives the supervisor's death at any moment: a line is one `write(2)`.
 *
 * A process that dies between its start and its line is still found, by the marker in its environment (`leftovers.ts`).
 */
import { appendFileSync, readFileSync } from 'node:fs';

/** A process identity that a reused pid can't imitate. */
export interface ProcessIdentity {
  readonly pid: number;
  /** start time in clock ticks since boot: proc(5), /proc/pid/stat field 22 */
  readonly startTicks: string;
}

export type ManifestEntry =
  | ({ readonly kind: 'supervisor' } & ProcessIdentity)
  | { readonly kind: 'lab'; readonly nodes: number; readonly raft: boolean; readonly families: string }
  | { readonly kind: 'namespace'; readonly name: string }
  /** links of the root namespace with names of ours that were there before */
  | { readonly kind: 'links'; readonly names: readonly string[] }
  | { readonly kind: 'folder'; readonly path: string }
  | ({ readonly kind: 'process'; readonly id: string; readonly namespace?: string; readonly argv: readonly string[] } & ProcessIdentity)
  | { readonly kind: 'phase'; readonly phase: 'starting' | 'ready' | 'stopping'; readonly text?: string };

/** Append one entry. */
export function record(manifest: string, entry: ManifestEntry): void {
  appendFileSync(manifest, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** Read the entries, oldest first; a last line that was cut short is ignored, a missing file is an empty record. */
export function readManifest(manifest: string): readonly ManifestEntry[] {
  let text: string;
  try {
    text = readFileSync(manifest, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return parseManifest(text);
}

/** Text of a manifest to its entries. */
export function parseManifest(text: string): readonly ManifestEntry[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ManifestEntry);
}

/** The newest process of each id. */
export function latestProcesses(entries: readonly ManifestEntry[]): ReadonlyMap<string, Extract<ManifestEntry, { kind: 'process' }>> {
  const processes = new Map<string, Extract<ManifestEntry, { kind: 'process' }>>();
  for (const entry of entries) if (entry.kind === 'process') processes.set(entry.id, entry);
  return processes;
}
