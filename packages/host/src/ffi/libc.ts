import koffi from 'koffi';
import { errnoError } from '../errors.ts';

/**
 * The few functions of the C library that Node does not offer.
 *
 * Loaded at the first use, so importing this package has no effect. All calls are synchronous and run on the calling
 * thread, which is what `setns(2)` needs: a network namespace belongs to a thread.
 */
export interface Libc {
  setns(fd: number, type: number): number;
  unshare(flags: number): number;
  mount(source: string, target: string, type: string | null, flags: number, data: null): number;
  umount2(target: string, flags: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, data: Uint8Array, length: number, flags: number): number;
  /** `send` on another thread, for calls during which the kernel takes its time. */
  sendAside(fd: number, data: Uint8Array, length: number, flags: number): Promise<number>;
  recv(fd: number, buffer: Uint8Array, length: number, flags: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  close(fd: number): number;
}

function load(): Libc {
  const library = koffi.load('libc.so.6');
  const send = library.func('long send(int fd, const void *data, size_t length, int flags)');
  return {
    setns: library.func('int setns(int fd, int nstype)'),
    unshare: library.func('int unshare(int flags)'),
    mount: library.func('int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)'),
    umount2: library.func('int umount2(const char *target, int flags)'),
    socket: library.func('int socket(int domain, int type, int protocol)'),
    bind: library.func('int bind(int fd, const void *address, unsigned int length)'),
    send,
    sendAside: (fd, data, length, flags) =>
      new Promise((resolve, reject) => {
        send.async(fd, data, length, flags, (error: unknown, result: number) =>
          error === null ? resolve(result) : reject(error as Error),
        );
      }),
    recv: library.func('long recv(int fd, void *buffer, size_t length, int flags)'),
    ioctl: library.func('int ioctl(int fd, unsigned long request, void *argument)'),
    close: library.func('int close(int fd)'),
  };
}

const loaded: { libc?: Libc } = {};

/** The C library of this process. */
export function libc(): Libc {
  return (loaded.libc ??= load());
}

/**
 * The result of a call that answers -1 on failure.
 * @throws {HostError} by errno
 */
export function checked(result: number, object: string, action: string): number {
  if (result < 0) throw errnoError(koffi.errno(), object, action);
  return result;
}

/** errno of the last call through `libc()` on this thread. */
export function lastErrno(): number {
  return koffi.errno();
}

/** The address of a buffer's first byte, for structures that hold a pointer. Keep the buffer alive as long as the structure. */
export function pointerTo(buffer: Uint8Array): bigint {
  return koffi.address(buffer);
}
