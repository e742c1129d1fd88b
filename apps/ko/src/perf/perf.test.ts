import { describe, expect, it } from 'vitest';
import { bedPods, measured, printPerf, printRate, waysOf } from './perf.ts';

const both = (i: number) => [
  { family: 4 as const, address: `10.0.0.${i}` },
  { family: 6 as const, address: `fd00::${i}` },
];

describe('what is measured', () => {
  it('is from a pod and a node to pods on both nodes, in each family', () => {
    const ways = waysOf(new Map(bedPods({ here: 'a', there: 'b' }).map(({ name }, i) => [name, both(i)])));
    expect(ways.map(({ from, to, family }) => `${from} ${to} ${family}`)).toEqual(
      [4, 6].flatMap((family) => [`client near ${family}`, `client far ${family}`, `node near ${family}`, `node far ${family}`]),
    );
  });

  it('is less where there is one node alone', () => {
    const ways = waysOf(new Map(bedPods({ here: 'a', there: undefined }).map(({ name }, i) => [name, both(i).slice(0, 1)])));
    expect(ways.map(({ from, to, address }) => `${from} ${to} ${address}`)).toEqual(['client near 10.0.0.2', 'node near 10.0.0.2']);
  });

  it('is told as a table', () => {
    const [way] = waysOf(new Map([['near', both(1)]]));
    const found = {
      tcp: { bitsPerSecond: 1.234e9 },
      udp: { bitsPerSecond: 560e6, packetsSent: 1000, packetsReceived: 900 },
      latency: { roundTrips: 5, min: 100, median: 120, p99: 900 },
    };
    expect(printPerf({ nodes: ['a', 'b'], seconds: 3, datagramBytes: 1400, ways: [measured(way!, found)] })).toBe(
      `                             family          TCP           UDP  packets/s  lost  round trip    99 %
pod to pod on the same node  IPv4    1.23 Gbit/s  560.0 Mbit/s      50000  10 %      120 us  900 us
(on a and b; 3 s each; one stream, datagrams of 1400 bytes as fast as they go)`,
    );
  });

  it.each([
    [1.5e9, '1.50 Gbit/s'],
    [999e6, '999.0 Mbit/s'],
    [0, '0.0 kbit/s'],
  ])('%d bits in a second are %s', (rate, text) => {
    expect(printRate(rate)).toBe(text);
  });
});
