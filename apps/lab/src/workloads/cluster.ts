/** The collections that the controllers look at, and the indexes over them. */
import {
  resources,
  type Endpoints,
  type EndpointSlice,
  type KubeObject,
  type Lease,
  type Namespace,
  type Resource,
  type Service,
  type ServiceAccount,
} from '@kube-ovn/api';
import { formula, indexBy, type Cell, type Index } from '@kube-ovn/dataflow';
import { informer, type Informer, type InformerOptions, type KubeClient } from '@kube-ovn/kube';
import { mirroredService } from './controllers/endpoints/mirror.ts';
import { sliceService } from './controllers/endpoints/slices.ts';
import {
  kinds,
  type ControllerRevision,
  type DaemonSet,
  type Deployment,
  type Node,
  type Pod,
  type ReplicaSet,
  type StatefulSet,
} from './shared/objects.ts';
import { byController, orphanNamespace } from './shared/ownership.ts';

/** Everything that is watched. */
export interface Cluster extends Disposable {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly leases: Informer<Lease>;
  readonly namespaces: Informer<Namespace>;
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly services: Informer<Service>;
  readonly endpoints: Informer<Endpoints>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly statefulSets: Informer<StatefulSet>;
  readonly daemonSets: Informer<DaemonSet>;
  readonly controllerRevisions: Informer<ControllerRevision>;
  /** All of them by the plural of their resource. */
  readonly byPlural: ReadonlyMap<string, Informer<KubeObject>>;
  readonly podsByOwner: Index;
  readonly orphanPods: Index;
  /** By `namespace/key=value` of each label. */
  readonly podsByLabel: Index;
  readonly replicaSetsByOwner: Index;
  readonly orphanReplicaSets: Index;
  readonly revisionsByOwner: Index;
  readonly slicesByService: Index;
  readonly mirroredSlices: Index;
  readonly synced: Cell<boolean>;
}

/** Begin to watch. */
export function watchCluster(client: KubeClient): Cluster {
  const byPlural = new Map<string, Informer<KubeObject>>();
  const watch = <T extends KubeObject>(resource: Resource<T>, options?: InformerOptions<T>): Informer<T> => {
    const watched = informer(client, resource, options);
    byPlural.set(resource.plural, watched as unknown as Informer<KubeObject>);
    return watched;
  };
  const pods = watch(kinds.pod);
  const replicaSets = watch(kinds.replicaSet);
  const controllerRevisions = watch(kinds.controllerRevision);
  const endpointSlices = watch(resources.endpointSlice);
  const cluster = {
    pods,
    replicaSets,
    controllerRevisions,
    endpointSlices,
    nodes: watch(kinds.node),
    leases: watch(resources.lease, { namespace: 'kube-node-lease' }),
    namespaces: watch(resources.namespace),
    serviceAccounts: watch(resources.serviceAccount),
    services: watch(resources.service),
    endpoints: watch(resources.endpoints),
    deployments: watch(kinds.deployment),
    statefulSets: watch(kinds.statefulSet),
    daemonSets: watch(kinds.daemonSet),
    podsByOwner: indexBy('pods by owner', pods.table, byController),
    orphanPods: indexBy('orphan pods', pods.table, orphanNamespace),
    podsByLabel: indexBy('pods by label', pods.table, podLabels),
    replicaSetsByOwner: indexBy('replica sets by owner', replicaSets.table, byController),
    orphanReplicaSets: indexBy('orphan replica sets', replicaSets.table, orphanNamespace),
    revisionsByOwner: indexBy('revisions by owner', controllerRevisions.table, byController),
    slicesByService: indexBy('slices by service', endpointSlices.table, sliceService),
    mirroredSlices: indexBy('mirrored slices', endpointSlices.table, mirroredService),
  };
  const all = [...byPlural.values()];
  return {
    ...cluster,
    byPlural,
    synced: formula(() => all.every((watched) => watched.synced.value)),
    [Symbol.dispose]: () => {
      for (const watched of all) watched[Symbol.dispose]();
    },
  };
}

function podLabels(pod: Pod): readonly string[] {
  return Object.entries(pod.metadata.labels ?? {}).map(([key, value]) => labelKey(pod.metadata.namespace, key, value));
}

/** Key of {@link Cluster.podsByLabel}. */
export function labelKey(namespace: string | undefined, key: string, value: string): string {
  return `${namespace ?? ''}/${key}=${value}`;
}
