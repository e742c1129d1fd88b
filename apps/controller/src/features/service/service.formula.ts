/**
 * Service, its EndpointSlices → load balancers that all switches of a Vpc share through one group.
 *
 * Reads: Service, EndpointSlices; of Nodes names, zones and chassis, where it makes a difference. Wants: one Load_Balancer per protocol that the
 * service uses, named `namespace/name/protocol`; for fronts that are answered otherwise on each node one per family, `…/ip4`, which is a
 * template, and variables in the row of each chassis; its place in the group. So rows grow with services and with nodes, and neither with
 * both nor with switches.
 */
import {
  type Backend,
  chooseBackends,
  dependsOnPlace,
  type ServiceAddress,
  type ServiceInput,
  type ServicePortInput,
  type SliceInput,
  type TransportProtocol,
} from '@kube-ovn/api';
import type { Family } from '@kube-ovn/ipam';
import { type Fragment, rowRef, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { localBackends, nearBackends, type Place, type PlacedBackends, templateValues, templateVips } from './by-node.formula.ts';
import { bracketed, socket } from './socket.ts';

const PROTOCOLS: readonly TransportProtocol[] = ['tcp', 'udp', 'sctp'];
const FAMILIES = [4, 6] as const;

/** How OVN asks a backend whether it lives. */
export interface ProbePath {
  /** Logical_Switch_Port of the backend. */
  readonly port: string;
  /** Address that asks; nobody else's on that switch. */
  readonly source: string;
}

/** The way to a backend with this address; undefined: it is not asked, and counts as alive. */
export type ProbePaths = (address: string) => ProbePath | undefined;

/** What the rows of a Service depend on, beside it and its slices. */
export interface ServiceSurroundings {
  /** Name of the group that the switches of its Vpc refer to. */
  readonly group: string;
  /** Given: backends that do not answer OVN are not asked by clients either. */
  readonly probes?: ProbePaths;
  /** Nodes whose pods may be answered each in its own way; default, or undefined: OVN can not do that, so all are answered alike. */
  readonly places?: () => readonly Place[] | undefined;
}

/** Rows of one Service; none when it has no port. */
export function serviceFragment(
  service: ServiceInput,
  slices: readonly SliceInput[],
  { group, probes, places = () => undefined }: ServiceSurroundings,
): Fragment | undefined {
  const fronts = frontsOf(service, slices, places);
  if (fronts.length === 0) return undefined;
  const balancers = PROTOCOLS.flatMap((protocol) => {
    const its = fronts.filter((front) => front.protocol === protocol);
    const alike = its.filter(({ byChassis }) => byChassis === undefined);
    return [
      ...(alike.length === 0 ? [] : [loadBalancer(service, { protocol, fronts: alike }, probes)]),
      ...FAMILIES.flatMap((family) => {
        const ofFamily = its.filter(({ address, byChassis }) => byChassis !== undefined && address.family === family);
        return ofFamily.length === 0 ? [] : [template(service, { protocol, fronts: ofFamily }, family)];
      }),
    ];
  });
  const checks = probes === undefined ? [] : PROTOCOLS.flatMap((protocol) => healthChecks(service, protocol, fronts));
  const set = balancers.map(({ key }) => rowRef('Load_Balancer', key));
  const values = templateValues(
    service.key,
    fronts.filter(({ byChassis }) => byChassis !== undefined),
  );
  return {
    rows: [...balancers, ...checks],
    members: [{ table: 'Load_Balancer_Group', key: group, column: 'load_balancer', set }, ...values],
  };
}

/** Whether it matters for a pod on which node it is, with OVN that can heed it. */
export function isAnsweredByPlace(service: ServiceInput, slices: readonly SliceInput[]): boolean {
  const addresses = [...service.clusterIps, ...service.externalIps];
  return (
    service.isInternalLocal ||
    service.ports.some((port) => addresses.some(({ family, address }) => dependsOnPlace({ port, family, front: address }, slices)))
  );
}

/** The group itself. */
export function serviceGroupFragment(group: string): Fragment {
  return { rows: [wantedRow(tables.loadBalancerGroup, group, { load_balancer: [] })], members: [] };
}

/** What makes a switch use the group. */
export function switchServicesFragment(logicalSwitch: string, group: string): Fragment {
  const set = [rowRef('Load_Balancer_Group', group)];
  return { rows: [], members: [{ table: 'Logical_Switch', key: logicalSwitch, column: 'load_balancer_group', set }] };
}

/** An address and a port that a service is asked at. */
export interface ServiceFront {
  readonly protocol: TransportProtocol;
  readonly address: ServiceAddress;
  readonly port: number;
  /** Only backends on the node that is asked from answer; where there are none, it refuses. */
  readonly isLocal: boolean;
  /** Of all, wherever they are. */
  readonly backends: readonly Backend[];
  /** Those of each chassis, where they are not the same everywhere. */
  readonly byChassis: PlacedBackends | undefined;
}

interface Balancer {
  readonly protocol: TransportProtocol;
  readonly fronts: readonly ServiceFront[];
}

function frontsOf(
  service: ServiceInput,
  slices: readonly SliceInput[],
  places: () => readonly Place[] | undefined,
): readonly ServiceFront[] {
  const front = (port: ServicePortInput, address: ServiceAddress, isLocal: boolean): ServiceFront => {
    const question = { port, family: address.family, front: address.address };
    const { protocol } = port;
    const all = { protocol, address, port: port.port, isLocal, backends: chooseBackends(question, slices) };
    const local = isLocal ? places() : undefined;
    if (local !== undefined) return { ...all, byChassis: localBackends(question, slices, local) };
    return { ...all, byChassis: nearBackends(question, slices, () => places() ?? []) };
  };
  return service.ports.flatMap((port) => [
    ...service.clusterIps.map((address) => front(port, address, service.isInternalLocal)),
    // The policy for the inside is about the cluster's own addresses.
    ...service.externalIps.map((address) => front(port, address, false)),
  ]);
}

/**
 * Without an endpoint a connection is refused at once. A sticky service chooses by the client's address: it needs no memory, and OVN's own,
 * `affinity_timeout`, loses the first packets of each client on the userspace datapath.
 * @source OVN_Northbound Load_Balancer.vips, options:reject, selection_fields
 */
function loadBalancer(service: ServiceInput, { protocol, fronts }: Balancer, probes: ProbePaths | undefined): WantedRow {
  const vips = fronts.map(({ address, port, backends }) => {
    const { family } = address;
    return [socket(address, port), backends.map((backend) => socket({ ...backend, family }, backend.port)).join(',')] as const;
  });
  return wantedRow(tables.loadBalancer, balancerName(service, protocol), {
    protocol,
    vips: Object.fromEntries(vips),
    options: optionsOf(protocol),
    selection_fields: selectionFields(
      service,
      fronts.map(({ backends }) => backends.length),
    ),
    ...(probes !== undefined && { ip_port_mappings: probePaths(fronts, probes) }),
    external_ids: { service: service.key },
  });
}

/** One that each chassis fills in for itself; OVN wants to be told of what family its addresses are. */
function template(service: ServiceInput, { protocol, fronts }: Balancer, family: Family): WantedRow {
  const counts = fronts.flatMap(({ byChassis = new Map() }) => [...byChassis.values()].map((backends) => backends.length));
  return wantedRow(tables.loadBalancer, `${balancerName(service, protocol)}/ip${family}`, {
    protocol,
    vips: templateVips(service.key, fronts),
    options: { ...optionsOf(protocol), template: 'true', 'address-family': `ipv${family}` },
    selection_fields: selectionFields(service, counts),
    external_ids: { service: service.key },
  });
}

/** A client of UDP may keep its port for ever; one of TCP would lose a connection that its backend still serves. */
function optionsOf(protocol: TransportProtocol): Readonly<Record<string, string>> {
  return { reject: 'true', ...(protocol === 'udp' && { ct_flush: 'true' }) };
}

/**
 * By what a backend is chosen. Left to itself the datapath does it by a hash of few bits, which costs nothing and spreads some counts badly: of ten
 * backends six get twice as much as the others. A hash over the fields that are named here is even, and costs a look at the tables for each connection.
 */
function selectionFields({ stickySeconds }: ServiceInput, counts: readonly number[]): readonly SelectionField[] {
  if (stickySeconds !== undefined) return ['ip_src', 'ip_dst'];
  return counts.every((count) => isSpreadEvenly(count)) ? [] : ['ip_src', 'ip_dst', 'tp_src', 'tp_dst'];
}

type SelectionField = 'ip_src' | 'ip_dst' | 'tp_src' | 'tp_dst';

const MAX_DEVIATION = 0.15;
/** @source Open vSwitch, select groups by dp_hash: backends share the next power of two of values, and 16 at least */
const MIN_VALUES = 16;

/** Whether the datapath's own hash gives each of so many backends its share. */
export function isSpreadEvenly(count: number): boolean {
  const share = Math.max(MIN_VALUES, 2 ** Math.ceil(Math.log2(Math.max(1, count)))) / Math.max(1, count);
  return Math.ceil(share) - share <= share * MAX_DEVIATION && share - Math.floor(share) <= share * MAX_DEVIATION;
}

function balancerName({ key }: ServiceInput, protocol: TransportProtocol): string {
  return `${key}/${protocol}`;
}

/** @source OVN_Northbound Load_Balancer.ip_port_mappings: `port:source`, with brackets around IPv6 */
function probePaths(fronts: readonly ServiceFront[], probes: ProbePaths): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fronts.flatMap(({ address: { family }, backends }) =>
      backends.flatMap(({ address }) => {
        const path = probes(address);
        return path === undefined ? [] : [[bracketed(family, address), `${path.port}:${bracketed(family, path.source)}`] as const];
      }),
    ),
  );
}

/** @source OVN: SCTP has no service monitor; Kube-OVN: interval, timeout and counts */
function healthChecks(service: ServiceInput, protocol: TransportProtocol, fronts: readonly ServiceFront[]): readonly WantedRow[] {
  if (protocol === 'sctp') return [];
  const parent = { table: 'Load_Balancer', key: balancerName(service, protocol), column: 'health_check' };
  return fronts
    .filter((front) => front.protocol === protocol)
    .map(({ address, port }) => {
      const vip = socket(address, port);
      const options = { interval: '5', timeout: '20', success_count: '3', failure_count: '3' };
      return wantedRow(tables.loadBalancerHealthCheck, `${parent.key}/${vip}`, { vip, options }, parent);
    });
}
