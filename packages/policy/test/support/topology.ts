/** A small network for the pods and nodes of a random cluster: a switch per subnet, one for the nodes, and a router between them. */
import { wantedRow, type Fragment, type WantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import type { PortPlace } from './acl/pipeline.ts';
import type { Inhabitants } from '../../src/testing/cluster.ts';
import { isAlive, hasOwnNetwork, nodeAddresses, podAddresses, podName } from '../../src/verdict/flow.ts';
import type { PodObject } from '../../src/verdict/objects.ts';

/** What traffic has to know of a port. */
export interface Station extends PortPlace {
  readonly mac: string;
  readonly routerMac: string;
}

const router = 'vpc';
const nodeSwitch = 'join';
const switches: Readonly<Record<string, { readonly routerMac: string; readonly networks: readonly string[] }>> = {
  one: { routerMac: '00:00:00:00:01:01', networks: ['10.16.0.1/24', 'fd00:10:16::1/64'] },
  two: { routerMac: '00:00:00:00:01:02', networks: ['10.17.0.1/24', 'fd00:10:17::1/64'] },
  [nodeSwitch]: { routerMac: '00:00:00:00:01:03', networks: ['100.64.0.1/16', 'fd00:100:64::1/64'] },
};

/** Name of a pod's port. @source Kube-OVN: `<pod>.<namespace>` */
export function portOf({ metadata }: PodObject): string {
  return `${metadata.name}.${metadata.namespace}`;
}

/** Name of the port of a switch that leads to the router. */
export function routerPortOf(logicalSwitch: string): string {
  return `${logicalSwitch}-${router}`;
}

/** The pods that have ports, by name. */
export function podStations({ pods }: Inhabitants): ReadonlyMap<string, Station> {
  const own = pods.filter((pod) => hasOwnNetwork(pod) && isAlive(pod));
  return new Map(
    own.map((pod) => {
      const name = pod.metadata.annotations?.['ovn.kubernetes.io/logical_switch'] ?? 'one';
      const mac = `00:00:00:00:0a:0${pod.metadata.name.slice(1)}`;
      return [podName(pod), { port: portOf(pod), switch: name, mac, routerMac: switches[name]?.routerMac ?? '' }];
    }),
  );
}

/** The port of the first node, where everything enters and leaves that is no pod. */
export function outsideStation(): Station {
  return { port: 'node-n1', switch: nodeSwitch, mac: '00:00:00:00:0b:01', routerMac: switches[nodeSwitch]?.routerMac ?? '' };
}

/** The network as rows. */
export function topologyFragment(inhabitants: Inhabitants): Fragment {
  const rows: WantedRow[] = [{ table: 'Logical_Router', key: router, columns: {} }];
  for (const [name, { routerMac, networks }] of Object.entries(switches)) {
    const parent = { table: 'Logical_Switch', key: name, column: 'ports' };
    rows.push(
      { table: 'Logical_Switch', key: name, columns: {} },
      wantedRow(
        tables.logicalRouterPort,
        `${router}-${name}`,
        { mac: routerMac, networks: [...networks] },
        { table: 'Logical_Router', key: router, column: 'ports' },
      ),
      wantedRow(
        tables.logicalSwitchPort,
        routerPortOf(name),
        { type: 'router', addresses: ['router'], options: { 'router-port': `${router}-${name}` } },
        parent,
      ),
    );
  }
  const stations = podStations(inhabitants);
  for (const pod of inhabitants.pods) {
    const station = stations.get(podName(pod));
    if (station === undefined) continue;
    const addresses = podAddresses(pod).length === 0 ? [] : [[station.mac, ...podAddresses(pod)].join(' ')];
    rows.push(
      wantedRow(tables.logicalSwitchPort, station.port, { addresses }, { table: 'Logical_Switch', key: station.switch, column: 'ports' }),
    );
  }
  const gate = outsideStation();
  rows.push(
    wantedRow(
      tables.logicalSwitchPort,
      gate.port,
      { addresses: [`${gate.mac} 100.64.0.254 fd00:100:64::254`] },
      { table: 'Logical_Switch', key: nodeSwitch, column: 'ports' },
    ),
    route('0.0.0.0/0', '100.64.0.254'),
    route('::/0', 'fd00:100:64::254'),
    ...inhabitants.nodes
      .flatMap(nodeAddresses)
      .map((address) => (address.includes(':') ? route(`${address}/128`, 'fd00:100:64::254') : route(`${address}/32`, '100.64.0.254'))),
  );
  return { rows, members: [] };
}

function route(prefix: string, nexthop: string): WantedRow {
  return wantedRow(
    tables.logicalRouterStaticRoute,
    prefix,
    { ip_prefix: prefix, nexthop },
    { table: 'Logical_Router', key: router, column: 'static_routes' },
  );
}
