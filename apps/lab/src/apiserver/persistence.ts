/** Keeps a snapshot file up to date: some time after a change, and at the end. */
import { existsSync, readFileSync } from 'node:fs';
import type { Ports } from './clock.ts';
import { writePrivate } from './pki/credentials.ts';
import { formatSnapshot, loadSnapshot } from './store/snapshot.ts';
import type { Store } from './store/store.ts';

/** how long changes are gathered before they are written */
const delayMs = 2000;

/** Fill an empty store from a file, if there is one. @throws {Error} naming the file, when it can't be read */
export function loadFile(store: Store, path: string): void {
  if (!existsSync(path)) return;
  try {
    loadSnapshot(store, readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`--data ${path}: ${error instanceof Error ? error.message : String(error)}; move the file away to begin empty`, {
      cause: error,
    });
  }
}

/** Write the store to a file after changes. @returns write what is left and stop */
export function keepFile(store: Store, path: string, ports: Ports): () => void {
  let pending = false;
  const write = (): void => {
    pending = false;
    writePrivate(path, formatSnapshot(store));
  };
  const leave = store.onChange(() => {
    if (pending) return;
    pending = true;
    ports.after(delayMs, () => {
      if (pending) write();
    });
  });
  return () => {
    leave();
    if (pending) write();
  };
}
