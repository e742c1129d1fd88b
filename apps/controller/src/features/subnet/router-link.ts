/** A Subnet's place on the router of its Vpc: a port there, and the port of its switch that leads to it. */
import { type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { routerPortName, switchRouterPortName, tables } from '@kube-ovn/ovn-model';

interface RouterPort {
  readonly mac: string;
  readonly networks: readonly string[];
  readonly ipv6_ra_configs?: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Of both ports. */
  readonly external_ids: Readonly<Record<string, string>>;
}

/** @source OVN_Northbound Logical_Switch_Port.type "router", options:router-port */
export function routerLink(subnet: string, router: string, { networks, external_ids: ids, ...port }: RouterPort): readonly WantedRow[] {
  const routerPort = routerPortName(router, subnet);
  return [
    wantedRow(
      tables.logicalRouterPort,
      routerPort,
      { ...port, networks: [...networks], external_ids: { lr: router, ...ids } },
      { table: 'Logical_Router', key: router, column: 'ports' },
    ),
    wantedRow(
      tables.logicalSwitchPort,
      switchRouterPortName(subnet, router),
      { type: 'router', addresses: ['router'], options: { 'router-port': routerPort }, external_ids: { ls: subnet, ...ids } },
      { table: 'Logical_Switch', key: subnet, column: 'ports' },
    ),
  ];
}
