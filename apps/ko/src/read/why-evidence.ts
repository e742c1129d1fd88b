/** What `ko why` looks at for the very ends of a question: on their nodes, in their pods, and what OVN does with such a packet. */
import { DEFAULT_PROVIDER, podAnnotations } from '@kube-ovn/api';
import { canonicalAddress } from '@kube-ovn/ipam';
import { setTimeout as pause } from 'node:timers/promises';
import { roomOf } from '../environment/tunnels.ts';
import { mapIn, nodeRows, numberIn, type Row, textIn } from '../ovn/rows.ts';
import { readDropped, readListeners, SOCKET_FILES } from '../ovn/sockets.ts';
import type { Cluster, NodePlaces } from '../site/cluster.ts';
import { type Argv, attempt, type Place } from '../site/place.ts';
import type { Connection, Evidence, Listener, Party, SeenInterface, SeenNode, World } from '@kube-ovn/insight';
import { linksOf } from './environment.ts';
import { readTraces } from './why-trace.ts';

/** Of a service with many endpoints, so many are looked at. */
const MAX_CONNECTIONS = 8;
/** A program that stands still does not answer for ever. */
const ANSWER_SECONDS = '2';
/** How long drops are counted. */
const COUNT_MS = 500;

/** What is known of a node before it is judged. */
interface Looked {
  readonly name: string;
  readonly places: NodePlaces;
  readonly interfaces: readonly Row[];
  readonly encapAddresses: readonly string[];
  readonly seen: Omit<SeenNode, 'silent'>;
}

/** What can not be seen is left out; it is told to `unseen`. */
export async function readEvidence(
  cluster: Cluster,
  { connections, world }: { readonly connections: readonly Connection[]; readonly world: World },
  unseen: (reason: string) => void,
): Promise<Evidence> {
  const some = connections.slice(0, MAX_CONNECTIONS);
  if (some.length < connections.length) unseen(`${connections.length - some.length} endpoints were not looked at closely`);
  const parties = [...new Map(some.flatMap(({ from, to }) => [from, to]).map((party) => [party.object, party])).values()];
  const names = [...new Set(parties.flatMap(({ node }) => node?.metadata.name ?? []))];
  const told = (error: unknown): undefined => unseen(error instanceof Error ? error.message : String(error)) as undefined;
  const [traces, looked] = await Promise.all([
    world.ovn === undefined ? new Map<string, never>() : readTraces(cluster, { connections: some, world }).catch(told),
    Promise.all(names.map((name) => lookAt(cluster, name).catch(told))),
  ]);
  const nodes = looked.filter((node) => node !== undefined);
  const [interfaces, reached] = await Promise.all([
    Promise.all(parties.map((party) => readInterface(party, nodes))),
    Promise.all(nodes.map((node) => silentFrom(node, nodes))),
  ]);
  return {
    traces: traces ?? new Map(),
    nodes: new Map(nodes.map(({ name, seen }, at) => [name, { ...seen, silent: reached[at] ?? [] }])),
    interfaces: new Map(interfaces.flatMap((entry) => (entry === undefined ? [] : [entry]))),
  };
}

async function lookAt(cluster: Cluster, name: string): Promise<Looked> {
  const places = await cluster.node(name);
  const { place } = places;
  const [version, [root], bridges, interfaces, links, listeners] = await Promise.all([
    attempt(place, ['ovs-appctl', '-T', ANSWER_SECONDS, '-t', places.control('ovs-vswitchd'), 'version']),
    nodeRows(places, { table: 'Open_vSwitch', columns: ['external_ids'] }),
    nodeRows(places, { table: 'Bridge', columns: ['name', 'datapath_type'] }),
    nodeRows(places, { table: 'Interface', columns: ['name', 'type', 'mtu', 'link_state', 'external_ids'] }),
    outputOf(place, ['ip', '-json', 'address', 'show']),
    listenersOf(place, []),
  ]);
  const ids = mapIn(root?.['external_ids']);
  const encapAddresses = (ids.get('ovn-encap-ip') ?? '').split(',').flatMap((text) => canonicalAddress(text) ?? []);
  const room = roomOf({ links: linksOf(links), encapType: ids.get('ovn-encap-type') ?? '', encapAddresses });
  return {
    name,
    places,
    interfaces,
    encapAddresses,
    seen: {
      answers: version.code === 0,
      isUserspace: bridges.some((row) => row['name'] === 'br-int' && row['datapath_type'] === 'netdev'),
      ...(room === undefined ? {} : { room }),
      ...(listeners === undefined ? {} : { listeners }),
    },
  };
}

/** Whom of the others a node gets no answer from, at the address of its tunnels. @source ping(8): 1 when nobody answers */
async function silentFrom({ places }: Looked, others: readonly Looked[]): Promise<SeenNode['silent']> {
  const asked = others
    .filter((other) => other.places !== places)
    .flatMap(({ name, encapAddresses }) => encapAddresses.map((address) => ({ node: name, address })));
  const answers = await Promise.all(
    asked.map(async (one) => {
      const { code } = await attempt(places.place, ['ping', '-q', '-c', '2', '-i', '0.3', '-W', '1', one.address]).catch(() => ({
        code: 0,
      }));
      return code === 1 ? [one] : [];
    }),
  );
  return answers.flat();
}

async function readInterface(party: Party, nodes: readonly Looked[]): Promise<readonly [string, SeenInterface] | undefined> {
  const { pod, port } = party;
  const node = nodes.find(({ name }) => name === party.node?.metadata.name);
  if (pod === undefined || pod.spec?.hostNetwork === true || port === undefined || node === undefined) return undefined;
  const row = node.interfaces.find((one) => mapIn(one['external_ids']).get('iface-id') === port);
  const ids = mapIn(row?.['external_ids']);
  const netns = ids.get('pod_netns');
  // a guest, and a program that is fed by vhost-user, has its sockets elsewhere
  if (row === undefined || netns === undefined || textIn(row['type']) !== '') return undefined;
  const { place } = node.places;
  const enter = ['nsenter', `--net=${netns}`] as const;
  const isLimited = pod.metadata.annotations?.['ovn.kubernetes.io/bandwidth'] !== undefined;
  const [listeners, dropped] = await Promise.all([
    isMachine(party) ? undefined : listenersOf(place, enter),
    isLimited
      ? droppedNow(place, [
          ['tc', '-s', 'qdisc', 'show', 'dev', textIn(row['name'])],
          [...enter, 'tc', '-s', 'qdisc', 'show'],
        ])
      : undefined,
  ]);
  const mtu = numberIn(row['mtu']);
  return [
    port,
    {
      isUp: textIn(row['link_state']) !== 'down',
      ...(mtu === 0 ? {} : { mtu }),
      ...(listeners === undefined ? {} : { listeners }),
      ...(dropped === undefined ? {} : { dropped }),
    },
  ];
}

function isMachine({ pod }: Party): boolean {
  const machine = pod === undefined ? undefined : podAnnotations(DEFAULT_PROVIDER).virtualmachine.read(pod);
  return (machine?.ok === true && machine.value !== undefined) || pod?.metadata.labels?.['kubevirt.io/domain'] !== undefined;
}

/** Undefined where rules of nftables may send a port elsewhere, so that nobody can tell. */
async function listenersOf(place: Place, enter: readonly string[]): Promise<readonly Listener[] | undefined> {
  const within = ([program = '', ...args]: readonly string[]): Argv => [program, ...args];
  const [sockets, tables] = await Promise.all([
    attempt(place, within([...enter, 'grep', '-H', ':', ...SOCKET_FILES])).catch(() => undefined),
    enter.length === 0 ? '' : outputOf(place, within([...enter, 'nft', 'list', 'tables'])),
  ]);
  // some files may not be there; grep says 2 then, and prints the others
  if (sockets === undefined || sockets.stdout === '' || (tables ?? '').trim() !== '') return undefined;
  return readListeners(sockets.stdout);
}

async function droppedNow(place: Place, commands: readonly Argv[]): Promise<number> {
  const count = async (): Promise<number> =>
    readDropped((await Promise.all(commands.map((argv) => outputOf(place, argv)))).map((text) => text ?? '').join('\n'));
  const before = await count();
  await pause(COUNT_MS);
  return (await count()) - before;
}

/** What a program prints; undefined when it fails or is not there. */
async function outputOf(place: Place, argv: Argv): Promise<string | undefined> {
  const { code, stdout } = await attempt(place, argv).catch(() => ({ code: 1, stdout: '' }));
  return code === 0 ? stdout : undefined;
}
