import { AttrStream, FlagsNew, rt } from 'netlink';
import { addressText, familyOf, prefixBytes } from '../address.ts';
import { isHostError } from '../errors.ts';
import { linkIndex } from './link.ts';
import type { RtnlSocket } from './socket.ts';

/** An IP address on a link. */
export interface LinkAddress {
  /** Index of the link. */
  readonly index: number;
  /** Address with the length of its prefix: `10.16.0.5/16` */
  readonly prefix: string;
  /** Duplicate address detection runs: not usable yet. IPv6 only. */
  readonly tentative: boolean;
  /** Duplicate address detection found another owner. IPv6 only. */
  readonly dadFailed: boolean;
  /** `RT_SCOPE_*`: 0 global, 253 link, 254 host */
  readonly scope: number;
}

/** How an address is put on a link. */
export interface AddressOptions {
  /** Usable at once, without the kernel's duplicate address detection. IPv6 only; check by other means. */
  readonly noDad?: boolean;
  /** Do not add the route of the prefix. */
  readonly noPrefixRoute?: boolean;
}

/** Addresses of one link, or of all. */
export async function dumpAddresses(socket: RtnlSocket, link?: string): Promise<readonly LinkAddress[]> {
  const index = link === undefined ? undefined : await linkIndex(socket, link);
  const subject = { object: link === undefined ? 'addresses' : `addresses of link ${link}`, action: 'list' };
  const messages = await socket.dump({ type: rt.MessageType.GETADDR, body: addressMessage({}, {}), subject });
  return messages.map((message) => readAddress(message.data)).filter((address) => index === undefined || address.index === index);
}

/**
 * Put an address on a link.
 * @param prefix `10.16.0.5/16`
 * @returns false when the link has it already
 */
export async function addAddress(socket: RtnlSocket, link: string, prefix: string, options: AddressOptions = {}): Promise<boolean> {
  try {
    await socket.request({
      type: rt.MessageType.NEWADDR,
      body: await oneAddress(socket, link, prefix, options),
      flags: FlagsNew.CREATE | FlagsNew.EXCL,
      subject: { object: `address ${prefix} of link ${link}`, action: 'add' },
    });
    return true;
  } catch (error) {
    if (isHostError(error, 'HOST_EXISTS')) return false;
    throw error;
  }
}

/** @returns false when the link does not have the address */
export async function deleteAddress(socket: RtnlSocket, link: string, prefix: string): Promise<boolean> {
  try {
    const subject = { object: `address ${prefix} of link ${link}`, action: 'delete' };
    await socket.request({ type: rt.MessageType.DELADDR, body: await oneAddress(socket, link, prefix, {}), subject });
    return true;
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND')) return false;
    throw error;
  }
}

async function oneAddress(socket: RtnlSocket, link: string, prefix: string, options: AddressOptions): Promise<Uint8Array[]> {
  const { bytes, length } = prefixBytes(prefix);
  const flags = {
    ...(options.noDad === true ? { nodad: true as const } : {}),
    ...(options.noPrefixRoute === true ? { noprefixroute: true as const } : {}),
  };
  return addressMessage(
    { family: familyOf(bytes), prefixlen: length, index: await linkIndex(socket, link) },
    { local: bytes, address: bytes, ...(Object.keys(flags).length === 0 ? {} : { flags }) },
  );
}

type AddressMessage = Parameters<typeof rt.formatAddressMessage>[0];

function addressMessage(data: AddressMessage['data'], attrs: AddressMessage['attrs']): Uint8Array[] {
  const out = new AttrStream();
  rt.formatAddressMessage({ kind: 'address', data, attrs }, out);
  return out.bufs;
}

function readAddress(message: Buffer): LinkAddress {
  const { data, attrs } = rt.parseAddressMessage(message);
  const flags = attrs.flags ?? data.flags;
  return {
    index: data.index ?? 0,
    prefix: `${addressText(attrs.local ?? attrs.address ?? Buffer.alloc(4))}/${data.prefixlen ?? 0}`,
    tentative: flags?.tentative === true,
    dadFailed: flags?.dadfailed === true,
    scope: data.scope ?? 0,
  };
}
