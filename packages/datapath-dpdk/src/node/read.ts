/**
 * Reading below a root folder: what is not there is undefined, what cannot be read is an error that names it.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DpdkError } from '../errors.ts';

/** Files below a root. */
export interface Files {
  /** Without white space around it. */
  text(path: string): string | undefined;
  number(path: string): number | undefined;
  /** Names in a folder, in ascending order; none when it is not there. */
  names(path: string): readonly string[];
  /** Last part of where a symbolic link leads. */
  linkName(path: string): string | undefined;
}

/** The files below `root`. */
export function filesIn(root: string): Files {
  const text = (path: string): string | undefined => orUndefined(path, () => readFileSync(join(root, path), 'utf8').trim());
  return {
    text,
    number: (path) => {
      const found = text(path);
      return found === undefined ? undefined : Number(found);
    },
    names: (path) => orUndefined(path, () => readdirSync(join(root, path)).toSorted()) ?? [],
    linkName: (path) => orUndefined(path, () => basename(readlinkSync(join(root, path)))),
  };
}

/** Not there, or gone while we look. */
const absent: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ENODEV'];

function orUndefined<T>(path: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && absent.includes(error.code)) return undefined;
    throw new DpdkError('DPDK_INVENTORY_UNREADABLE', `${path} cannot be read; is this run as root?`, { cause: error });
  }
}
