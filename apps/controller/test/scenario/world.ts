/**
 * Formulas, allocation and planner against a real ovsdb-server, with Kubernetes objects set by the test and a journal in memory: what
 * OVN holds must follow from the objects alone, whatever came before.
 */
import {
  type AdminNetworkPolicy,
  type BaselineAdminNetworkPolicy,
  type ClusterNetworkPolicy,
  type IP,
  type IPPool,
  type EndpointSlice,
  FINALIZER,
  type KubeObject,
  type Namespace,
  type NetworkAttachmentDefinition,
  type NetworkPolicy,
  type Node,
  type OvnDnatRule,
  type OvnEip,
  type OvnFip,
  type OvnSnatRule,
  type Pod,
  type ProviderNetwork,
  type Mirror,
  type QoSPolicy,
  type SecurityGroup,
  type Service,
  type Subnet,
  type SwitchLBRule,
  type Vip,
  type VirtualMachineInstance,
  type Vlan,
  type Vpc,
} from '@kube-ovn/api';
import { batch, deriveTable, type SourceTable, sourceTable } from '@kube-ovn/dataflow';
import { Allocator, type SubnetUsage } from '@kube-ovn/ipam';
import { keyOf, systemScheduler } from '@kube-ovn/kube';
import type { DatabaseClient } from '@kube-ovn/ovsdb';
import { systemClock } from '@kube-ovn/ovsdb/node';
import { Allocation } from '../../src/effects/allocation.ts';
import type { Refusal } from '../../src/effects/waiting.ts';
import type { HeldLease } from '../../src/effects/demand.ts';
import { ipObject } from '../../src/effects/ip-object.ts';
import type { Journal } from '../../src/effects/journal.ts';
import { buildGraph } from '../../src/features/graph-builder.ts';
import { features } from '../../src/features/index.ts';
import { cidrOf, gatewayOf } from '../../src/inputs/subnet.ts';
import { combine } from '../../src/sinks/combine.ts';
import { northboundSink } from '../../src/sinks/northbound.ts';
import { northboundCells } from '../../src/sources/northbound.ts';

export interface Objects {
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly namespaces: readonly Namespace[];
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly vlans?: readonly Vlan[];
  readonly providerNetworks?: readonly ProviderNetwork[];
  readonly attachmentDefinitions?: readonly NetworkAttachmentDefinition[];
  readonly networkPolicies?: readonly NetworkPolicy[];
  readonly securityGroups?: readonly SecurityGroup[];
  readonly services?: readonly Service[];
  readonly endpointSlices?: readonly EndpointSlice[];
  readonly virtualMachineInstances?: readonly VirtualMachineInstance[];
}

export interface World extends AsyncDisposable {
  /** Make the API hold exactly these objects. */
  apply(objects: Objects): void;
  settled(): Promise<void>;
  readonly leases: ReadonlyMap<string, string>;
  /** Sent to OVN so far. */
  readonly operations: number;
  readonly transactions: number;
}

const names = { clusterRouter: 'ovn-cluster', defaultSubnet: 'ovn-default', joinSubnet: 'join', externalSubnet: 'external' };

export function createWorld(client: DatabaseClient): World {
  const scheduler = systemScheduler();
  const objects = {
    vpcs: sourceTable<Vpc>('vpcs'),
    subnets: sourceTable<Subnet>('subnets'),
    namespaces: sourceTable<Namespace>('namespaces'),
    nodes: sourceTable<Node>('nodes'),
    pods: sourceTable<Pod>('pods'),
    ipPools: sourceTable<IPPool>('ip pools'),
    vips: sourceTable<Vip>('vips'),
    vlans: sourceTable<Vlan>('vlan objects'),
    providerNetworks: sourceTable<ProviderNetwork>('provider networks'),
    ovnEips: sourceTable<OvnEip>('ovn eips'),
    ovnFips: sourceTable<OvnFip>('ovn fips'),
    ovnSnatRules: sourceTable<OvnSnatRule>('ovn snat rules'),
    ovnDnatRules: sourceTable<OvnDnatRule>('ovn dnat rules'),
    qosPolicies: sourceTable<QoSPolicy>('qos policies'),
    mirrors: sourceTable<Mirror>('mirror objects'),
    services: sourceTable<Service>('services'),
    endpointSlices: sourceTable<EndpointSlice>('endpoint slices'),
    switchLbRules: sourceTable<SwitchLBRule>('switch lb rules'),
    attachmentDefinitions: sourceTable<NetworkAttachmentDefinition>('attachment definitions'),
    virtualMachineInstances: sourceTable<VirtualMachineInstance>('virtual machine instances'),
    networkPolicies: sourceTable<NetworkPolicy>('network policies'),
    securityGroups: sourceTable<SecurityGroup>('security group objects'),
    adminNetworkPolicies: sourceTable<AdminNetworkPolicy>('admin network policies'),
    baselineAdminNetworkPolicies: sourceTable<BaselineAdminNetworkPolicy>('baseline admin network policies'),
    clusterNetworkPolicies: sourceTable<ClusterNetworkPolicy>('cluster network policies'),
  };
  const entries = sourceTable<IP>('ips');
  const cells = {
    leases: sourceTable<HeldLease>('leases'),
    holds: sourceTable<string>('holds'),
    usage: sourceTable<SubnetUsage>('usage'),
    poolUsage: sourceTable<SubnetUsage>('pool usage'),
    refusals: sourceTable<Refusal>('refusals'),
  };
  const northbound = northboundCells(client.replica);
  const graph = buildGraph({ names, serviceCidrs: ['10.96.0.0/12'], ...objects, ips: entries, northbound, ...cells });
  const wanted = combine(features.map((feature) => feature.wire(graph)));
  const sink = northboundSink({
    client,
    clock: systemClock,
    fragments: wanted.fragments,
    brakeShare: 1,
    onReport: (owner, problem) => {
      if (problem !== undefined) throw new Error(`OVN refused ${owner}: ${problem.message}`);
    },
  });
  const allocation = new Allocation({
    allocator: new Allocator({ random: () => 0.5 }),
    journal: memoryJournal(entries),
    scheduler,
    demands: wanted.demands,
    subnets: deriveTable('allocation subnets', graph.subnets, (name, subnet) => ({
      config: { name, cidr: cidrOf(subnet), gateway: gatewayOf(subnet), exclude: subnet.excludeIps },
      isOpen: true,
      isKept: true,
    })),
    pools: sourceTable('allocation pools'),
    entries,
    retained: sourceTable('retained'),
    ports: northbound.ports,
    isPortSettled: ({ owner: port, holder }) => [`pod/${port}`, `node/${holder.name}`].every((owner) => sink.synchronizer.realised(owner)),
    ...cells,
    onFailure: (name, error) => {
      throw new Error(`journal of ${name}`, { cause: error });
    },
    onSubnetRefused: () => undefined,
    onReleased: () => undefined,
  });
  allocation.start([]);
  return {
    apply: (next) =>
      batch(() => {
        replace(objects.vpcs, next.vpcs);
        replace(objects.subnets, next.subnets);
        replace(objects.namespaces, next.namespaces);
        replace(objects.nodes, next.nodes);
        replace(objects.vlans, next.vlans ?? []);
        replace(objects.providerNetworks, next.providerNetworks ?? []);
        replace(objects.attachmentDefinitions, next.attachmentDefinitions ?? []);
        replace(objects.networkPolicies, next.networkPolicies ?? []);
        replace(objects.securityGroups, next.securityGroups ?? []);
        replace(objects.services, next.services ?? []);
        replace(objects.endpointSlices, next.endpointSlices ?? []);
        replace(objects.virtualMachineInstances, next.virtualMachineInstances ?? []);
        replace(objects.pods, next.pods);
      }),
    settled: async () => {
      let quiet = 0;
      for (let last = ''; quiet < 3;) {
        await sink.synchronizer.settled();
        await new Promise((resolve) => {
          setTimeout(resolve, 12); // longer than the allocation waits before it looks again
        });
        const now = JSON.stringify([allocation.isBusy, sink.synchronizer.stats.transactions, [...entries.keys()]]);
        quiet = now === last && !allocation.isBusy ? quiet + 1 : 0;
        last = now;
      }
    },
    get operations() {
      return sink.synchronizer.stats.operations;
    },
    get transactions() {
      return sink.synchronizer.stats.transactions;
    },
    get leases() {
      return new Map([...cells.leases.entries()].map(([name, lease]) => [name, `${lease.subnet} ${lease.v4 ?? ''} ${lease.v6 ?? ''}`]));
    },
    [Symbol.asyncDispose]: async () => {
      allocation[Symbol.dispose]();
      await sink[Symbol.asyncDispose]();
      northbound[Symbol.dispose]();
    },
  };
}

function replace<T extends KubeObject>(table: SourceTable<T>, objects: readonly T[]): void {
  table.replace(objects.map((object) => [keyOf(object), object]));
}

/** Answers later, as a server does. */
function memoryJournal(entries: SourceTable<IP>): Journal {
  const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    find: (name) => entries.peek(name),
    write: async (name, entry) => {
      await later();
      const object = ipObject(name, entry);
      entries.set(name, { ...object, metadata: { ...object.metadata, finalizers: [FINALIZER] } });
      return 'written';
    },
    erase: async (name) => {
      await later();
      entries.delete(name);
    },
    settled: later,
  };
}
