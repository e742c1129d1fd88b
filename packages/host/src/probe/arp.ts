/** ARP for IPv4 over Ethernet: bytes in, bytes out. @source RFC 826, RFC 5227 */

/** One ARP packet. */
export interface ArpPacket {
  readonly operation: 'request' | 'reply';
  readonly senderMac: Uint8Array;
  readonly senderAddress: Uint8Array;
  readonly targetAddress: Uint8Array;
}

const BROADCAST = Buffer.alloc(6, 0xff);
/** Ethernet, IPv4, 6 and 4 bytes of address. */
const HEADER = Buffer.from([0x00, 0x01, 0x08, 0x00, 6, 4]);
const ETHERNET_BYTES = 14;

/** A broadcast ARP request frame. A probe has the sender address 0.0.0.0 (RFC 5227 §2.1.1). */
export function formatArpRequest(packet: Omit<ArpPacket, 'operation'>): Buffer {
  return Buffer.concat([
    BROADCAST,
    packet.senderMac,
    Buffer.from([0x08, 0x06]),
    HEADER,
    Buffer.from([0, 1]),
    packet.senderMac,
    packet.senderAddress,
    Buffer.alloc(6),
    packet.targetAddress,
  ]);
}

/** Undefined for any frame that is not a well-formed ARP request or reply for IPv4. */
export function parseArp(frame: Uint8Array): ArpPacket | undefined {
  if (frame.length < ETHERNET_BYTES + 28 || frame[12] !== 0x08 || frame[13] !== 0x06) return undefined;
  const body = frame.subarray(ETHERNET_BYTES);
  if (HEADER.compare(body.subarray(0, 6)) !== 0 || body[6] !== 0 || (body[7] !== 1 && body[7] !== 2)) return undefined;
  return {
    operation: body[7] === 1 ? 'request' : 'reply',
    senderMac: body.subarray(8, 14),
    senderAddress: body.subarray(14, 18),
    targetAddress: body.subarray(24, 28),
  };
}
