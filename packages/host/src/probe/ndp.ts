/** Neighbour solicitations and advertisements: bytes in, bytes out. @source RFC 4861 §4.3, §4.4; RFC 2464 §7 */

/** What a neighbour solicitation or advertisement says. */
export interface NdpPacket {
  readonly kind: 'solicitation' | 'advertisement';
  /** Ethernet source. */
  readonly senderMac: Uint8Array;
  /** IPv6 source; all zero in a duplicate address probe. */
  readonly senderAddress: Uint8Array;
  readonly targetAddress: Uint8Array;
}

const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const ICMPV6 = 58;
const ETHERNET_BYTES = 14;
const IPV6_BYTES = 40;
const UNSPECIFIED = Buffer.alloc(16);
/** ff02::1, all nodes of the link. */
const ALL_NODES = Buffer.from('ff020000000000000000000000000001', 'hex');
/** Override (RFC 4861 §4.4): receivers replace what they know. */
const FLAG_OVERRIDE = 0x20;

/**
 * Ask who has `target`. With the unspecified source this is the probe of duplicate address detection, which must not
 * carry our link-layer address (RFC 4862 §5.4.2).
 */
export function formatSolicitation(packet: { readonly mac: Uint8Array; readonly source: Uint8Array; readonly target: Uint8Array }): Buffer {
  const isProbe = UNSPECIFIED.equals(packet.source);
  const option = isProbe ? Buffer.alloc(0) : Buffer.concat([Buffer.from([1, 1]), packet.mac]);
  return formatNdp(
    { mac: packet.mac, source: packet.source, destination: solicitedNode(packet.target) },
    Buffer.concat([Buffer.from([SOLICITATION, 0, 0, 0, 0, 0, 0, 0]), packet.target, option]),
  );
}

/** Tell all nodes of the link that `address` is at `mac` now (RFC 4861 §7.2.6). */
export function formatAdvertisement(packet: { readonly mac: Uint8Array; readonly address: Uint8Array }): Buffer {
  const icmp = Buffer.concat([
    Buffer.from([ADVERTISEMENT, 0, 0, 0, FLAG_OVERRIDE, 0, 0, 0]),
    packet.address,
    Buffer.from([2, 1]),
    packet.mac,
  ]);
  return formatNdp({ mac: packet.mac, source: packet.address, destination: ALL_NODES }, icmp);
}

/** Undefined for any frame that is not a well-formed solicitation or advertisement. */
export function parseNdp(frame: Uint8Array): NdpPacket | undefined {
  if (frame.length < ETHERNET_BYTES + IPV6_BYTES + 24 || frame[12] !== 0x86 || frame[13] !== 0xdd) return undefined;
  const ip = frame.subarray(ETHERNET_BYTES);
  const icmp = ip.subarray(IPV6_BYTES);
  // hop limit 255 proves that no router forwarded it (RFC 4861 §7.1)
  if (ip[6] !== ICMPV6 || ip[7] !== 255 || (icmp[0] !== SOLICITATION && icmp[0] !== ADVERTISEMENT) || icmp[1] !== 0) return undefined;
  return {
    kind: icmp[0] === SOLICITATION ? 'solicitation' : 'advertisement',
    senderMac: frame.subarray(6, 12),
    senderAddress: ip.subarray(8, 24),
    targetAddress: icmp.subarray(8, 24),
  };
}

/** ff02::1:ffXX:XXXX of an address. @source RFC 4291 §2.7.1 */
export function solicitedNode(address: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('ff0200000000000000000001ff', 'hex'), address.subarray(13)]);
}

function formatNdp(envelope: { mac: Uint8Array; source: Uint8Array; destination: Buffer }, icmp: Buffer): Buffer {
  const { mac, source, destination } = envelope;
  const ethernet = Buffer.concat([Buffer.from([0x33, 0x33]), destination.subarray(12), mac, Buffer.from([0x86, 0xdd])]);
  const ip = Buffer.concat([Buffer.from([0x60, 0, 0, 0, 0, icmp.length, ICMPV6, 255]), source, destination]);
  const pseudo = Buffer.concat([source, destination, Buffer.from([0, 0, 0, icmp.length, 0, 0, 0, ICMPV6])]);
  icmp.writeUInt16BE(internetChecksum(Buffer.concat([pseudo, icmp])), 2);
  return Buffer.concat([ethernet, ip, icmp]);
}

/** One's complement sum of 16-bit words, complemented. @source RFC 1071 */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
