import { AttrStream, Flags, formatMessage, MessageType, parseError, parseMessages, rt } from 'netlink';
import { constants } from 'node:os';
import { close } from 'node:fs';
import { checked, lastErrno, libc } from '../ffi/libc.ts';
import { errnoError, HostError } from '../errors.ts';
import { inNetns, type Netns } from '../netns/netns.ts';
import { checkLinkName } from './link.ts';

/** @source netlink(7) */
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const MSG_DONTWAIT = 0x40;
const ANSWER_BYTES = 4096;

/**
 * Delete a link, on another thread.
 *
 * Every other request takes the kernel some ten microseconds and is served while the sender waits. Removing a link takes it ten to
 * forty milliseconds, until no processor holds on to the link any more; on this thread nothing else would move meanwhile.
 * @returns false when there is no such link
 * @throws {HostError} by the errno of the answer
 */
export async function deleteLink(ns: Netns | undefined, name: string): Promise<boolean> {
  const object = `link ${name}`;
  const out = new AttrStream();
  rt.formatLinkMessage({ kind: 'link', data: {}, attrs: { ifname: checkLinkName(name) } }, out);
  const request = Buffer.concat(
    formatMessage({ type: rt.MessageType.DELLINK, flags: Flags.REQUEST | Flags.ACK, seq: 1, port: 0, data: out.bufs }),
  );
  const fd = inNetns(ns, () => checked(libc().socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE), object, 'open netlink socket'));
  try {
    const sent = await libc().sendAside(fd, request, request.length, 0);
    if (sent !== request.length) throw new HostError('HOST_SYSCALL', object, `delete: netlink took ${sent} of ${request.length} bytes`);
    const errno = readErrno(fd, object);
    if (errno === constants.errno.ENODEV) return false;
    if (errno !== 0) throw errnoError(errno, object, 'delete');
    return true;
  } finally {
    close(fd, () => {});
  }
}

/** The verdict; it is there when the request has been taken, as rtnetlink works within the call that sends. */
function readErrno(fd: number, object: string): number {
  const answer = Buffer.alloc(ANSWER_BYTES);
  const size = libc().recv(fd, answer, answer.length, MSG_DONTWAIT);
  if (size < 0) throw errnoError(lastErrno(), object, 'read the answer to delete');
  const message = parseMessages(answer.subarray(0, size)).find(({ type }) => type === MessageType.ERROR);
  if (message === undefined) throw new HostError('HOST_SYSCALL', object, 'delete: the kernel did not answer');
  return Math.abs(parseError(message.data, message.flags).errno);
}
