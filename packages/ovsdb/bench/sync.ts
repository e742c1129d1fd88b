/** Time and memory to a complete replica, ours beside others on the same server. */
import { table } from '@kube-ovn/tools/benchmark-section';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { fill } from './fill.ts';
import type { Size } from './fill.ts';
import { costOf, fastest, log, mib, nodeChild, seconds, times, verdict } from './measure.ts';
import type { Cost } from './measure.ts';
import { connected, wholeNorthbound } from './servers.ts';

/** 100,000 rows, as a cluster of 80,000 pods may have. */
const LARGE: Size = { switches: 200, ports: 80_000, acls: 18_000, addressSets: 1800 };
/** What libovsdb was measured with. */
const MEDIUM: Size = { switches: 100, ports: 50_000, acls: 10_000, addressSets: 0 };

/** Measured once, on another machine: libovsdb, and beside it a bare Node socket with JSON.parse. */
const LIBOVSDB = { ms: 4050, mib: 476, bareMs: 1570, bareMib: 196 };

const ROUNDS = 3;

const ways = (remote: string) => ({
  ours: () => costOf(nodeChild('our-child.ts', remote)),
  bare: () => costOf(nodeChild('bare-child.ts', remote, '0', wholeNorthbound())),
  c: () => costOf({ program: 'ovn-nbctl', args: [`--db=${remote}`, '--no-leader-only', 'show'] }),
  monitor: () =>
    costOf({ program: 'ovsdb-client', args: ['-vconsole:err', 'monitor', remote, 'OVN_Northbound', 'ALL'] }, { follows: true }),
  python: () =>
    costOf({ program: '/usr/bin/python3', args: [new URL('idl.py', import.meta.url).pathname, remote, schemaFiles.northbound] }),
});

const NAMES: Readonly<Record<keyof ReturnType<typeof ways>, string>> = {
  ours: 'this package',
  bare: 'bare Node socket and `JSON.parse`, no replica',
  c: 'C IDL (`ovn-nbctl show`)',
  monitor: '`ovsdb-client monitor ALL`',
  python: 'python-ovs',
};

const comparison = {
  rounds: ROUNDS,
  timeOf: ({ wallMs }: Cost) => wallMs,
  say: (way: keyof typeof NAMES, cost: Cost) =>
    log(`${NAMES[way]}: ${seconds(cost.wallMs)}, CPU ${seconds(cost.cpuMs)}, ${mib(cost.peakMib)}`),
};

async function filled(size: Size): Promise<TestServer> {
  const server = await startTestServer();
  await using client = await connected(server);
  await fill(client, size);
  return server;
}

const inWords = ({ ports, acls, addressSets }: Size): string =>
  [
    `${ports.toLocaleString('en')} ports`,
    `${acls.toLocaleString('en')} ACLs`,
    ...(addressSets === 0 ? [] : [`${addressSets.toLocaleString('en')} address sets`]),
  ].join(', ');

const HEAD = ['client', 'time from start to complete', 'CPU time', 'peak resident', 'time × ours', 'memory × ours'];
const row = (name: string, cost: Cost, ours: Cost): string[] => [
  name,
  seconds(cost.wallMs),
  seconds(cost.cpuMs),
  mib(cost.peakMib),
  times(cost.wallMs, ours.wallMs),
  times(cost.peakMib, ours.peakMib),
];

const TARGET_HEAD = ['this package against', 'time', 'target', '', 'memory', 'target', ''];
function held(name: string, pair: { readonly ours: Cost; readonly other: Cost }, most: { readonly time: number; readonly memory: number }) {
  const { ours, other } = pair;
  return [
    name,
    times(ours.wallMs, other.wallMs),
    `≤ ${most.time} ×`,
    verdict(ours.wallMs <= most.time * other.wallMs),
    times(ours.peakMib, other.peakMib),
    `≤ ${most.memory} ×`,
    verdict(ours.peakMib <= most.memory * other.peakMib),
  ];
}

/** 100,000 rows: every client that can be had from Debian. */
export async function largeSync(): Promise<string> {
  await using server = await filled(LARGE);
  const costs = await fastest(ways(server.remote), comparison);
  const { ours, c, python } = costs;
  return `A complete replica of OVN_Northbound with ${inWords(LARGE)}, fastest of ${ROUNDS} (the clients take turns), the start of the process included:

${table(
  HEAD,
  (['ours', 'bare', 'c', 'monitor', 'python'] as const).map((way) => row(NAMES[way], costs[way], ours)),
)}

${table(TARGET_HEAD, [
  held('C IDL', { ours, other: c }, { time: 1.3, memory: 1.5 }),
  held('python-ovs', { ours, other: python }, { time: 0.2, memory: 0.5 }),
])}`;
}

/** The size for which figures of libovsdb are known. */
export async function mediumSync(): Promise<string> {
  await using server = await filled(MEDIUM);
  const { ours: measureOurs, bare: measureBare } = ways(server.remote);
  const { ours, bare } = await fastest({ ours: measureOurs, bare: measureBare }, comparison);
  const mostMs = ((bare.wallMs / LIBOVSDB.bareMs) * LIBOVSDB.ms) / 2;
  const mostMib = LIBOVSDB.mib / 2;
  return `The same with ${inWords(MEDIUM)}:

${table(HEAD, [row(NAMES.ours, ours, ours), row(NAMES.bare, bare, ours)])}

libovsdb (Go) is in neither npm nor Debian, and was not run here. On another machine it needed ${seconds(LIBOVSDB.ms)} and ${LIBOVSDB.mib} MiB for this size, where a bare Node socket with \`JSON.parse\` needed ${seconds(LIBOVSDB.bareMs)} and ${LIBOVSDB.bareMib} MiB. The target is half of both. Its time is scaled by what the bare socket needs here: ${seconds(bare.wallMs)} / ${seconds(LIBOVSDB.bareMs)} × ${seconds(LIBOVSDB.ms)} / 2. This is an estimate and no measurement of libovsdb; the memory is not scaled.

${table(
  ['this package', 'needs', 'target', ''],
  [
    ['time', seconds(ours.wallMs), `≤ ${seconds(mostMs)} (scaled)`, verdict(ours.wallMs <= mostMs)],
    ['memory', mib(ours.peakMib), `≤ ${mib(mostMib)}`, verdict(ours.peakMib <= mostMib)],
  ],
)}`;
}
