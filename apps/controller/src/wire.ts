/**
 * The controller, put together. Read it from top to bottom:
 *
 *     Kubernetes watches ─┐                      ┌─► fragments ─► planner ─► OVN Northbound ─┐
 *                         ├─► graph ─► features ─┼─► patches ───────────────► Kubernetes     │
 *     NB replica ─────────┘      ▲               └─► demands ─► allocation ─► IP objects     │
 *          ▲                     └──────────────── leases ◄─────────┘                        │
 *          └─────────────────────────────────────────────────────────────────────────────────┘
 *
 * Everything left of the arrows into OVN and Kubernetes runs in every replica, so that a standby is warm; the writing parts run in
 * the one that holds the lease, for as long as it does (term.ts).
 */
import { formula, sourceTable } from '@kube-ovn/dataflow';
import { type LeaderElector, leaderElector } from '@kube-ovn/kube';
import type { Config } from './config/config.ts';
import { features } from './features/index.ts';
import type { Graph } from './features/graph.ts';
import { buildGraph } from './features/graph-builder.ts';
import { externalGatewayConfig } from './inputs/external-gateway.ts';
import { fencedDatabase, fencedKube } from './fence.ts';
import { Leadership } from './leadership.ts';
import type { Ports } from './ports.ts';
import { kubernetesSources, type KubernetesSources } from './sources/kubernetes.ts';
import { northboundCells, type NorthboundCells } from './sources/northbound.ts';
import { southboundCells, type SouthboundCells } from './sources/southbound.ts';
import { Stopwatch } from './policy-metrics.ts';
import { combine, type Wanted } from './sinks/combine.ts';
import { type AllocationCells, startTerm } from './term.ts';

export interface Controller {
  readonly sources: KubernetesSources;
  readonly northbound: NorthboundCells;
  /** Undefined: none was named. */
  readonly southbound: SouthboundCells | undefined;
  readonly elector: LeaderElector;
  readonly leadership: Leadership;
  readonly cells: AllocationCells;
  readonly graph: Graph;
  readonly wanted: Wanted;
  readonly policyCompiling: Stopwatch;
  /** Stand for election, and act when elected. */
  start(): void;
  /** Stop writing, give up the lease, close what was opened here. */
  stop(): Promise<void>;
}

export function wire(config: Config, ports: Ports): Controller {
  const names = {
    clusterRouter: config.clusterRouter,
    defaultSubnet: config.defaultSubnet.name,
    joinSubnet: config.joinSubnet.name,
    externalSubnet: config.externalSubnet,
  };

  // Sources
  const sources = kubernetesSources(ports, config.externalGateway);
  const northbound = northboundCells(ports.northbound.replica);
  const southbound = southboundCells(ports.southbound?.replica, ports.scheduler);
  const cells: AllocationCells = {
    leases: sourceTable('leases'),
    holds: sourceTable('holds'),
    usage: sourceTable('usage'),
    poolUsage: sourceTable('pool usage'),
    refusals: sourceTable('refusals'),
  };

  // Formulas
  const policyCompiling = new Stopwatch(() => ports.scheduler.now());
  const graph = buildGraph({
    names,
    externalSettings: {
      configMap: `${config.externalGateway.namespace}/${externalGatewayConfig}`,
      network: config.externalGateway.network,
      vlanId: config.externalGateway.vlanId,
      servesPods: config.externalGateway.servesPods,
    },
    externalGateways: sources.externalGateways.table,
    serviceCidrs: config.serviceCidrs,
    compile: policyCompiling.time,
    pods: sources.pods.table,
    nodes: sources.nodes.table,
    namespaces: sources.namespaces.table,
    subnets: sources.subnets.table,
    vpcs: sources.vpcs.table,
    ipPools: sources.ipPools.table,
    vips: sources.vips.table,
    vlans: sources.vlans.table,
    providerNetworks: sources.providerNetworks.table,
    ovnEips: sources.ovnEips.table,
    ovnFips: sources.ovnFips.table,
    ovnSnatRules: sources.ovnSnatRules.table,
    ovnDnatRules: sources.ovnDnatRules.table,
    qosPolicies: sources.qosPolicies.table,
    mirrors: sources.mirrors.table,
    ips: sources.ips.table,
    services: sources.services.table,
    endpointSlices: sources.endpointSlices.table,
    switchLbRules: sources.switchLbRules.table,
    attachmentDefinitions: sources.attachmentDefinitions.table,
    keepVmIp: config.keepVmIp,
    virtualMachineInstances: sources.virtualMachineInstances.table,
    networkPolicies: sources.networkPolicies.table,
    securityGroups: sources.securityGroups.table,
    adminNetworkPolicies: sources.adminNetworkPolicies.table,
    baselineAdminNetworkPolicies: sources.baselineAdminNetworkPolicies.table,
    clusterNetworkPolicies: sources.clusterNetworkPolicies.table,
    northbound,
    southbound,
    ...cells,
  });
  const wanted = combine(features.map((feature) => feature.wire(graph)));

  // Sinks and the allocation: only with the lease
  const elector = leaderElector(ports.kube, {
    name: 'kube-ovn-controller',
    ...config.leaderElection,
    clock: ports.scheduler,
    random: ports.random,
    wallClock: ports.wallClock,
  });
  const isLeading = (): boolean => elector.isLeadingNow();
  const fenced: Ports = { ...ports, kube: fencedKube(ports.kube, isLeading), northbound: fencedDatabase(ports.northbound, isLeading) };
  const leadership = new Leadership({
    elector,
    isReady: formula(() => sources.synced.value && northbound.isLive.value),
    startTerm: (hasFollowed) => startTerm({ config, ports: fenced, sources, graph, cells, wanted, hasFollowed }),
    scheduler: ports.scheduler,
    log: ports.log,
  });

  return {
    sources,
    northbound,
    southbound: ports.southbound === undefined ? undefined : southbound,
    elector,
    leadership,
    cells,
    graph,
    wanted,
    policyCompiling,
    start: () => leadership.start(),
    stop: async () => {
      await leadership.stop();
      sources[Symbol.dispose]();
      northbound[Symbol.dispose]();
    },
  };
}
