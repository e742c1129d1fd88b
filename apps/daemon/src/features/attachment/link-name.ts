/**
 * Name of the node's end of a pod interface.
 */
import { createHash } from 'node:crypto';
import type { Attachment } from './record.ts';

/** What is left of a link name (15 bytes) after `_h`. */
const ROOM = 13;
const ID_BYTES = 12;

/**
 * Kube-OVN's name where it is sure to be unique, else a hash.
 *
 * Runtimes give 64 random hexadecimal digits, of which the first 12 will do. An id of another form may have its differences at the
 * end, and a long interface name leaves too little room.
 * @source Kube-OVN daemon: `<id>_h` for eth0, `<id>_<interface>_h` for further ones
 */
export function hostLinkName(of: Pick<Attachment, 'containerId' | 'ifName'>): string {
  const { containerId, ifName } = of;
  const isRandom = /^[0-9a-f]{32,}$/.test(containerId);
  if (isRandom && ifName === 'eth0') return `${containerId.slice(0, ID_BYTES)}_h`;
  if (isRandom && ifName.length <= ROOM - 1 - 8) return `${containerId.slice(0, ROOM - 1 - ifName.length)}_${ifName}_h`;
  return `${createHash('sha256').update(`${containerId}/${ifName}`).digest('hex').slice(0, ID_BYTES)}_h`;
}
