/**
 * Service, its EndpointSlices → load balancers that all switches with pods share through one group.
 *
 * Reads: Service, EndpointSlices. Wants: one Load_Balancer per protocol that the service uses, named `namespace/name/protocol`; its place
 * in the group. So rows grow with services, and neither with nodes nor with switches.
 */
import {
  type Backend,
  chooseBackends,
  type ServiceAddress,
  type ServiceInput,
  type ServicePortInput,
  type SliceInput,
  type TransportProtocol,
} from '@kube-ovn/api';
import type { Family } from '@kube-ovn/ipam';
import { type Fragment, rowRef, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { serviceGroupName, tables } from '@kube-ovn/ovn-model';

const PROTOCOLS: readonly TransportProtocol[] = ['tcp', 'udp', 'sctp'];

/** How OVN asks a backend whether it lives. */
export interface ProbePath {
  /** Logical_Switch_Port of the backend. */
  readonly port: string;
  /** Address that asks; nobody else's on that switch. */
  readonly source: string;
}

/** The way to a backend with this address; undefined: it is not asked, and counts as alive. */
export type ProbePaths = (address: string) => ProbePath | undefined;

/**
 * Rows of one Service; none when it has no port.
 * @param probes given: backends that do not answer OVN are not asked by clients either
 */
export function serviceFragment(service: ServiceInput, slices: readonly SliceInput[], probes?: ProbePaths): Fragment | undefined {
  const balancers = PROTOCOLS.flatMap((protocol): Balancer[] => {
    const ports = service.ports.filter((port) => port.protocol === protocol);
    return ports.length === 0 ? [] : [{ protocol, fronts: frontsOf(service, ports, slices) }];
  });
  if (balancers.length === 0) return undefined;
  const rows = balancers.map((balancer) => loadBalancer(service, balancer, probes));
  const checks = probes === undefined ? [] : balancers.flatMap((balancer) => healthChecks(service, balancer));
  const set = rows.map(({ key }) => rowRef('Load_Balancer', key));
  return { rows: [...rows, ...checks], members: [{ table: 'Load_Balancer_Group', key: serviceGroupName, column: 'load_balancer', set }] };
}

/** The group itself. */
export function serviceGroupFragment(): Fragment {
  return { rows: [wantedRow(tables.loadBalancerGroup, serviceGroupName, { load_balancer: [] })], members: [] };
}

/** What makes a switch use the group. */
export function switchServicesFragment(logicalSwitch: string): Fragment {
  const set = [rowRef('Load_Balancer_Group', serviceGroupName)];
  return { rows: [], members: [{ table: 'Logical_Switch', key: logicalSwitch, column: 'load_balancer_group', set }] };
}

interface Balancer {
  readonly protocol: TransportProtocol;
  readonly fronts: readonly Front[];
}

interface Front {
  /** Address and port, as OVN writes them. */
  readonly vip: string;
  readonly family: Family;
  readonly backends: readonly Backend[];
}

function frontsOf(service: ServiceInput, ports: readonly ServicePortInput[], slices: readonly SliceInput[]): readonly Front[] {
  return ports.flatMap((port) =>
    [...service.clusterIps, ...service.externalIps].map((address): Front => {
      const { family } = address;
      const backends = chooseBackends({ port, family, front: address.address }, slices);
      return { vip: socket(address, port.port), family, backends };
    }),
  );
}

/**
 * Without an endpoint a connection is refused at once. A sticky service chooses by the client's address: it needs no memory, and OVN's own,
 * `affinity_timeout`, loses the first packets of each client on the userspace datapath.
 * @source OVN_Northbound Load_Balancer.vips, options:reject, selection_fields
 */
function loadBalancer(service: ServiceInput, { protocol, fronts }: Balancer, probes: ProbePaths | undefined): WantedRow {
  const vips = fronts.map(({ vip, family, backends }) => {
    return [vip, backends.map((backend) => socket({ ...backend, family }, backend.port)).join(',')] as const;
  });
  return wantedRow(tables.loadBalancer, balancerName(service, protocol), {
    protocol,
    vips: Object.fromEntries(vips),
    // A client of UDP may keep its port for ever; one of TCP would lose a connection that its backend still serves.
    options: { reject: 'true', ...(protocol === 'udp' && { ct_flush: 'true' }) },
    selection_fields: selectionFields(service, fronts),
    ...(probes !== undefined && { ip_port_mappings: probePaths(fronts, probes) }),
    external_ids: { service: service.key },
  });
}

/**
 * By what a backend is chosen. Left to itself the datapath does it by a hash of few bits, which costs nothing and spreads some counts badly: of ten
 * backends six get twice as much as the others. A hash over the fields that are named here is even, and costs a look at the tables for each connection.
 */
function selectionFields({ isSticky }: ServiceInput, fronts: readonly Front[]): readonly SelectionField[] {
  if (isSticky) return ['ip_src', 'ip_dst'];
  return fronts.every(({ backends }) => isSpreadEvenly(backends.length)) ? [] : ['ip_src', 'ip_dst', 'tp_src', 'tp_dst'];
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
function probePaths(fronts: readonly Front[], probes: ProbePaths): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fronts.flatMap(({ family, backends }) =>
      backends.flatMap(({ address }) => {
        const path = probes(address);
        return path === undefined ? [] : [[bracketed(family, address), `${path.port}:${bracketed(family, path.source)}`] as const];
      }),
    ),
  );
}

/** @source OVN: SCTP has no service monitor; Kube-OVN: interval, timeout and counts */
function healthChecks(service: ServiceInput, { protocol, fronts }: Balancer): readonly WantedRow[] {
  if (protocol === 'sctp') return [];
  const parent = { table: 'Load_Balancer', key: balancerName(service, protocol), column: 'health_check' };
  return fronts.map(({ vip }) =>
    wantedRow(
      tables.loadBalancerHealthCheck,
      `${parent.key}/${vip}`,
      { vip, options: { interval: '5', timeout: '20', success_count: '3', failure_count: '3' } },
      parent,
    ),
  );
}

function socket({ family, address }: ServiceAddress, port: number): string {
  return `${bracketed(family, address)}:${port}`;
}

function bracketed(family: Family, address: string): string {
  return family === 6 ? `[${address}]` : address;
}
