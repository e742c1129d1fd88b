/**
 * Speed and memory of the allocator: `npm run bench -- ipam` at the root, or `npm run bench` in the package.
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { Allocator } from '../src/index.ts';
import type { AllocateRequest, Lease, SubnetConfig } from '../src/index.ts';
import { cpuMs, retainedBytes, time } from './measure.ts';
import type { Timing } from './measure.ts';
import { NaiveAllocator } from './naive.ts';
import { table, writeSection } from '@kube-ovn/tools/benchmark-section';
import { formatV4Text } from './text.ts';

const LIVE = 1_000_000;
/** Published for the incumbent (Go, 2022, Ryzen 7 5800H), in nanoseconds. @source kubeovn/kube-ovn pull request 2123 */
const incumbent = { allocate4: 18_800, free4: 18_400, allocate6: 21_100, free6: 19_100, addSubnet: 27_300, removeSubnet: 11_000 };

const owners = Array.from({ length: LIVE }, (_, index) => `web-${index.toString(36)}.shop`);
const passers = owners.map((owner) => `${owner}.net1`);
const report = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function make(config: Omit<SubnetConfig, 'name'>): Allocator {
  const allocator = new Allocator({ random: Math.random });
  const problems = allocator.setSubnet({ name: 's', ...config });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  return allocator;
}

function fill(allocator: Allocator, count: number, request: Partial<AllocateRequest> = {}): Allocator {
  for (let index = 0; index < count; index += 1) must(allocator, { owner: owners[index]!, subnet: 's', ...request });
  return allocator;
}

function must(allocator: Allocator, request: AllocateRequest): Lease {
  const result = allocator.allocate(request);
  if (!result.ok) throw new Error(result.message);
  return result.lease;
}

/** Allocate, then release: the pair, so that the fill stays as it is. */
function pair(allocator: Allocator, batch: number): Timing {
  return time((count) => {
    for (let done = 0; done < count; done += batch) {
      const end = Math.min(batch, count - done);
      for (let index = 0; index < end; index += 1) must(allocator, { owner: passers[index]!, subnet: 's' });
      for (let index = 0; index < end; index += 1) allocator.release(passers[index]!);
    }
  });
}

interface Fill {
  readonly name: string;
  readonly families: string;
  readonly config: Omit<SubnetConfig, 'name'>;
  readonly leases: number;
  /** Addresses that are free, so that a batch fits. */
  readonly batch: number;
}

const fills: readonly Fill[] = [
  { name: '/24 empty', families: 'v4', config: { cidr: '10.0.0.0/24' }, leases: 0, batch: 100 },
  { name: '/24 with 1 free', families: 'v4', config: { cidr: '10.0.0.0/24' }, leases: 252, batch: 1 },
  { name: '/16 empty', families: 'v4', config: { cidr: '10.0.0.0/16' }, leases: 0, batch: 100 },
  { name: '/16 half full', families: 'v4', config: { cidr: '10.0.0.0/16' }, leases: 32_767, batch: 100 },
  { name: '/16 99.99 % full (6 free)', families: 'v4', config: { cidr: '10.0.0.0/16' }, leases: 65_527, batch: 6 },
  { name: '/8 empty', families: 'v4', config: { cidr: '10.0.0.0/8' }, leases: 0, batch: 100 },
  { name: '/8 with 1,000,000 leases', families: 'v4', config: { cidr: '10.0.0.0/8' }, leases: LIVE, batch: 100 },
  {
    name: '/8 99.99 % taken (1,000,000 leases, rest excluded, 1,600 free)',
    families: 'v4',
    config: { cidr: '10.0.0.0/8', exclude: excludeRest(LIVE + 1600) },
    leases: LIVE,
    batch: 100,
  },
  { name: '/64 empty', families: 'v6', config: { cidr: 'fd00::/64' }, leases: 0, batch: 100 },
  { name: '/64 with 1,000,000 leases', families: 'v6', config: { cidr: 'fd00::/64' }, leases: LIVE, batch: 100 },
  { name: '/48 with 1,000,000 leases', families: 'v6', config: { cidr: 'fd00:1::/48' }, leases: LIVE, batch: 100 },
  { name: '/24 + /64 empty', families: 'dual', config: { cidr: '10.0.0.0/24,fd00::/64' }, leases: 0, batch: 100 },
  { name: '/8 + /64 with 1,000,000 leases', families: 'dual', config: { cidr: '10.0.0.0/8,fd00::/64' }, leases: LIVE, batch: 100 },
];

function excludeRest(keep: number): string[] {
  return [`${formatV4Text(0x0a_00_00_02 + keep)}..10.255.255.254`];
}

function fillTable(): { readonly text: string; readonly empty24: number } {
  let empty24 = 0;
  const rows = fills.map(({ name, families, config, leases, batch }) => {
    const { medianNs, fastestNs } = pair(fill(make(config), leases), batch);
    empty24 ||= medianNs;
    report(`${name}: ${ns(medianNs)}`);
    return [name, families, leases.toLocaleString('en'), ns(medianNs), ns(fastestNs), perSecond(medianNs), ratio(medianNs / empty24)];
  });
  return {
    text: table(['subnet', 'families', 'leases', 'allocate + release, median', 'fastest', 'per second', 'to an empty /24'], rows),
    empty24,
  };
}

/** A million leases at random places: as many fragments as there can be. */
function fragmented(): Timing {
  const allocator = make({ cidr: '10.0.0.0/8', strategy: 'random' });
  fill(allocator, LIVE);
  return pair(allocator, 100);
}

/** Single operations as the incumbent measures them: allocate n, then release n. */
function single(
  config: Omit<SubnetConfig, 'name'>,
  statics: readonly AllocateRequest['addresses'][] | undefined,
): { allocate: Timing; release: Timing } {
  const allocator = make(config);
  const batch = 10_000;
  const repeats = 10;
  const rounds = Array.from({ length: 15 }, () => {
    const ms = { allocate: 0, release: 0 };
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const start = cpuMs();
      for (let index = 0; index < batch; index += 1) must(allocator, { owner: owners[index]!, subnet: 's', addresses: statics?.[index] });
      const middle = cpuMs();
      for (let index = 0; index < batch; index += 1) allocator.release(owners[index]!);
      ms.allocate += middle - start;
      ms.release += cpuMs() - middle;
    }
    return { allocate: (ms.allocate / batch / repeats) * 1e6, release: (ms.release / batch / repeats) * 1e6 };
  }).slice(3);
  const sorted = (side: 'allocate' | 'release'): Timing => {
    const values = rounds.map((round) => round[side]).toSorted((a, b) => a - b);
    return { medianNs: values[values.length >> 1]!, fastestNs: values[0]! };
  };
  return { allocate: sorted('allocate'), release: sorted('release') };
}

function shuffled<T>(values: readonly T[]): T[] {
  const mixed = [...values];
  for (let index = mixed.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1));
    [mixed[index], mixed[other]] = [mixed[other]!, mixed[index]!];
  }
  return mixed;
}

function incumbentTable(): string {
  const v4s = shuffled(Array.from({ length: 10_000 }, (_, index) => formatV4Text(0x0a_00_00_10 + index * 3)));
  const v6s = shuffled(Array.from({ length: 10_000 }, (_, index) => `fd00::${(index * 3 + 16).toString(16)}`));
  const v4 = single({ cidr: '10.0.0.0/16' }, undefined);
  const v6 = single({ cidr: 'fd00::/64' }, undefined);
  const static4 = single(
    { cidr: '10.0.0.0/16' },
    v4s.map((address) => ({ v4: address })),
  );
  const static6 = single(
    { cidr: 'fd00::/64' },
    v6s.map((address) => ({ v6: address })),
  );
  const subnets = new Allocator({ random: Math.random });
  const add = time((count) => {
    for (let index = 0; index < count; index += 1) {
      subnets.setSubnet({ name: `s${index % 1000}`, cidr: '10.0.0.0/16', exclude: ['10.0.0.1..10.0.0.10'] });
      subnets.removeSubnet(`s${index % 1000}`);
    }
  });
  const row = (name: string, ours: number, theirs: number): string[] => [name, ns(ours), ns(theirs), ratio(theirs / ours)];
  return table(
    ['operation', 'here, median', 'incumbent, published', 'times faster'],
    [
      row('allocate v4', v4.allocate.medianNs, incumbent.allocate4),
      row('release v4', v4.release.medianNs, incumbent.free4),
      row('allocate v6', v6.allocate.medianNs, incumbent.allocate6),
      row('release v6', v6.release.medianNs, incumbent.free6),
      row('allocate static v4, random order', static4.allocate.medianNs, incumbent.allocate4),
      row('allocate static v6, random order', static6.allocate.medianNs, incumbent.allocate6),
      row('add and remove a subnet', add.medianNs, incumbent.addSubnet + incumbent.removeSubnet),
    ],
  );
}

function manySubnets(): { readonly timing: Timing; readonly restoreMs: number } {
  const allocator = new Allocator({ random: Math.random });
  const names = Array.from({ length: 1000 }, (_, index) => `s${index}`);
  for (const [index, name] of names.entries()) allocator.setSubnet({ name, cidr: `10.${index >> 4}.${(index & 15) << 4}.0/20` });
  for (let index = 0; index < LIVE; index += 1) must(allocator, { owner: owners[index]!, subnet: names[index % 1000]! });
  const timing = time((count) => {
    for (let index = 0; index < count; index += 1) {
      must(allocator, { owner: passers[index % 1000]!, subnet: names[index % 1000]! });
      allocator.release(passers[index % 1000]!);
    }
  });
  const snapshot = allocator.snapshot();
  const copy = new Allocator({ random: Math.random });
  for (const [index, name] of names.entries()) copy.setSubnet({ name, cidr: `10.${index >> 4}.${(index & 15) << 4}.0/20` });
  const start = cpuMs();
  const conflicts = copy.restore(snapshot);
  if (conflicts.length > 0 || copy.size !== LIVE) throw new Error('restore lost leases');
  return { timing, restoreMs: cpuMs() - start };
}

function memoryTable(): string {
  const cases: readonly [string, Omit<SubnetConfig, 'name'>][] = [
    ['v4, /8', { cidr: '10.0.0.0/8' }],
    ['v6, /64', { cidr: 'fd00::/64' }],
    ['dual, /8 + /64', { cidr: '10.0.0.0/8,fd00::/64' }],
    ['v4, /8, at random places', { cidr: '10.0.0.0/8', strategy: 'random' }],
  ];
  const rows = cases.map(([name, config]) => {
    const { bytes, kept } = retainedBytes(() => fill(make(config), LIVE));
    return [name, kept.size.toLocaleString('en'), (bytes / kept.size).toFixed(0)];
  });
  return table(['subnet', 'leases', 'bytes per lease, without the owner’s name'], rows);
}

function naiveTable(): string {
  const rows = [0, 1000, 32_767].map((leases) => {
    const naive = new NaiveAllocator(0x0a_00_00_02, 0x0a_00_ff_fe);
    for (let index = 0; index < leases; index += 1) naive.allocate(owners[index]!);
    const theirs = time((count) => {
      for (let index = 0; index < count; index += 1) {
        naive.allocate('x.shop');
        naive.release('x.shop');
      }
    });
    const ours = pair(fill(make({ cidr: '10.0.0.0/16' }), leases), 1);
    return [leases.toLocaleString('en'), ns(theirs.medianNs), ns(ours.medianNs), ratio(theirs.medianNs / ours.medianNs)];
  });
  return table(['leases in a /16', 'Set, scanned from the lowest', 'this allocator', 'times faster'], rows);
}

const ns = (value: number): string => (value < 10_000 ? `${value.toFixed(0)} ns` : `${(value / 1000).toFixed(1)} µs`);
const ratio = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)}×`;
const perSecond = (value: number): string => Math.round(1e9 / value).toLocaleString('en');

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;
const load = (loadavg()[0] ?? 0).toFixed(1);
const started = performance.now();
const fillResult = fillTable();
const broken = fragmented();
report(`fragmented: ${ns(broken.medianNs)}`);
const naive = naiveTable();
const published = incumbentTable();
const many = manySubnets();
report(`1,000 subnets: ${ns(many.timing.medianNs)}`);
const memory = memoryTable();

const body = `## ipam

\`npm run bench -- ipam\` on ${machine}, ${new Date().toISOString().slice(0, 10)}; ${((performance.now() - started) / 1000).toFixed(0)} s. Other work had the machine at a load of ${load} when it began.
CPU time of the thread, which caches that are shared with other work make longer. Every operation includes reading the request, choosing and checking a MAC address, and the text of the answer.

Cost against size and fill, one allocation and its release:

${fillResult.text}

- 1,000,000 leases at random places of a /8 (strategy \`random\`, about a million fragments): ${ns(broken.medianNs)} for the pair, ${ratio(broken.medianNs / fillResult.empty24)} an empty /24.
- 1,000 subnets with 1,000,000 leases, one pair in each in turn: ${ns(many.timing.medianNs)}.
- Restoring those 1,000,000 leases from a snapshot: ${(many.restoreMs / 1000).toFixed(2)} s.

Against an obvious allocator in the same run, allocation and release:

${naive}

Against the incumbent's published figures (Go, 2022, a Ryzen 7 5800H: another machine, so only the order of magnitude counts):

${published}

Memory:

${memory}
`;
writeSection(new URL('../../../docs/benchmarks.md', import.meta.url), 'ipam', body);
report(body);
