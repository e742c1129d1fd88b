import { AttrStream, parseAttributes } from 'netlink';

/** Kinds of virtual links that need no further data than their name. */
export type LinkKind = 'veth' | 'bridge' | 'dummy' | 'ifb';

/** @source linux/if_link.h */
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
/** @source linux/veth.h */
const VETH_INFO_PEER = 1;

/**
 * The value of `IFLA_LINKINFO`: which driver makes the link, and what the driver is told.
 * @param peer for a veth: `ifinfomsg` and attributes of the other end
 */
export function formatLinkInfo(kind: LinkKind, peer?: Buffer): Buffer {
  const out = new AttrStream();
  out.push(IFLA_INFO_KIND, Buffer.from(`${kind}\0`));
  if (peer !== undefined) out.push(IFLA_INFO_DATA, (inner) => inner.push(VETH_INFO_PEER, peer));
  return Buffer.concat(out.bufs);
}

/** The driver's name in an `IFLA_LINKINFO` value. */
export function parseLinkKind(info: Buffer): string | undefined {
  let kind: string | undefined;
  parseAttributes(info, ({ type, data }) => {
    if (type === IFLA_INFO_KIND) kind = data.toString('latin1').replace(/\0.*$/s, '');
  });
  return kind;
}

/** A 32-bit attribute in the byte order of this machine (all that Node runs on with these bindings is little endian). */
export function u32(value: Buffer): number {
  return value.readUInt32LE(0);
}
