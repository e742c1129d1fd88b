/**
 * A folder seen at a second place.
 */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { errnoError, fileError, isHostError } from './errors.ts';
import { checked, lastErrno, libc } from './ffi/libc.ts';

const MS_BIND = 0x1000;
const MNT_DETACH = 2;

/**
 * Show the folder `source` at `target` too, which is made. What is there already is not done again.
 *
 * Files keep their owners, modes and security labels: it is the same folder.
 * @throws {HostError} HOST_NOT_FOUND when there is no `source`
 * @source mount(2), MS_BIND
 */
export function bindFolder(source: string, target: string): void {
  const object = `folder ${source} at ${target}`;
  try {
    mkdirSync(target, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw fileError(error, object, 'create');
  }
  if (isFolderBound(source, target)) return;
  checked(libc().mount(source, target, 'none', MS_BIND, null), object, 'mount');
}

/** Whether both are one folder. */
export function isFolderBound(source: string, target: string): boolean {
  try {
    const [a, b] = [statSync(source), statSync(target)];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false;
  }
}

/**
 * Take every mount from a folder; who uses it may go on. The folder stays.
 * @returns false when nothing was mounted there
 */
export function releaseFolder(target: string): boolean {
  let count = 0;
  while (libc().umount2(target, MNT_DETACH) === 0) count += 1;
  const error = errnoError(lastErrno(), `folder ${target}`, 'umount');
  // EINVAL: nothing is mounted there (any more)
  if (!isHostError(error, 'HOST_NOT_FOUND') && !isHostError(error, 'HOST_INVALID')) throw error;
  return count > 0;
}

/** The mount points below a folder, deepest last; their paths begin with `folder` as the kernel names it. @source proc_pid_mountinfo(5), field 5 */
export function mountsBelow(folder: string): readonly string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\(?<code>[0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
    );
  return points.filter((point) => point.startsWith(`${folder}/`)).toSorted((a, b) => a.length - b.length);
}
