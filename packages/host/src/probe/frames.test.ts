import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressBytes, macBytes } from '../address.ts';
import { formatArpRequest, parseArp } from './arp.ts';
import { formatAdvertisement, formatSolicitation, internetChecksum, parseNdp, solicitedNode } from './ndp.ts';

const mac = macBytes('0a:00:00:00:00:01');

describe('ARP', () => {
  test('a request reads back as it was written', () => {
    const frame = formatArpRequest({ senderMac: mac, senderAddress: addressBytes('10.16.0.2'), targetAddress: addressBytes('10.16.0.1') });
    expect(frame.toString('hex')).toBe(
      'ffffffffffff0a00000000010806' + '0001080006040001' + '0a0000000001' + '0a100002' + '000000000000' + '0a100001',
    );
    expect(parseArp(frame)).toEqual({
      operation: 'request',
      senderMac: mac,
      senderAddress: addressBytes('10.16.0.2'),
      targetAddress: addressBytes('10.16.0.1'),
    });
  });

  test('any other bytes are not ARP, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(parseArp(bytes)).toBeUndefined();
      }),
    );
  });

  test('a cut frame is not ARP', () => {
    const frame = formatArpRequest({ senderMac: mac, senderAddress: addressBytes('10.16.0.2'), targetAddress: addressBytes('10.16.0.1') });
    for (let length = 0; length < frame.length; length++) expect(parseArp(frame.subarray(0, length))).toBeUndefined();
  });
});

describe('neighbour discovery', () => {
  const own = addressBytes('fd00:10:16::2');
  const target = addressBytes('fd00:10:16::1');

  test('solicitedNode: RFC 4291 §2.7.1 example', () => {
    expect(solicitedNode(addressBytes('4037::1:800:200e:8c6c')).toString('hex')).toBe('ff0200000000000000000001ff0e8c6c');
  });

  test('a solicitation has a right checksum and carries our MAC', () => {
    const frame = formatSolicitation({ mac, source: own, target });
    expect(parseNdp(frame)).toMatchObject({ kind: 'solicitation', targetAddress: target, senderAddress: own });
    expect(frame.subarray(-8).toString('hex')).toBe(`0101${mac.toString('hex')}`);
    expect(checksumOf(frame)).toBe(0);
  });

  test('a probe comes from the unspecified address and carries no MAC option', () => {
    const frame = formatSolicitation({ mac, source: Buffer.alloc(16), target });
    expect(frame.length).toBe(14 + 40 + 24);
    expect(checksumOf(frame)).toBe(0);
  });

  test('an advertisement overrides what others know', () => {
    const frame = formatAdvertisement({ mac, address: own });
    expect(parseNdp(frame)).toMatchObject({ kind: 'advertisement', targetAddress: own });
    expect((frame[14 + 40 + 4] ?? 0) & 0x20).toBe(0x20);
    expect(checksumOf(frame)).toBe(0);
  });

  test('a forwarded packet (hop limit below 255) and arbitrary bytes are not believed', () => {
    const frame = formatAdvertisement({ mac, address: own });
    frame[14 + 7] = 254;
    expect(parseNdp(frame)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(parseNdp(bytes)).toBeUndefined();
      }),
    );
  });
});

/** 0 when the ICMPv6 checksum of the frame is right. */
function checksumOf(frame: Buffer): number {
  const ip = frame.subarray(14);
  const icmp = ip.subarray(40);
  return internetChecksum(Buffer.concat([ip.subarray(8, 40), Buffer.from([0, 0, 0, icmp.length, 0, 0, 0, 58]), icmp]));
}
