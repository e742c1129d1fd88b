import { close } from 'node:fs';
import { constants } from 'node:os';
import { checked, lastErrno, libc } from '../ffi/libc.ts';
import { errnoError } from '../errors.ts';
import { inNetns, type Netns } from '../netns/netns.ts';

/** @source packet(7) */
const AF_PACKET = 17;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const SOCKADDR_LL_BYTES = 20;

/** All Ethernet types. @source linux/if_ether.h */
const ETH_P_ALL = 3;

/** Longest frame that is read; longer ones are cut, which is no loss for ARP and neighbour discovery. */
const FRAME_BYTES = 2048;

/** Whole Ethernet frames of one link, in both directions. */
export interface PacketSocket extends Disposable {
  send(frame: Uint8Array): void;
  /** The next frame that is waiting, or undefined. Never blocks. */
  receive(): Uint8Array | undefined;
}

/**
 * Open a raw socket on a link.
 * @param link its index in `ns`
 * @throws {HostError} HOST_PERMISSION without CAP_NET_RAW; HOST_NOT_FOUND when the link is gone
 */
export function openPacketSocket(link: { readonly index: number; readonly name: string }, ns?: Netns): PacketSocket {
  const object = `raw socket on link ${link.name}`;
  // protocol 0 first: a socket bound to no link yet would collect frames of all links
  const fd = inNetns(ns, () => checked(libc().socket(AF_PACKET, SOCK_RAW_NONBLOCK_CLOEXEC, 0), object, 'open'));
  const address = Buffer.alloc(SOCKADDR_LL_BYTES);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(link.index, 4);
  try {
    checked(libc().bind(fd, address, address.length), object, 'bind');
  } catch (error) {
    libc().close(fd);
    throw error;
  }
  const buffer = Buffer.alloc(FRAME_BYTES);
  return {
    send: (frame) => {
      checked(libc().send(fd, frame, frame.length, 0), object, 'send');
    },
    receive: () => {
      const size = libc().recv(fd, buffer, buffer.length, 0);
      if (size >= 0) return Uint8Array.prototype.slice.call(buffer, 0, size);
      const errno = lastErrno();
      if (errno === constants.errno.EAGAIN || errno === constants.errno.EINTR || errno === constants.errno.ENETDOWN) return undefined;
      throw errnoError(errno, object, 'receive');
    },
    [Symbol.dispose]: () => {
      // on another thread: the kernel waits until no processor looks at the socket any more, which takes some ten milliseconds
      close(fd, () => {});
    },
  };
}
