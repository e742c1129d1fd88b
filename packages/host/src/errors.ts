import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';

/**
 * What went wrong on the host, as a stable word to branch on.
 *
 * - `HOST_EXISTS`: the object is already there (`EEXIST`)
 * - `HOST_NOT_FOUND`: link, namespace, address, route or key does not exist
 * - `HOST_PERMISSION`: `CAP_NET_ADMIN` or `CAP_SYS_ADMIN` is missing, or the file is read-only
 * - `HOST_INVALID`: the value was refused, by us or by the kernel
 * - `HOST_BUSY`: held by someone else right now
 * - `HOST_UNREACHABLE`: no route to the next hop, or the link is down
 * - `HOST_UNSUPPORTED`: this kernel lacks the feature
 * - `HOST_TIMEOUT`: no answer in time
 * - `HOST_REFUSED`: a host program (nft, tc) rejected its input
 * - `HOST_SYSCALL`: any other errno, named in the message
 */
export type HostErrorCode =
  | 'HOST_EXISTS'
  | 'HOST_NOT_FOUND'
  | 'HOST_PERMISSION'
  | 'HOST_INVALID'
  | 'HOST_BUSY'
  | 'HOST_UNREACHABLE'
  | 'HOST_UNSUPPORTED'
  | 'HOST_TIMEOUT'
  | 'HOST_REFUSED'
  | 'HOST_SYSCALL';

/** When a repetition of the same call may succeed. */
export type Retry = 'never' | 'now' | 'later';

const codeOfErrno: ReadonlyMap<number, HostErrorCode> = new Map([
  [constants.errno.EEXIST, 'HOST_EXISTS'],
  [constants.errno.ENODEV, 'HOST_NOT_FOUND'],
  [constants.errno.ENOENT, 'HOST_NOT_FOUND'],
  [constants.errno.ESRCH, 'HOST_NOT_FOUND'],
  [constants.errno.ENXIO, 'HOST_NOT_FOUND'],
  [constants.errno.EADDRNOTAVAIL, 'HOST_NOT_FOUND'],
  [constants.errno.EPERM, 'HOST_PERMISSION'],
  [constants.errno.EACCES, 'HOST_PERMISSION'],
  [constants.errno.EROFS, 'HOST_PERMISSION'],
  [constants.errno.EINVAL, 'HOST_INVALID'],
  [constants.errno.ERANGE, 'HOST_INVALID'],
  [constants.errno.EBUSY, 'HOST_BUSY'],
  [constants.errno.ENETDOWN, 'HOST_UNREACHABLE'],
  [constants.errno.ENETUNREACH, 'HOST_UNREACHABLE'],
  [constants.errno.EHOSTUNREACH, 'HOST_UNREACHABLE'],
  [constants.errno.EOPNOTSUPP, 'HOST_UNSUPPORTED'],
  [constants.errno.EAFNOSUPPORT, 'HOST_UNSUPPORTED'],
  [constants.errno.EPROTONOSUPPORT, 'HOST_UNSUPPORTED'],
]);

/** A failure of the host; `object` names what it was about (`link ovn0`, `route 10.16.0.0/16`). */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  readonly object: string;
  readonly retry: Retry;
  /** Positive errno where the kernel gave one. */
  readonly errno: number | undefined;

  constructor(code: HostErrorCode, object: string, message: string, options: { errno?: number; retry?: Retry; cause?: unknown } = {}) {
    super(`${object}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.object = object;
    this.errno = options.errno;
    this.retry = options.retry ?? (code === 'HOST_BUSY' || code === 'HOST_TIMEOUT' ? 'later' : 'never');
  }
}

/**
 * The error for an errno of a system call or a netlink answer.
 * @param errno positive errno
 */
export function errnoError(errno: number, object: string, action: string): HostError {
  return new HostError(codeOfErrno.get(errno) ?? 'HOST_SYSCALL', object, `${action}: ${errnoName(errno)}`, { errno });
}

/** `EEXIST` for 17; the number itself where it has no name. */
export function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `errno ${errno}`;
  }
}

/** The HostError for what a `node:fs` call threw. */
export function fileError(error: unknown, object: string, action: string): HostError {
  const errno = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? Math.abs(error.errno) : undefined;
  if (errno === undefined) return new HostError('HOST_SYSCALL', object, `${action}: ${String(error)}`, { cause: error });
  return new HostError(codeOfErrno.get(errno) ?? 'HOST_SYSCALL', object, `${action}: ${errnoName(errno)}`, { errno, cause: error });
}

/** Whether `error` is a HostError of that code; two copies of this package agree on it. */
export function isHostError(error: unknown, code: HostErrorCode): boolean {
  return error instanceof Error && error.name === 'HostError' && 'code' in error && error.code === code;
}
