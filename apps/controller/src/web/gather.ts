/** Reads the controller's cells for the pages. It has followed the API server already: nothing is asked of it here. */
import type { Table } from '@kube-ovn/dataflow';
import type { World } from '@kube-ovn/insight';
import { readiness } from '../health.ts';
import { healthFacts } from '../observability.ts';
import type { Controller } from '../wire.ts';
import type { Facts } from './facts.ts';

/** The facts of this moment; a page that does not look at a kind does not pay for it. */
export function gatherFacts(controller: Controller, replica: string): Facts {
  const { sources, leadership, graph } = controller;
  return {
    replica,
    isLeader: leadership.term.peek() !== undefined,
    doubts: readiness(healthFacts(controller)).reasons,
    get subnets() {
      return all(sources.subnets.table);
    },
    get vpcs() {
      return all(sources.vpcs.table);
    },
    get vlans() {
      return all(sources.vlans.table);
    },
    get nodes() {
      return all(sources.nodes.table);
    },
    get namespaces() {
      return all(sources.namespaces.table);
    },
    get pods() {
      return all(sources.pods.table);
    },
    get ips() {
      return all(sources.ips.table);
    },
    get vips() {
      return all(sources.vips.table);
    },
    get eips() {
      return all(sources.ovnEips.table);
    },
    get policies() {
      return all(graph.policies);
    },
    get securityGroups() {
      return all(graph.securityGroups);
    },
    get world() {
      return worldOf(controller);
    },
  };
}

/** Events are not followed here, and OVN is not asked. */
function worldOf({ sources }: Controller): World {
  const [pods, nodes, subnets] = [all(sources.pods.table), all(sources.nodes.table), all(sources.subnets.table)];
  const policies = {
    namespaces: all(sources.namespaces.table),
    pods,
    nodes,
    networkPolicies: all(sources.networkPolicies.table),
    adminNetworkPolicies: all(sources.adminNetworkPolicies.table),
    baselineAdminNetworkPolicies: all(sources.baselineAdminNetworkPolicies.table),
    clusterNetworkPolicies: all(sources.clusterNetworkPolicies.table),
    securityGroups: all(sources.securityGroups.table),
    subnets,
  } as unknown as World['policies'];
  return {
    pods,
    nodes,
    subnets,
    policies,
    services: all(sources.services.table),
    slices: all(sources.endpointSlices.table),
    vpcs: all(sources.vpcs.table),
    ips: all(sources.ips.table),
    vips: all(sources.vips.table),
    switchLbRules: all(sources.switchLbRules.table),
    events: [],
  };
}

/** In the order of the keys. */
function all<V>(table: Table<V>): readonly V[] {
  return [...table.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
