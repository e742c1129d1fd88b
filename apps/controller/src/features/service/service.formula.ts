/**
 * Service, its EndpointSlices → load balancers that all switches with pods share through one group.
 *
 * Reads: Service, EndpointSlices. Wants: one Load_Balancer per protocol that the service uses, named `namespace/name/protocol`; its place
 * in the group. So rows grow with services, and neither with nodes nor with switches.
 */
import {
  chooseBackends,
  type ServiceAddress,
  type ServiceInput,
  type ServicePortInput,
  type SliceInput,
  type TransportProtocol,
} from '@kube-ovn/api';
import { type Fragment, rowRef, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { serviceGroupName, tables } from '@kube-ovn/ovn-model';

const PROTOCOLS: readonly TransportProtocol[] = ['tcp', 'udp', 'sctp'];

/** Rows of one Service; none when it has no port. */
export function serviceFragment(service: ServiceInput, slices: readonly SliceInput[]): Fragment | undefined {
  const rows = PROTOCOLS.flatMap((protocol): WantedRow[] => {
    const ports = service.ports.filter((port) => port.protocol === protocol);
    return ports.length === 0 ? [] : [loadBalancer(service, ports, slices)];
  });
  if (rows.length === 0) return undefined;
  const set = rows.map(({ key }) => rowRef('Load_Balancer', key));
  return { rows, members: [{ table: 'Load_Balancer_Group', key: serviceGroupName, column: 'load_balancer', set }] };
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

/**
 * Without an endpoint a connection is refused at once. A sticky service chooses by the client's address: it needs no memory, and OVN's own,
 * `affinity_timeout`, loses the first packets of each client on the userspace datapath.
 * @source OVN_Northbound Load_Balancer.vips, options:reject, selection_fields
 */
function loadBalancer(service: ServiceInput, ports: readonly ServicePortInput[], slices: readonly SliceInput[]): WantedRow {
  const protocol = ports[0]?.protocol ?? 'tcp';
  const vips = ports.flatMap((port) =>
    [...service.clusterIps, ...service.externalIps].map((address) => {
      const backends = chooseBackends({ port, family: address.family }, slices);
      return [socket(address, port.port), backends.map((backend) => socket({ ...address, ...backend }, backend.port)).join(',')] as const;
    }),
  );
  return wantedRow(tables.loadBalancer, `${service.key}/${protocol}`, {
    protocol,
    vips: Object.fromEntries(vips),
    options: { reject: 'true' },
    selection_fields: service.isSticky ? ['ip_src', 'ip_dst'] : [],
    external_ids: { service: service.key },
  });
}

function socket({ family, address }: ServiceAddress, port: number): string {
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
