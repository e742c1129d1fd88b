/** The list of controllers, and what each of them reads. */
import type { KubeObject } from '@kube-ovn/api';
import type { Index, Sink, Table } from '@kube-ovn/dataflow';
import { labelKey, type Cluster } from '../cluster.ts';
import { runController, type ControllerPorts } from '../shared/controller.ts';
import { keyOf, type Pod } from '../shared/objects.ts';
import type { Time } from '../shared/time.ts';
import { planDaemonSet } from './daemon-set.ts';
import { planDeployment } from './deployment/plan.ts';
import { planEndpoints } from './endpoints/endpoints.ts';
import { planMirror } from './endpoints/mirror.ts';
import { planSlices } from './endpoints/slices.ts';
import { planEviction } from './nodes/eviction.ts';
import { planNode } from './nodes/health.ts';
import { planReplicaSet } from './replica-set.ts';
import { planServiceAccount } from './service-account.ts';
import { planStatefulSet } from './stateful-set/plan.ts';

/** What the controllers need besides the cluster. */
export interface ControllersOptions {
  readonly ports: ControllerPorts;
  readonly time: Time;
  /** How long a node may be silent, in milliseconds. */
  readonly nodeGraceMs: number;
}

/** Start all controllers. */
export function startControllers(cluster: Cluster, { ports, time, nodeGraceMs }: ControllersOptions): readonly Sink[] {
  const podTable = cluster.pods.table;
  const podsFor = (owner: KubeObject): readonly Pod[] =>
    candidates(podTable, [cluster.podsByOwner.of(owner.metadata.uid ?? ''), cluster.orphanPods.of(owner.metadata.namespace ?? '')]);
  const nodeOf = (name: string) => cluster.nodes.table.get(name);
  return [
    runController(
      'deployment',
      cluster.deployments.table,
      (deployment) =>
        planDeployment({
          deployment,
          candidates: candidates(cluster.replicaSets.table, [
            cluster.replicaSetsByOwner.of(deployment.metadata.uid ?? ''),
            cluster.orphanReplicaSets.of(deployment.metadata.namespace ?? ''),
          ]),
          podsOf: (uid) => candidates(podTable, [cluster.podsByOwner.of(uid)]),
          time,
        }),
      ports,
    ),
    runController(
      'replicaset',
      cluster.replicaSets.table,
      (replicaSet) => planReplicaSet({ replicaSet, candidates: podsFor(replicaSet), time }),
      ports,
    ),
    runController(
      'statefulset',
      cluster.statefulSets.table,
      (set) =>
        planStatefulSet({
          set,
          candidates: podsFor(set),
          revisions: candidates(cluster.controllerRevisions.table, [cluster.revisionsByOwner.of(set.metadata.uid ?? '')]),
          time,
        }),
      ports,
    ),
    runController(
      'daemonset',
      cluster.daemonSets.table,
      (set) => planDaemonSet({ set, candidates: podsFor(set), nodes: [...cluster.nodes.table.entries()].map(([, node]) => node), time }),
      ports,
    ),
    runController(
      'endpointslice',
      cluster.services.table,
      (service) =>
        planSlices({
          service,
          pods: selected(cluster, service),
          slices: candidates(cluster.endpointSlices.table, [cluster.slicesByService.of(keyOf(service))]),
          nodeOf,
        }),
      ports,
    ),
    runController(
      'endpoints',
      cluster.services.table,
      (service) => planEndpoints({ service, pods: selected(cluster, service), endpoints: cluster.endpoints.table.get(keyOf(service)) }),
      ports,
    ),
    runController(
      'endpointslicemirroring',
      cluster.endpoints.table,
      (endpoints) => {
        const key = keyOf(endpoints);
        const slices = candidates(cluster.endpointSlices.table, [cluster.mirroredSlices.of(key)]);
        return planMirror({ endpoints, service: cluster.services.table.get(key), slices });
      },
      ports,
    ),
    runController(
      'serviceaccount',
      cluster.namespaces.table,
      (namespace) => planServiceAccount(namespace, cluster.serviceAccounts.table.get(`${namespace.metadata.name}/default`)),
      ports,
    ),
    runController(
      'node',
      cluster.nodes.table,
      (node) => planNode({ node, lease: cluster.leases.table.get(`kube-node-lease/${node.metadata.name}`), time, graceMs: nodeGraceMs }),
      ports,
    ),
    runController(
      'eviction',
      podTable,
      (pod) => planEviction({ pod, node: pod.spec?.nodeName === undefined ? undefined : nodeOf(pod.spec.nodeName), time }),
      ports,
    ),
  ];
}

/** The objects of some index groups, in the order of their keys. */
function candidates<T>(table: Table<T>, groups: readonly ReturnType<Index['of']>[]): readonly T[] {
  return groups.flatMap((group) => [...group].toSorted().flatMap((key) => table.get(key) ?? []));
}

/** Pods that bear one of the selector's labels; the formula decides about the others. */
function selected(
  cluster: Cluster,
  service: KubeObject & { readonly spec?: { readonly selector?: Readonly<Record<string, string>> } },
): readonly Pod[] {
  const [first] = Object.entries(service.spec?.selector ?? {});
  if (first === undefined) return [];
  return candidates(cluster.pods.table, [cluster.podsByLabel.of(labelKey(service.metadata.namespace, ...first))]);
}
