/** A pseudo-terminal, for `exec -t`: openpty(3) and its size, by FFI, since Node has neither. */
import { closeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import koffi from 'koffi';

export interface Pty extends Disposable {
  /** file descriptor of the side that the command gets as its terminal; closed once the command has it */
  readonly slaveFd: number;
  /** the side that stands for the person */
  readonly master: ReadStream;
  resize(columns: number, rows: number): void;
  closeSlave(): void;
}

/** `ioctl_tty(2)`: set window size. */
const TIOCSWINSZ = 0x5414;

interface Libc {
  openpty(master: Int32Array, slave: Int32Array, winsize: Uint16Array): number;
  ioctl(fd: number, request: number, winsize: Uint16Array): number;
}

/** Open a pseudo-terminal of 80 by 24. @throws Error when the system has none left */
export function openPty(): Pty {
  const libc = loadLibc();
  const [master, slave] = [new Int32Array(1), new Int32Array(1)];
  if (libc.openpty(master, slave, winsize(80, 24)) !== 0) throw new Error('openpty failed');
  const masterFd = master[0] ?? -1;
  const slaveFd = slave[0] ?? -1;
  const stream = new ReadStream(masterFd);
  let isSlaveOpen = true;
  const closeSlave = (): void => {
    if (isSlaveOpen) closeSync(slaveFd);
    isSlaveOpen = false;
  };
  return {
    slaveFd,
    master: stream,
    closeSlave,
    resize: (columns, rows) => void libc.ioctl(masterFd, TIOCSWINSZ, winsize(columns, rows)),
    [Symbol.dispose]() {
      closeSlave();
      stream.destroy();
    },
  };
}

/** `struct winsize`: rows, columns, and two that nobody uses. */
function winsize(columns: number, rows: number): Uint16Array {
  return Uint16Array.from([rows, columns, 0, 0]);
}

function loadLibc(): Libc {
  const library = koffi.load('libc.so.6');
  const openpty = library.func('int openpty(_Out_ int *master, _Out_ int *slave, void *name, void *termios, uint16_t *winsize)');
  const ioctl = library.func('int ioctl(int fd, unsigned long request, uint16_t *winsize)');
  return {
    openpty: (master, slave, size) => openpty(master, slave, null, null, size) as number,
    ioctl: (fd, request, size) => ioctl(fd, request, size) as number,
  };
}
