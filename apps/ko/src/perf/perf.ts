/** What is measured between whom, and how it is told. Pure. */
import type { Measures } from '../agent/agent.ts';
import type { NodePair } from '../bed/nodes.ts';
import type { BedPod, PodAddress } from '../bed/pods.ts';

const PODS = { client: 'client', host: 'node', near: 'near', far: 'far' } as const;

export function bedPods({ here, there }: NodePair): readonly BedPod[] {
  return [
    { name: PODS.client, node: here },
    { name: PODS.host, node: here, isOnHost: true },
    { name: PODS.near, node: here },
    ...(there === undefined ? [] : [{ name: PODS.far, node: there }]),
  ];
}

/** A way that is measured. */
export interface Way {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly family: 4 | 6;
  readonly address: string;
}

const WAYS = [
  { what: 'pod to pod on the same node', from: PODS.client, to: PODS.near },
  { what: 'pod to pod on another node', from: PODS.client, to: PODS.far },
  { what: 'node to its pod', from: PODS.host, to: PODS.near },
  { what: 'node to a pod of another node', from: PODS.host, to: PODS.far },
] as const;

/** @param addresses of pods, by name; of those that are not there nothing is measured */
export function waysOf(addresses: ReadonlyMap<string, readonly PodAddress[]>): readonly Way[] {
  return ([4, 6] as const).flatMap((family) =>
    WAYS.flatMap(({ what, from, to }) =>
      (addresses.get(to) ?? []).filter((found) => found.family === family).map(({ address }) => ({ what, from, to, family, address })),
    ),
  );
}

export interface Measured extends Measures {
  readonly what: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly from: string;
  readonly to: string;
  readonly address: string;
}

export interface PerfReport {
  readonly nodes: readonly string[];
  /** For each of the measures, in seconds. */
  readonly seconds: number;
  readonly datagramBytes: number;
  readonly ways: readonly Measured[];
}

export function measured({ what, from, to, family, address }: Way, found: Measures): Measured {
  return { what, family: family === 6 ? 'IPv6' : 'IPv4', from, to, address, ...found };
}

const HEADINGS = ['', 'family', 'TCP', 'UDP', 'packets/s', 'lost', 'round trip', '99 %'];

/** A table. */
export function printPerf({ nodes, seconds, ways, datagramBytes }: PerfReport): string {
  const rows = ways.map(({ what, family, tcp, udp, latency }) => {
    const { packetsSent = 0, packetsReceived = 0 } = udp;
    return [
      what,
      family,
      printRate(tcp.bitsPerSecond),
      printRate(udp.bitsPerSecond),
      String(Math.round(udp.bitsPerSecond / 8 / datagramBytes)),
      packetsSent === 0 ? '-' : `${Math.round((100 * (packetsSent - packetsReceived)) / packetsSent)} %`,
      `${latency.median} us`,
      `${latency.p99} us`,
    ];
  });
  const table = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...lines,
    `(on ${nodes.join(' and ')}; ${seconds} s each; one stream, datagrams of ${datagramBytes} bytes as fast as they go)`,
  ].join('\n');
}

/** In the unit that leaves one to three digits before the point. */
export function printRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e9) return `${(bitsPerSecond / 1e9).toFixed(2)} Gbit/s`;
  if (bitsPerSecond >= 1e6) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${(bitsPerSecond / 1e3).toFixed(1)} kbit/s`;
}
