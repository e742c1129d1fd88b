import { describe, expect, it } from 'vitest';
import { type PortCounters, ratesOf, readPorts } from './counters.ts';
import { type Busy, busiest, printTop } from './top.ts';

/** As Open vSwitch 3.1.0 prints it. */
const PRINTED = `OFPST_PORT reply (OF1.3) (xid=0x2): 3 ports
  port LOCAL: rx pkts=0, bytes=0, drop=7, errs=0, frame=0, over=0, crc=0
           tx pkts=0, bytes=0, drop=0, errs=0, coll=0
           duration=12.5s
  port  1: rx pkts=155, bytes=12842, drop=?, errs=?, frame=?, over=?, crc=?
           tx pkts=158, bytes=13332, drop=?, errs=?, coll=?
           duration=12.25s
  port  5: rx pkts=20, bytes=2000, drop=1, errs=0, frame=0, over=0, crc=0
           tx pkts=30, bytes=4000, drop=2, errs=0, coll=0
           duration=3.007s
`;

describe('counters', () => {
  it('are read by port; the switch’s own port is none of a pod', () => {
    expect([...readPorts(PRINTED)]).toEqual([
      [
        1,
        { in: { packets: 155, bytes: 12_842, drops: undefined }, out: { packets: 158, bytes: 13_332, drops: undefined }, seconds: 12.25 },
      ],
      [5, { in: { packets: 20, bytes: 2000, drops: 1 }, out: { packets: 30, bytes: 4000, drops: 2 }, seconds: 3.007 }],
    ]);
    expect(readPorts('').size).toBe(0);
  });

  const at = (seconds: number, packets: number, drops?: number): PortCounters => ({
    in: { packets, bytes: packets * 100, drops },
    out: { packets: 0, bytes: 0, drops: 0 },
    seconds,
  });

  it('make rates by the time that the switch has seen pass', () => {
    expect(ratesOf(at(10, 100, 5), at(14, 300, 8))).toEqual({
      in: { packetsPerSecond: 50, bytesPerSecond: 5000, drops: 3 },
      out: { packetsPerSecond: 0, bytesPerSecond: 0, drops: 0 },
    });
  });

  it('of a port that was made anew make none', () => {
    expect([ratesOf(at(10, 100), at(2, 300)), ratesOf(at(10, 100), at(14, 20))]).toEqual([undefined, undefined]);
  });

  it('that are not kept stay unknown', () => {
    expect(ratesOf(at(10, 100), at(14, 300))?.in.drops).toBeUndefined();
  });
});

describe('the busiest', () => {
  const rate = (packetsPerSecond: number, bytesPerSecond: number, drops?: number) => ({ packetsPerSecond, bytesPerSecond, drops });
  const busy = (pod: string, sent: Busy['sent'], received: Busy['received']): Busy => ({
    pod,
    node: 'node1',
    interface: 'x_h',
    sent,
    received,
  });
  const pods = [
    busy('shop/idle', rate(0, 0, 0), rate(0, 0, 0)),
    busy('shop/small', rate(900, 1000), rate(900, 1000)),
    busy('shop/large', rate(1, 125_000_000, 0), rate(10, 5, 4)),
  ];
  const names = (by: 'bytes' | 'packets' | 'drops', limit = 10) => busiest(pods, by, limit).map(({ pod }) => pod);

  it('are so by bytes, packets or drops of both directions, and the idle are left out', () => {
    expect([names('bytes'), names('packets'), names('drops'), names('bytes', 1)]).toEqual([
      ['shop/large', 'shop/small'],
      ['shop/small', 'shop/large'],
      ['shop/large'],
      ['shop/large'],
    ]);
  });

  it('stand in columns, with bits where bytes were counted', () => {
    expect(printTop(busiest(pods, 'bytes', 10)).split('\n')).toEqual([
      'POD         NODE   SENT pkt/s  bit/s  DROPPED  RECEIVED pkt/s  bit/s  DROPPED',
      'shop/large  node1         1.0   1.0G        0              10     40        4',
      'shop/small  node1         900   8.0k        -             900   8.0k        -',
    ]);
    expect(printTop([])).toBe('no pod sent or received anything');
  });
});
