/** What OVN does with a packet, and whose row decides. */
import {
  type AddressPair,
  type Annotation,
  DEFAULT_PROVIDER,
  DEFAULT_VPC,
  type KubeObject,
  nodeAnnotations,
  podAnnotations,
} from '@kube-ovn/api';
import { routerPortName } from '@kube-ovn/ovn-model';
import { type Entry, microflow, type Packet } from '../ovn/flow.ts';
import { mapIn, numberIn, optionalIn, type Row, rowsById, textIn } from '../ovn/rows.ts';
import { readTrace } from '../ovn/traced.ts';
import type { Cluster, DatabaseMember } from '../site/cluster.ts';
import { attempt, capture } from '../site/place.ts';
import { type Connection, connectionKey, isIn, type Origin, type Party, type Traced, type World } from '@kube-ovn/insight';

interface Databases {
  readonly northbound: DatabaseMember;
  readonly southbound: DatabaseMember;
}

/** A packet passes so many states of connection tracking at most; to all of them the connection is new. */
const NEW = Array.from({ length: 8 }, () => '--ct=new');

/** @throws {KoError} when a database can not be asked */
export async function readTraces(
  cluster: Cluster,
  { connections, world }: { readonly connections: readonly Connection[]; readonly world: World },
): Promise<ReadonlyMap<string, Traced>> {
  const [northbound, southbound] = await Promise.all([cluster.leader('nb'), cluster.leader('sb')]);
  const traced = await Promise.all(
    connections.map(async (connection) => {
      const found = await traceOf(connection, world, { northbound, southbound });
      return found === undefined ? [] : [[connectionKey(connection), found] as const];
    }),
  );
  return new Map(traced.flat());
}

async function traceOf(connection: Connection, world: World, databases: Databases): Promise<Traced | undefined> {
  const { from, to, family, protocol, port = 0 } = connection;
  const target = to.addresses[family];
  const entry = entryOf(from, family);
  if (entry === undefined || target === undefined || protocol === 'SCTP' || !isThroughOvn(connection)) return undefined;
  const nextHopMac = await nextHopMacOf({ from, target, entry }, world, databases);
  if (nextHopMac === undefined) return undefined;
  const packet: Packet = { to: target, nextHopMac, protocol: protocol.toLowerCase() as Packet['protocol'], port };
  const { place, remote } = databases.southbound;
  const argv = ['ovn-trace', `--db=${remote}`, '--no-leader-only', ...NEW, entry.logicalSwitch, microflow(entry, packet)] as const;
  const traced = readTrace(await capture(place, argv), entry.port);
  const { dropped, unresolved } = traced;
  const [droppedBy, sentBy] = await Promise.all([originOf(dropped, databases), originOf(unresolved, databases)]);
  return {
    ...traced,
    ...(dropped === undefined ? {} : { dropped: { ...dropped, ...(droppedBy === undefined ? {} : { origin: droppedBy }) } }),
    ...(unresolved === undefined ? {} : { unresolved: { ...unresolved, ...(sentBy === undefined ? {} : { origin: sentBy }) } }),
  };
}

/** Nodes reach each other and the outside by themselves; on a VLAN the next hop may be a machine that OVN knows nothing of. */
function isThroughOvn({ from, to }: Connection): boolean {
  const isOfNode = ({ pod }: Party): boolean => pod === undefined || pod.spec?.hostNetwork === true;
  return !(isOfNode(from) && isOfNode(to)) && (from.subnet?.spec.vlan ?? '') === '';
}

/** Pods and nodes have them alike. */
interface Reader {
  readonly ip_address: Annotation<AddressPair>;
  readonly mac_address: Annotation<string>;
  readonly logical_switch: Annotation<string>;
}

function entryOf({ pod, node, port }: Party, family: 4 | 6): Entry | undefined {
  const isPod = pod !== undefined && pod.spec?.hostNetwork !== true;
  const object: KubeObject | undefined = isPod ? pod : node;
  if (object === undefined || port === undefined) return undefined;
  const reader: Reader = isPod ? podAnnotations(DEFAULT_PROVIDER) : nodeAnnotations;
  const [addresses, mac, logicalSwitch] = [
    reader.ip_address.read(object),
    reader.mac_address.read(object),
    reader.logical_switch.read(object),
  ];
  if (!addresses.ok || !mac.ok || !logicalSwitch.ok || mac.value === undefined || logicalSwitch.value === undefined) return undefined;
  const address = family === 4 ? addresses.value?.v4 : addresses.value?.v6;
  return address === undefined ? undefined : { port, logicalSwitch: logicalSwitch.value, mac: mac.value, address };
}

/** Of the receiver itself on the same Subnet, else of the router. @source OVN_Northbound Logical_Router_Port.mac */
async function nextHopMacOf(
  { from, target, entry }: { readonly from: Party; readonly target: string; readonly entry: Entry },
  { ips }: World,
  { northbound: { place, remote } }: Databases,
): Promise<string | undefined> {
  if (isIn((from.subnet?.spec.cidrBlock ?? '').split(',').filter(Boolean), target)) {
    const owner = ips.find(({ spec }) => spec.subnet === entry.logicalSwitch && [spec.v4IpAddress, spec.v6IpAddress].includes(target));
    return owner?.spec.macAddress?.toLowerCase();
  }
  const name = routerPortName(from.vpc ?? DEFAULT_VPC, entry.logicalSwitch);
  const { code, stdout } = await attempt(place, [
    'ovn-nbctl',
    `--db=${remote}`,
    '--no-leader-only',
    'get',
    'Logical_Router_Port',
    name,
    'mac',
  ]);
  return code === 0 ? stdout.trim().replaceAll('"', '') : undefined;
}

/** Tables whose rows become flows of a stage. @source ovn-northd(8) */
const TABLES: readonly (readonly [RegExp, Origin['table'], readonly string[]])[] = [
  [/^ls_(?:in|out)_acl/, 'ACL', ['direction', 'priority', 'match', 'action', 'external_ids']],
  [/^lr_in_policy/, 'Logical_Router_Policy', ['priority', 'match', 'action', 'nexthops', 'external_ids']],
  [/^lr_in_ip_routing/, 'Logical_Router_Static_Route', ['ip_prefix', 'nexthop', 'policy', 'external_ids']],
];

/** The row of the Northbound that a flow is made for. @source ovn-sb(5) Logical_Flow.external_ids:stage-hint */
async function originOf(end: { readonly flow?: string } | undefined, { northbound, southbound }: Databases): Promise<Origin | undefined> {
  if (end?.flow === undefined) return undefined;
  const [flow] = await rowsById(southbound, { kind: 'sb', table: 'Logical_Flow', columns: ['external_ids'], id: end.flow });
  const ids = mapIn(flow?.['external_ids']);
  const [hint, stage] = [ids.get('stage-hint'), ids.get('stage-name') ?? ''];
  const found = TABLES.find(([pattern]) => pattern.test(stage));
  if (hint === undefined || found === undefined) return undefined;
  const [, table, columns] = found;
  const [row] = await rowsById(northbound, { kind: 'nb', table, columns, id: hint });
  return row === undefined ? undefined : readOrigin(table, row);
}

function readOrigin(table: Origin['table'], row: Row): Origin {
  const ids = mapIn(row['external_ids']);
  const [key, subnet] = [ids.get('vendor') === 'kube-ovn' ? ids.get('ko-id') : undefined, ids.get('subnet')];
  return { table, text: describe(table, row), ...(key === undefined ? {} : { key }), ...(subnet === undefined ? {} : { subnet }) };
}

function describe(table: Origin['table'], row: Row): string {
  if (table === 'Logical_Router_Static_Route') return `${textIn(row['ip_prefix'])} by ${textIn(row['nexthop'])}`;
  const what = `priority ${numberIn(row['priority'])}, ${textIn(row['match'])}, ${textIn(row['action'])}`;
  return table === 'ACL' ? `${String(optionalIn(row['direction']) ?? '')}, ${what}` : what;
}
