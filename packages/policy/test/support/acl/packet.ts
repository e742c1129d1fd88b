/** The first packet of a connection, as the fields that match expressions compare. */
import { type Flow, usualSourcePort } from '../../../src/verdict/flow.ts';
import type { Packet } from './matching.ts';

const numbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;

/** The packet that opens a connection between two addresses of the flow's family. */
export function firstPacket(
  { protocol, port = 0, sourcePort = usualSourcePort, family }: Flow,
  ends: { readonly source: string; readonly destination: string },
): Packet {
  const network: Packet = {
    ip: true,
    [`ip${family}`]: true,
    [`ip${family}.src`]: ends.source,
    [`ip${family}.dst`]: ends.destination,
    'ct.new': true,
    'ct.trk': true,
  };
  if (protocol === 'ICMP') {
    const name = family === 4 ? 'icmp4' : 'icmp6';
    return {
      ...network,
      icmp: true,
      [name]: true,
      [`${name}.type`]: family === 4 ? 8 : 128,
      [`${name}.code`]: 0,
      'ip.proto': family === 4 ? 1 : 58,
    };
  }
  const name = protocol.toLowerCase();
  return { ...network, [name]: true, [`${name}.src`]: sourcePort, [`${name}.dst`]: port, 'ip.proto': numbers[protocol] };
}
