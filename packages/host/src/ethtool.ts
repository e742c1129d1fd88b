import { checked, libc, pointerTo } from './ffi/libc.ts';
import { AF_INET } from './address.ts';
import { checkLinkName } from './netlink/link.ts';
import { inNetns, type Netns } from './netns/netns.ts';

/** @source linux/sockios.h */
const SIOCETHTOOL = 0x8946;
/** @source linux/ethtool.h */
const ETHTOOL_GTXCSUM = 0x16;
const ETHTOOL_STXCSUM = 0x17;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
/** sizeof(struct ifreq) on 64-bit Linux: a name of 16 bytes and a union of 24 */
const IFREQ_BYTES = 40;

/**
 * Whether the kernel leaves checksums of outgoing packets to the link.
 * @throws {HostError} HOST_NOT_FOUND when there is no such link
 */
export function readTxChecksumOffload(link: string, ns?: Netns): boolean {
  return ethtoolValue({ link, command: ETHTOOL_GTXCSUM, value: 0, ns }) !== 0;
}

/**
 * Switch checksum offload of outgoing packets, as `ethtool -K LINK tx on|off` does.
 *
 * On a veth "offload" means that the checksum is never computed. The kernel's datapath copes; the userspace datapath of
 * Open vSwitch does not, and TCP and UDP through it move no byte until this is off at the sender.
 * @throws {HostError} HOST_NOT_FOUND, HOST_PERMISSION, HOST_UNSUPPORTED
 */
export function writeTxChecksumOffload(link: string, on: boolean, ns?: Netns): void {
  ethtoolValue({ link, command: ETHTOOL_STXCSUM, value: on ? 1 : 0, ns });
}

function ethtoolValue(request: { link: string; command: number; value: number; ns: Netns | undefined }): number {
  const object = `link ${request.link}`;
  const data = Buffer.alloc(8);
  data.writeUInt32LE(request.command, 0);
  data.writeUInt32LE(request.value, 4);
  const ifreq = Buffer.alloc(IFREQ_BYTES);
  ifreq.write(checkLinkName(request.link), 0, 'latin1');
  ifreq.writeBigUInt64LE(pointerTo(data), 16);
  const fd = inNetns(request.ns, () => checked(libc().socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0), object, 'socket'));
  try {
    checked(libc().ioctl(fd, SIOCETHTOOL, ifreq), object, 'ethtool tx checksum');
    return data.readUInt32LE(4);
  } finally {
    libc().close(fd);
  }
}
