/** The way out of a Subnet by routers outside the cluster, as its author writes it. */
import { formatAddress, readAddress } from '@kube-ovn/ipam';
import type { SubnetSpec } from './crds/subnet.ts';

/** How nodes route what leaves the cluster from a Subnet. */
export interface EgressRoute {
  /** Next hops, at most one of each family. */
  readonly gateways: readonly string[];
  /** Of the rule. Lower is looked at first; 1 to 32765. */
  readonly priority: number;
  /** Number of the routing table. */
  readonly table: number;
}

export type EgressGatewayReading =
  /** Undefined: there is no such way. */
  | { readonly ok: true; readonly route: EgressRoute | undefined }
  | {
      readonly ok: false;
      readonly field: 'externalEgressGateway' | 'policyRoutingPriority' | 'policyRoutingTableID';
      readonly bad: string;
    };

/** Before the rule that looks up the main table. @source ip-rule(8): 32766 */
const LAST_PRIORITY = 32_765;
/** default, main and local. @source ip-route(8) */
const KERNEL_TABLES = [0, 253, 254, 255];

/** @source Kube-OVN Subnet.spec.externalEgressGateway, policyRoutingPriority, policyRoutingTableID */
export function readEgressRoute(spec: SubnetSpec): EgressGatewayReading {
  const { externalEgressGateway: text = '', policyRoutingPriority: priority = 0, policyRoutingTableID: table = 0 } = spec;
  if (text === '') return { ok: true, route: undefined };
  const gateways = text.split(',').map((item) => readAddress(item.trim()));
  const families = new Set(gateways.map((gateway) => gateway?.family));
  if (families.has(undefined) || families.size < gateways.length) return { ok: false, field: 'externalEgressGateway', bad: text };
  if (priority < 1 || priority > LAST_PRIORITY) return { ok: false, field: 'policyRoutingPriority', bad: `${priority}` };
  if (KERNEL_TABLES.includes(table)) return { ok: false, field: 'policyRoutingTableID', bad: `${table}` };
  return { ok: true, route: { gateways: gateways.flatMap((each) => (each === undefined ? [] : [formatAddress(each)])), priority, table } };
}
