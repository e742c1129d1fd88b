/** By which nodes traffic of centralized Subnets leaves now, as OVN tells: for their status and for people who ask what happened. */
import { deriveTable, expandTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Notice } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { gatewayRouterPort } from './central-gateway.formula.ts';
import { firstOf, type Order } from './orders.formula.ts';

/** The port of an order was moved away from the node that the order begins with, or has come back to it only now. */
export function isAway({ nodes, southbound, names }: Pick<Graph, 'nodes' | 'southbound' | 'names'>, order: Order): boolean {
  const place = southbound.steadyGateways.get(gatewayRouterPort(order, names.clusterRouter));
  return place !== undefined && place !== nodes.get(firstOf(order))?.chassis;
}

/** For how long, in milliseconds, the port of an order had been away from the node that the order begins with; undefined while it is not there. */
export function absenceOf({ nodes, southbound, names }: Pick<Graph, 'nodes' | 'southbound' | 'names'>, order: Order): number | undefined {
  const port = gatewayRouterPort(order, names.clusterRouter);
  const place = southbound.gateways.get(port);
  return place !== undefined && place === nodes.get(firstOf(order))?.chassis ? southbound.gatewayAbsences.get(port) : undefined;
}

/** Names of nodes by Subnet, in the order of preference; nothing while OVN's Southbound database is not followed. */
export function activeGateways(
  { nodes, southbound, names }: Pick<Graph, 'nodes' | 'southbound' | 'names'>,
  used: Table<readonly Order[]>,
): Table<readonly string[]> {
  const nodesOf = (orders: readonly Order[]): readonly string[] =>
    orders.flatMap((order) => {
      const chassis = southbound.gateways.get(gatewayRouterPort(order, names.clusterRouter));
      return chassis === undefined ? [] : order.split(',').filter((node) => nodes.get(node)?.chassis === chassis);
    });
  return expandTable(
    'active gateways',
    used,
    (name, orders) => (southbound.isLive.value ? [[name, [...new Set(nodesOf(orders))]] as const] : []),
    { equals: isSamePlainData },
  );
}

/** `status.activateGateway` of every Subnet; left as it is while it can not be known. @source Kube-OVN Subnet.status */
export function gatewayPatches(
  { objects, southbound }: Pick<Graph, 'objects' | 'southbound'>,
  active: Table<readonly string[]>,
): Table<ObjectPatch> {
  return deriveTable(
    'gateway patches',
    objects.subnets,
    (name, { status }): ObjectPatch => {
      const now = southbound.isLive.value ? (active.get(name) ?? []).join(',') : (status?.activateGateway ?? '');
      return { status: { activateGateway: now } };
    },
    { equals: isSamePlainData },
  );
}

/** Told when it changes; while it is told what it was before, that is the status. */
export function gatewayNotices({ objects }: Pick<Graph, 'objects'>, active: Table<readonly string[]>): Table<Notice> {
  return expandTable(
    'active gateway notices',
    active,
    (key, nodes): readonly (readonly [string, Notice])[] => {
      const now = nodes.join(',');
      const before = objects.subnets.get(key)?.status?.activateGateway ?? '';
      if (now === before) return [];
      const message =
        now === ''
          ? `nothing leaves the cluster from Subnet ${key}: none of its gateway nodes has it now (before: ${before})`
          : `traffic of Subnet ${key} leaves the cluster by ${now}${before === '' ? '' : `, no longer by ${before}`}`;
      return [
        [`active/${key}`, { kind: 'subnet', key, type: now === '' ? 'Warning' : 'Normal', reason: 'SubnetGatewayNodeChanged', message }],
      ];
    },
    { equals: isSamePlainData },
  );
}
