import { closeSync, constants, fstatSync, openSync, statfsSync } from 'node:fs';
import { checked, libc } from '../ffi/libc.ts';
import { fileError, HostError } from '../errors.ts';

/** An open network namespace. Holding it open keeps the namespace alive, even after its path is unlinked. */
export interface Netns extends Disposable {
  readonly path: string;
  readonly fd: number;
  /** Identifies the namespace on this host: equal inodes are the same namespace. */
  readonly inode: number;
}

const CLONE_NEWNET = 0x4000_0000;
/** statfs(2) f_type of a namespace file. @source linux/magic.h NSFS_MAGIC */
const NSFS_MAGIC = 0x6e73_6673;

/** The calling thread's own namespace. */
const OWN = '/proc/thread-self/ns/net';

/**
 * Open the network namespace at `path` (`/run/netns/x`, `/proc/PID/ns/net`).
 * @throws {HostError} HOST_NOT_FOUND when the path does not exist; HOST_INVALID when it is no namespace
 */
export function openNetns(path: string): Netns {
  const object = `network namespace ${path}`;
  let fd: number;
  try {
    // O_NONBLOCK: opening a FIFO that someone put there must not hang the process
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw fileError(error, object, 'open');
  }
  if (statfsSync(path).type !== NSFS_MAGIC) {
    closeSync(fd);
    throw new HostError(
      'HOST_INVALID',
      object,
      'is not a namespace file; a stale mount point is left when a namespace was already removed',
    );
  }
  const inode = fstatSync(fd).ino;
  let open = true;
  return {
    path,
    fd,
    inode,
    [Symbol.dispose]: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/**
 * Run `work` inside `ns` and return its result. Sockets opened and children spawned by `work` belong to `ns` for good.
 *
 * That holds for what `work` itself opens. `net.connect`, `fetch` and `server.listen` with a host name open their socket in a
 * later turn, outside, and then speak to whoever has that address there: run those in a child spawned by `work`.
 *
 * `work` must be synchronous: the thread is switched back before this returns, and an `await` inside would let other
 * code run in the wrong namespace. Without `ns`, `work` simply runs.
 * @throws {HostError} HOST_PERMISSION without CAP_SYS_ADMIN; HOST_INVALID when `work` answers a promise
 * @source setns(2)
 */
export function inNetns<T>(ns: Netns | undefined, work: () => T): T {
  if (ns === undefined) return work();
  const home = openSync(OWN, constants.O_RDONLY);
  try {
    checked(libc().setns(ns.fd, CLONE_NEWNET), `network namespace ${ns.path}`, 'setns');
    let result: T;
    try {
      result = work();
    } finally {
      goHome(home);
    }
    if (isThenable(result)) throw new HostError('HOST_INVALID', `network namespace ${ns.path}`, 'inNetns takes synchronous work only');
    return result;
  } finally {
    closeSync(home);
  }
}

/** Enter a new network namespace, run `work` in it, and come back. */
export function inNewNetns<T>(work: () => T): T {
  const home = openSync(OWN, constants.O_RDONLY);
  try {
    checked(libc().unshare(CLONE_NEWNET), 'network namespace', 'unshare');
    try {
      return work();
    } finally {
      goHome(home);
    }
  } finally {
    closeSync(home);
  }
}

/** The path under which the calling thread's namespace can be bind-mounted. */
export const ownNetnsPath: string = OWN;

function goHome(home: number): void {
  // A thread that stays in the wrong namespace would configure the wrong machine; nothing it does can be trusted any more.
  if (libc().setns(home, CLONE_NEWNET) !== 0) process.abort();
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
