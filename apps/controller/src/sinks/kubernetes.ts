/** Writes what features want of Kubernetes objects: patches, and events about them. */
import { type KubeObject, madeByUs, type Resource, resources, sliceMadeByUs } from '@kube-ovn/api';
import { observe, type Scheduler, type Sink, type Table } from '@kube-ovn/dataflow';
import { type EventRecorder, type Informer, type KubeClient, type KubeError, type ObjectPatch, patchSink } from '@kube-ovn/kube';
import type { MadeObjects, Notice, PatchedKind } from '../features/feature.ts';
import { isOfRule } from '../features/switch-lb-rule/judge.ts';
import type { KubernetesSources } from '../sources/kubernetes.ts';
import { keepMade } from './made-objects.ts';

export interface KubernetesSinkOptions {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly sources: KubernetesSources;
  readonly patches: Readonly<Record<PatchedKind, Table<ObjectPatch>>>;
  readonly objects: MadeObjects;
  readonly notices: readonly Table<Notice>[];
  readonly scheduler: Scheduler;
  /** In [0, 1). */
  readonly random: () => number;
  /** For the times of conditions. */
  readonly wallClock: (() => Date) | undefined;
}

export interface KubernetesSinks extends Disposable {
  readonly oldestPendingMs: number;
  settled(): Promise<void>;
}

/** Pods come in bursts; each patch is one request. */
const concurrency = 32;

/** Keep objects as wanted until disposed. */
export function kubernetesSinks(options: KubernetesSinkOptions): KubernetesSinks {
  const { client, sources, patches, objects, scheduler, random, wallClock } = options;
  const common = { client, scheduler, random, wallClock, concurrency };
  const keep = <T extends KubeObject>(resource: Resource<T>, wanted: Table<ObjectPatch>, { table, upsert }: InformerPart<T>): Sink =>
    patchSink({ ...common, resource, wanted, observed: table, written: upsert });
  const keepPlain = <T extends KubeObject>(resource: Resource<T>, wanted: Table<ObjectPatch>, { table, upsert }: InformerPart<T>): Sink =>
    patchSink({ ...common, resource, wanted, observed: table, written: upsert, hasStatusSubresource: false });
  const making = {
    ...common,
    mark: madeByUs,
    onRefused: (object: KubeObject, { message }: KubeError) => options.events.event(object, 'Warning', 'NotMade', message),
  };
  const sinks = [
    keep(resources.pod, patches.pod, part(sources.pods)),
    keep(resources.node, patches.node, part(sources.nodes)),
    keep(resources.namespace, patches.namespace, part(sources.namespaces)),
    keep(resources.subnet, patches.subnet, part(sources.subnets)),
    keep(resources.vpc, patches.vpc, part(sources.vpcs)),
    keep(resources.ipPool, patches.ipPool, part(sources.ipPools)),
    keep(resources.securityGroup, patches.securityGroup, part(sources.securityGroups)),
    keep(resources.adminNetworkPolicy, patches.adminNetworkPolicy, part(sources.adminNetworkPolicies)),
    keep(resources.baselineAdminNetworkPolicy, patches.baselineAdminNetworkPolicy, part(sources.baselineAdminNetworkPolicies)),
    keep(resources.clusterNetworkPolicy, patches.clusterNetworkPolicy, part(sources.clusterNetworkPolicies)),
    keep(resources.vlan, patches.vlan, part(sources.vlans)),
    keep(resources.providerNetwork, patches.providerNetwork, part(sources.providerNetworks)),
    keepPlain(resources.vip, patches.vip, part(sources.vips)),
    keepPlain(resources.ip, patches.ip, part(sources.ips)),
    keep(resources.service, patches.service, part(sources.services)),
    keep(resources.switchLbRule, patches.switchLbRule, part(sources.switchLbRules)),
    keepMade({ ...making, resource: resources.service, wanted: objects.service, ...part(sources.services), isAdoptable: isOfRule }),
    keepMade({
      ...making,
      resource: resources.endpointSlice,
      wanted: objects.endpointSlice,
      ...part(sources.endpointSlices),
      mark: sliceMadeByUs,
    }),
    keepMade({ ...making, resource: resources.vip, wanted: objects.vip, ...part(sources.vips) }),
    keep(resources.ovnEip, patches.ovnEip, part(sources.ovnEips)),
    keep(resources.ovnFip, patches.ovnFip, part(sources.ovnFips)),
    keep(resources.ovnSnatRule, patches.ovnSnatRule, part(sources.ovnSnatRules)),
    keep(resources.ovnDnatRule, patches.ovnDnatRule, part(sources.ovnDnatRules)),
    keep(resources.qosPolicy, patches.qosPolicy, part(sources.qosPolicies)),
    keep(resources.mirror, patches.mirror, part(sources.mirrors)),
    keepMade({ ...making, resource: resources.ovnEip, wanted: objects.ovnEip, ...part(sources.ovnEips) }),
    keepMade({ ...making, resource: resources.ovnFip, wanted: objects.ovnFip, ...part(sources.ovnFips) }),
    keepMade({ ...making, resource: resources.ovnSnatRule, wanted: objects.ovnSnatRule, ...part(sources.ovnSnatRules) }),
    keepMade({ ...making, resource: resources.providerNetwork, wanted: objects.providerNetwork, ...part(sources.providerNetworks) }),
    keepMade({ ...making, resource: resources.vlan, wanted: objects.vlan, ...part(sources.vlans) }),
    keepMade({ ...making, resource: resources.subnet, wanted: objects.subnet, ...part(sources.subnets) }),
  ];
  const told = options.notices.map((table) => observe(table, (_key, notice) => tell(options, notice)));
  return {
    get oldestPendingMs() {
      return Math.max(...sinks.map((sink) => sink.oldestPendingMs));
    },
    settled: async () => {
      await Promise.all(sinks.map((sink) => sink.settled()));
    },
    [Symbol.dispose]: () => {
      for (const each of [...sinks, ...told]) each[Symbol.dispose]();
    },
  };
}

interface InformerPart<T> {
  readonly table: Table<T>;
  readonly upsert: (object: T) => void;
}

function part<T>(informer: Informer<T>): InformerPart<T> {
  return { table: informer.table, upsert: (object) => informer.upsert(object) };
}

function tell({ sources, events }: KubernetesSinkOptions, notice: Notice | undefined): void {
  if (notice === undefined) return;
  const object = objectOf(sources, notice);
  if (object === undefined) return;
  const { type, reason, message, isState = false } = notice;
  if (isState) events.state(object, type, reason, message);
  else events.event(object, type, reason, message);
}

function objectOf(sources: KubernetesSources, { kind, key }: Notice): KubeObject | undefined {
  switch (kind) {
    case 'pod':
      return sources.pods.table.peek(key);
    case 'node':
      return sources.nodes.table.peek(key);
    case 'namespace':
      return sources.namespaces.table.peek(key);
    case 'subnet':
      return sources.subnets.table.peek(key);
    case 'vpc':
      return sources.vpcs.table.peek(key);
    case 'ipPool':
      return sources.ipPools.table.peek(key);
    case 'securityGroup':
      return sources.securityGroups.table.peek(key);
    case 'vip':
      return sources.vips.table.peek(key);
    case 'ip':
      return sources.ips.table.peek(key);
    case 'service':
      return sources.services.table.peek(key);
    case 'switchLbRule':
      return sources.switchLbRules.table.peek(key);
    case 'ovnEip':
      return sources.ovnEips.table.peek(key);
    case 'ovnFip':
      return sources.ovnFips.table.peek(key);
    case 'ovnSnatRule':
      return sources.ovnSnatRules.table.peek(key);
    case 'ovnDnatRule':
      return sources.ovnDnatRules.table.peek(key);
    case 'mirror':
      return sources.mirrors.table.peek(key);
    case 'qosPolicy':
      return sources.qosPolicies.table.peek(key);
    case 'vlan':
      return sources.vlans.table.peek(key);
    case 'providerNetwork':
      return sources.providerNetworks.table.peek(key);
    case 'networkPolicy':
      return sources.networkPolicies.table.peek(key);
    case 'adminNetworkPolicy':
      return sources.adminNetworkPolicies.table.peek(key);
    case 'baselineAdminNetworkPolicy':
      return sources.baselineAdminNetworkPolicies.table.peek(key);
    case 'clusterNetworkPolicy':
      return sources.clusterNetworkPolicies.table.peek(key);
  }
}
