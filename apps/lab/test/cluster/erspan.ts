/** Reads copies that come by ERSPAN, which tcpdump does not look into. */

/** A copy. */
export interface Copy {
  readonly session: number;
  readonly from: string;
  readonly to: string;
  /** Of ICMP in IPv4; undefined: something else. */
  readonly icmpType: number | undefined;
}

const IPV4_BYTES = 20;
const GRE = { protocol: 47, sequenceFlag: 0x1000, erspan: 0x88be } as const;
const ETHERNET_BYTES = 14;

/**
 * The copies among packets that `tcpdump -x` has printed.
 * @source RFC 2784, RFC 2890; draft-foschiano-erspan-03 §4.1 (version 1, which is type II)
 */
export function erspanCopies(printed: string): readonly Copy[] {
  return packetsOf(printed).flatMap((packet) => {
    const isGre = packet.length > IPV4_BYTES + 16 && packet[0] === 0x45 && packet[9] === GRE.protocol;
    if (!isGre || packet.readUInt16BE(IPV4_BYTES + 2) !== GRE.erspan) return [];
    const hasSequence = (packet.readUInt16BE(IPV4_BYTES) & GRE.sequenceFlag) !== 0;
    const header = packet.subarray(IPV4_BYTES + (hasSequence ? 8 : 4));
    if (header.readUInt16BE(0) >> 12 !== 1) throw new Error(`ERSPAN of version ${header.readUInt16BE(0) >> 12}`);
    const inner = header.subarray(8 + ETHERNET_BYTES);
    const address = (at: number): string => [...inner.subarray(at, at + 4)].join('.');
    const icmpType = inner[9] === 1 ? inner[IPV4_BYTES] : undefined;
    return [{ session: header.readUInt16BE(2) & 0x3ff, from: address(12), to: address(16), icmpType }];
  });
}

function packetsOf(printed: string): readonly Buffer[] {
  const packets: string[] = [];
  for (const line of printed.split('\n')) {
    const bytes = /^\s+0x[0-9a-f]{4}:\s+(?<hex>(?:[0-9a-f]{2,4} ?)+)/.exec(line)?.groups?.['hex'];
    if (bytes === undefined) packets.push('');
    else packets.push((packets.pop() ?? '') + bytes.replaceAll(' ', ''));
  }
  return packets.filter((hex) => hex !== '').map((hex) => Buffer.from(hex, 'hex'));
}
