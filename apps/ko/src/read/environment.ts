/** Nodes as they are now, looked at by programs that run on them. */
import { DEFAULT_PROVIDER, isOvnProvider, resources, type Subnet } from '@kube-ovn/api';
import { canonicalAddress } from '@kube-ovn/ipam';
import type { Ability, EnvironmentFacts, LinkFact, NodeEnvironment, TunnelFact } from '../environment/facts.ts';
import { mapIn, nodeRows, numberIn, optionalIn, type Row, rowsOf, textIn, truthIn } from '../ovn/rows.ts';
import type { Cluster, NodePlaces } from '../site/cluster.ts';
import { eachNode } from '../site/each-node.ts';
import { type Argv, attempt, type Attempt, type Place } from '../site/place.ts';

const TUNNEL_TYPES = ['geneve', 'vxlan', 'stt'];
const NETFILTER = '/proc/sys/net/netfilter';

/**
 * Look at nodes.
 *
 * @param only the nodes to look at; undefined for all
 * @throws {KubeError} when the API server can not be asked
 */
export async function readEnvironment(cluster: Cluster, only: readonly string[] | undefined): Promise<EnvironmentFacts> {
  const [nodes, subnets, known, northd] = await Promise.all([
    cluster.client.list(resources.node),
    cluster.client.list(resources.subnet),
    cluster.nodes(),
    northdVersion(cluster),
  ]);
  const names = only ?? [...new Set([...nodes.items.map(({ metadata }) => metadata.name), ...known])].toSorted((a, b) => (a < b ? -1 : 1));
  const seen = await eachNode(names, (name) => readNode(cluster, name));
  return {
    nodes: seen.flatMap((fact) => ('reason' in fact ? [] : [fact])),
    unseen: seen.flatMap((fact) => ('reason' in fact ? [fact] : [])),
    subnets: subnets.items.flatMap(tunnelledMtu),
    northd,
  };
}

/** @source ovn-nb(5) NB_Global.options:northd_internal_version */
async function northdVersion(cluster: Cluster): Promise<string | undefined> {
  try {
    const [global] = await rowsOf(await cluster.leader('nb'), { kind: 'nb', table: 'NB_Global', columns: ['options'] });
    return mapIn(global?.['options']).get('northd_internal_version');
  } catch {
    // the databases have a check of their own
    return undefined;
  }
}

function tunnelledMtu({ metadata, spec }: Subnet): readonly { readonly name: string; readonly mtu: number }[] {
  const provider = spec.provider === undefined || spec.provider === '' ? DEFAULT_PROVIDER : spec.provider;
  const isTunnelled = isOvnProvider(provider) && (spec.vlan === undefined || spec.vlan === '');
  return isTunnelled && spec.mtu !== undefined && spec.mtu > 0 ? [{ name: metadata.name, mtu: spec.mtu }] : [];
}

type Unseen = EnvironmentFacts['unseen'][number];

async function readNode(cluster: Cluster, node: string): Promise<NodeEnvironment | Unseen> {
  try {
    const places = await cluster.node(node);
    const clock = await readClock(places.place);
    const [[root], bridges, interfaces] = await Promise.all([
      nodeRows(places, { table: 'Open_vSwitch', columns: ['external_ids', 'other_config', 'dpdk_initialized'] }),
      nodeRows(places, { table: 'Bridge', columns: ['name', 'datapath_type'] }),
      nodeRows(places, { table: 'Interface', columns: ['name', 'type', 'options', 'ofport', 'error'] }),
    ]);
    const ids = mapIn(root?.['external_ids']);
    const isUserspace = bridges.some((row) => row['name'] === 'br-int' && row['datapath_type'] === 'netdev');
    return {
      node,
      clock,
      ...(await readPrograms(places)),
      ...(await readKernel(places.place)),
      datapath: isUserspace ? 'netdev' : 'system',
      mustMatchNorthd: ids.get('ovn-match-northd-version') === 'true',
      encapType: ids.get('ovn-encap-type') ?? '',
      encapAddresses: (ids.get('ovn-encap-ip') ?? '').split(',').flatMap((text) => canonicalAddress(text) ?? []),
      tunnels: interfaces.flatMap(tunnelOf),
      dpdk: { wanted: mapIn(root?.['other_config']).get('dpdk-init') ?? 'false', isInitialized: truthIn(root?.['dpdk_initialized']) },
    };
  } catch (error) {
    return { node, reason: reasonOf(error) };
  }
}

type Programs = Pick<NodeEnvironment, 'vswitchd' | 'controller' | 'hasDatapath' | 'tunnelPorts'>;

/** A program that has stopped does not answer for ever: each is given a few seconds. @source ovs-appctl(8) --timeout */
async function readPrograms(places: NodePlaces): Promise<Programs> {
  const { place } = places;
  const vswitchd = (...command: readonly string[]): Argv => ['ovs-appctl', '-T', '5', '-t', places.control('ovs-vswitchd'), ...command];
  const [version, datapaths, ports, controller] = await Promise.all([
    outputOf(place, vswitchd('version')),
    outputOf(place, vswitchd('dpif/show')),
    outputOf(place, vswitchd('tnl/ports/show')),
    outputOf(place, ['ovn-appctl', '-T', '5', '-t', places.control('ovn-controller'), 'version']),
  ]);
  return {
    vswitchd: version,
    controller,
    hasDatapath: /^\s+br-int:/m.test(datapaths ?? ''),
    tunnelPorts: [...(ports ?? '').matchAll(/^(\S+) \(\d+\)/gm)].map((match) => match[1] ?? ''),
  };
}

type Kernel = Pick<NodeEnvironment, 'kernel' | 'hasKernelModule' | 'nft' | 'tc' | 'forwardsIpv4' | 'connections' | 'links' | 'hugepages'>;

async function readKernel(place: Place): Promise<Kernel> {
  const [kernel, modules, forwarding, used, max, memory, links, nft, tc] = await Promise.all([
    outputOf(place, ['uname', '-r']),
    outputOf(place, ['ls', '/sys/module']),
    outputOf(place, ['cat', '/proc/sys/net/ipv4/ip_forward']),
    outputOf(place, ['cat', `${NETFILTER}/nf_conntrack_count`]),
    outputOf(place, ['cat', `${NETFILTER}/nf_conntrack_max`]),
    outputOf(place, ['cat', '/proc/meminfo']),
    outputOf(place, ['ip', '-json', 'address', 'show']),
    abilityOf(place, ['nft', 'list', 'tables']),
    abilityOf(place, ['tc', 'qdisc', 'show', 'dev', 'lo']),
  ]);
  const pages = (key: string): number => Number(new RegExp(`^HugePages_${key}:\\s+(\\d+)`, 'm').exec(memory ?? '')?.[1] ?? 0);
  return {
    kernel: kernel?.trim() ?? 'unknown',
    hasKernelModule: modules?.split('\n').includes('openvswitch'),
    forwardsIpv4: forwarding === undefined ? undefined : forwarding.trim() === '1',
    connections: used === undefined || max === undefined ? undefined : { used: Number(used), max: Number(max) },
    hugepages: { total: pages('Total'), free: pages('Free') },
    links: linksOf(links),
    nft,
    tc,
  };
}

/** @source ip(8) -json */
interface IpLink {
  readonly ifname: string;
  readonly mtu: number;
  readonly addr_info: readonly { readonly local?: string }[];
}

export function linksOf(text: string | undefined): readonly LinkFact[] {
  if (text === undefined) return [];
  return (JSON.parse(text) as readonly IpLink[]).map(({ ifname, mtu, addr_info: found }) => ({
    name: ifname,
    mtu,
    addresses: found.flatMap(({ local }) => (local === undefined ? [] : (canonicalAddress(local) ?? []))),
  }));
}

function tunnelOf(row: Row): readonly TunnelFact[] {
  const type = textIn(row['type']);
  const remote = mapIn(row['options']).get('remote_ip');
  // copies of traffic go by tunnels too, and have a status of their own
  if (!TUNNEL_TYPES.includes(type) || remote === undefined) return [];
  const port = optionalIn(row['ofport']);
  const error = String(optionalIn(row['error']) ?? '') || (numberIn(port) < 0 ? 'no reason is given' : '');
  return [{ name: textIn(row['name']), type, remote, error }];
}

/** The moment lies between the question and the answer. */
async function readClock(place: Place): Promise<NodeEnvironment['clock']> {
  const askedMs = Date.now();
  const text = await outputOf(place, ['date', '+%s%3N']);
  const answeredMs = Date.now();
  const told = Number(text);
  if (text === undefined || !Number.isFinite(told)) return undefined;
  return { aheadMs: told - (askedMs + answeredMs) / 2, doubtMs: (answeredMs - askedMs) / 2 };
}

/** What a program prints; undefined when it fails or is not there. */
async function outputOf(place: Place, argv: Argv): Promise<string | undefined> {
  const { code, stdout } = await attempt(place, argv).catch(() => ({ code: 1, stdout: '' }));
  return code === 0 ? stdout : undefined;
}

async function abilityOf(place: Place, argv: Argv): Promise<Ability> {
  const { code, stdout, stderr } = await attempt(place, argv).catch((error: unknown): Attempt => ({
    code: 1,
    stdout: '',
    stderr: reasonOf(error),
  }));
  if (code === 0) return { works: true };
  return { works: false, reason: (stderr || stdout).trim().split('\n')[0] ?? `exit code ${code}` };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
