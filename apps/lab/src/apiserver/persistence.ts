/**
 * Keeps the objects in two files: a snapshot, and beside it a journal to which every change is appended before the write is answered.
 *
 * A killed process loses nothing that it has answered; a machine that loses power may, since nothing waits for the disk.
 */
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { writePrivate } from './pki/credentials.ts';
import { formatChange, formatSnapshot, restoreStore } from './store/snapshot.ts';
import type { Store } from './store/store.ts';

/** the journal is folded into the snapshot when it has grown to this */
const journalLimitBytes = 16 * 1024 * 1024;

const journalOf = (path: string): string => `${path}.journal`;

/** Fill an empty store from the files, if there are any. @throws {Error} naming the file, when they can't be read */
export function loadFile(store: Store, path: string): void {
  if (!existsSync(path)) return;
  const journal = existsSync(journalOf(path)) ? readFileSync(journalOf(path), 'utf8') : '';
  try {
    restoreStore(store, { snapshot: readFileSync(path, 'utf8'), journal });
  } catch (error) {
    throw new Error(
      `--data ${path}: ${error instanceof Error ? error.message : String(error)}; move the file and its journal away to begin empty`,
      { cause: error },
    );
  }
}

/** Write what is there, then every change. @returns fold the journal into the snapshot and stop */
export function keepFile(store: Store, path: string): () => void {
  let written = 0;
  const journal = openSync(journalOf(path), 'a', 0o600);
  const fold = (): void => {
    writePrivate(path, formatSnapshot(store));
    // a kill in between leaves lines that the snapshot has too; they are passed over
    ftruncateSync(journal, 0);
    written = 0;
  };
  fold();
  const leave = store.onChange((resource, change) => {
    written += writeSync(journal, formatChange(resource, change));
    if (written > journalLimitBytes) fold();
  });
  return () => {
    leave();
    fold();
    closeSync(journal);
  };
}
