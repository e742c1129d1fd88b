/**
 * Has Open vSwitch tell of every packet that a rule of OVN drops, on some nodes, for a while.
 *
 *     NB_Global.options:debug_drop_*  ──►  each flow that drops samples too
 *     node: Flow_Sample_Collector_Set ──►  IPFIX to a port of the node itself, where a program of ours takes it
 *
 * Whatever happens, what was set is taken back at the end; what a killed one has left, the next one takes back.
 *
 * @source ovn-nb(5) NB_Global.options; ovs-vswitchd.conf.db(5) Flow_Sample_Collector_Set, IPFIX
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { KoError } from '../errors.ts';
import { vsctl } from '../ovn/openvswitch.ts';
import type { Cluster, DatabaseMember, NodePlaces } from '../site/cluster.ts';
import { type Argv, capture, Kept, type Place } from '../site/place.ts';
import { ipfixReader, type Sample } from './ipfix.ts';

export interface SamplingOptions {
  readonly nodes: readonly string[];
  readonly forMs: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

export interface NodeSamples {
  readonly node: string;
  readonly samples: readonly Sample[];
}

/** Names our settings: a set of collectors, and the first byte of a domain. */
const [SET, DOMAIN] = ['1802464372', '107'];
const MARK = 'external_ids:ko=drops';
const [OPTION_SET, OPTION_DOMAIN] = ['debug_drop_collector_set', 'debug_drop_domain_id'];
/** Takes datagrams for so many seconds, at a port of its own, and prints each behind its length. Perl is what every Debian has. */
const COLLECTOR = `
my $socket = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Proto => "udp") or die "no port: $!\\n";
$| = 1; binmode STDOUT; print STDERR "port ", $socket->sockport, "\\n";
$SIG{ALRM} = sub { exit 0 }; alarm $ARGV[0];
while (defined $socket->recv(my $message, 65535)) { print pack("n/a*", $message) }`;

/**
 * @param look at what was sampled, while the flows that did it are still there: without sampling they are others
 * @throws {KoError} KO_USAGE when somebody else samples already; KO_UNREACHABLE, KO_PROGRAM_FAILED when it can not be set up
 */
export async function sampleDrops<T>(
  cluster: Cluster,
  { nodes, forMs, signal }: SamplingOptions,
  look: (taken: readonly NodeSamples[]) => Promise<T>,
): Promise<T> {
  const northbound = await cluster.leader('nb');
  const places = await Promise.all(nodes.map(async (name) => ({ name, places: await cluster.node(name) })));
  const other = await optionOf(northbound, OPTION_SET);
  if (other !== '' && other !== SET)
    throw new KoError(
      'KO_USAGE',
      `drops are sampled already, for the set of collectors ${other}: NB_Global options:${OPTION_SET}; take that away first`,
    );
  const seconds = Math.ceil(forMs / 1000) + 60;
  const collectors = await Promise.all(places.map((each) => collect(each.places.place, seconds)));
  try {
    await Promise.all(places.map((each, at) => addCollector(each.places, collectors[at]?.port ?? 0)));
    await nbctl(northbound, ['--wait=sb', 'set', 'NB_Global', '.', `options:${OPTION_DOMAIN}=${DOMAIN}`, `options:${OPTION_SET}=${SET}`]);
    await sleep(forMs, undefined, { signal }).catch(() => undefined);
    return await look(places.map(({ name }, at) => ({ node: name, samples: readSamples(collectors[at]?.taken() ?? Buffer.alloc(0)) })));
  } finally {
    await takeBack(
      northbound,
      places.map((each) => each.places),
    ).finally(() => {
      for (const { end } of collectors) end();
    });
    await Promise.all(collectors.map(({ ended }) => ended));
  }
}

async function takeBack(northbound: DatabaseMember, nodes: readonly NodePlaces[]): Promise<void> {
  try {
    await nbctl(northbound, ['remove', 'NB_Global', '.', 'options', OPTION_DOMAIN, OPTION_SET]);
  } finally {
    await Promise.all(nodes.map(removeCollectors));
  }
}

/** Messages, each behind its length in two bytes. */
export function readSamples(text: Buffer): readonly Sample[] {
  const read = ipfixReader();
  const samples: Sample[] = [];
  for (let at = 0; at + 2 <= text.length;) {
    const end = at + 2 + text.readUInt16BE(at);
    samples.push(...read(text.subarray(at + 2, end)));
    at = end;
  }
  return samples;
}

interface Collector {
  readonly port: number;
  /** All that it has printed by now. */
  readonly taken: () => Buffer;
  readonly end: () => void;
  readonly ended: Promise<unknown>;
}

async function collect(place: Place, seconds: number): Promise<Collector> {
  const stdout = new Kept();
  const ending = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  let said = '';
  const stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      said += chunk.toString();
      if (said.includes('\n')) resolve(said);
      done();
    },
  });
  const argv: Argv = ['perl', '-MIO::Socket::INET', '-e', COLLECTOR, String(seconds)];
  const ended = place.run(argv, { stdout, stderr, signal: ending.signal });
  const first = await Promise.race([promise, ended.then(() => said)]);
  const port = Number(/^port (\d+)$/m.exec(first)?.[1] ?? 0);
  if (port === 0) throw new KoError('KO_PROGRAM_FAILED', `perl on ${place.name} can not take samples: ${first.trim()}`);
  return { port, taken: () => stdout.bytes(), end: () => ending.abort(), ended: ended.catch(() => undefined) };
}

async function addCollector(node: NodePlaces, port: number): Promise<void> {
  await removeCollectors(node);
  const made = ['create', 'IPFIX', `targets="127.0.0.1:${port}"`, MARK];
  const set = ['create', 'Flow_Sample_Collector_Set', `id=${SET}`, 'bridge=@bridge', 'ipfix=@ipfix', MARK];
  await capture(node.place, vsctl(node, ['--', '--id=@bridge', 'get', 'Bridge', 'br-int', '--', '--id=@ipfix', ...made, '--', ...set]));
}

async function removeCollectors(node: NodePlaces): Promise<void> {
  const found = await capture(node.place, vsctl(node, ['--bare', '--columns=_uuid', 'find', 'Flow_Sample_Collector_Set', MARK]));
  const ids = found.split(/\s+/).filter((id) => id !== '');
  if (ids.length > 0) await capture(node.place, vsctl(node, ['--', '--if-exists', 'destroy', 'Flow_Sample_Collector_Set', ...ids]));
}

async function optionOf(member: DatabaseMember, key: string): Promise<string> {
  return (await nbctl(member, ['--if-exists', 'get', 'NB_Global', '.', `options:${key}`])).trim().replaceAll('"', '');
}

function nbctl({ place, remote }: DatabaseMember, args: readonly string[]): Promise<string> {
  return capture(place, ['ovn-nbctl', `--db=${remote}`, '--no-leader-only', '--timeout=60', ...args]);
}
