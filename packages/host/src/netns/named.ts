import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { checked, lastErrno, libc } from '../ffi/libc.ts';
import { errnoError, fileError, HostError, isHostError } from '../errors.ts';
import { inNewNetns, openNetns, ownNetnsPath, type Netns } from './netns.ts';

const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_SHARED = 1 << 20;
const MNT_DETACH = 2;

/**
 * Create a network namespace that lives at `path` until `deleteNetns`, as `ip netns add` does: an empty file with the
 * namespace bind-mounted on it. `ip netns exec NAME` works when `path` is `/run/netns/NAME`.
 *
 * The directory becomes a shared mount, so that processes which hold a copy of it let go when the namespace is deleted.
 * @returns the open namespace; dispose it when no longer needed
 * @throws {HostError} HOST_EXISTS when `path` exists
 * @source ip-netns(8)
 */
export function createNetns(path: string): Netns {
  const object = `network namespace ${path}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  shareDirectory(dirname(path));
  try {
    closeSync(openSync(path, 'wx', 0o000));
  } catch (error) {
    throw fileError(error, object, 'create');
  }
  try {
    inNewNetns(() => checked(libc().mount(ownNetnsPath, path, 'none', MS_BIND, null), object, 'mount'));
    return openNetns(path);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/**
 * Remove what `createNetns` made. Links inside vanish once no process and no open handle holds the namespace.
 * @returns false when there was nothing at `path`
 */
export function deleteNetns(path: string): boolean {
  const object = `network namespace ${path}`;
  if (libc().umount2(path, MNT_DETACH) !== 0) {
    const error = errnoError(lastErrno(), object, 'umount');
    // EINVAL: the file is there but nothing is mounted on it, what a crash between the two steps leaves
    if (isHostError(error, 'HOST_NOT_FOUND')) return false;
    if (!isHostError(error, 'HOST_INVALID')) throw error;
  }
  try {
    rmSync(path);
  } catch (error) {
    throw fileError(error, object, 'unlink');
  }
  return true;
}

function shareDirectory(directory: string): void {
  const share = (): number => libc().mount('', directory, 'none', MS_SHARED | MS_REC, null);
  if (share() === 0) return;
  if (lastErrno() !== constants.errno.EINVAL) throw new HostError('HOST_PERMISSION', directory, 'cannot be made a shared mount');
  // not a mount point yet
  checked(libc().mount(directory, directory, 'none', MS_BIND | MS_REC, null), directory, 'bind mount');
  checked(share(), directory, 'share mount');
}
