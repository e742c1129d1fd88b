/** Workloads whose pods are started anew, in which order, and how far that is. Pure. */
import type { KubeObject, Workload } from '@kube-ovn/api';

export type WorkloadKind = 'statefulSet' | 'daemonSet' | 'deployment';

/** A part of the network, and where its programs run. */
export interface Reloadable {
  readonly part: string;
  readonly workloads: readonly { readonly kind: WorkloadKind; readonly name: string }[];
}

/**
 * In the order in which Kube-OVN's own tool restarts them: what others connect to comes first. The databases of Kube-OVN's manifests are a
 * Deployment, and ours a StatefulSet.
 *
 * @source kubectl-ko reload
 */
export const reloadables: readonly Reloadable[] = [
  {
    part: 'ovn-central',
    workloads: [
      { kind: 'statefulSet', name: 'ovn-central' },
      { kind: 'deployment', name: 'ovn-central' },
    ],
  },
  {
    part: 'ovs-ovn',
    workloads: [
      { kind: 'daemonSet', name: 'ovs-ovn' },
      { kind: 'daemonSet', name: 'ovs-ovn-dpdk' },
    ],
  },
  { part: 'controller', workloads: [{ kind: 'deployment', name: 'kube-ovn-controller' }] },
  {
    part: 'daemon',
    workloads: [
      { kind: 'daemonSet', name: 'kube-ovn-cni' },
      { kind: 'daemonSet', name: 'kube-ovn-cni-dpdk' },
    ],
  },
  { part: 'speaker', workloads: [{ kind: 'daemonSet', name: 'kube-ovn-speaker' }] },
  { part: 'pinger', workloads: [{ kind: 'daemonSet', name: 'kube-ovn-pinger' }] },
  { part: 'monitor', workloads: [{ kind: 'deployment', name: 'kube-ovn-monitor' }] },
];

/** A change of the template that means nothing but new pods. @source kubectl rollout restart */
export function restartPatch(now: Date): object {
  return { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': now.toISOString() } } } } };
}

/** Whether its pods stay as they are until somebody deletes them. */
export function isReplacedByHand({ spec }: Workload): boolean {
  return spec?.updateStrategy?.type === 'OnDelete';
}

/**
 * @returns what is still missing; undefined when all pods are new and available
 * @source kubectl rollout status; apps/v1 DeploymentStatus, DaemonSetStatus, StatefulSetStatus
 */
export function rolloutGap(kind: WorkloadKind, { metadata, spec, status = {} }: Workload): string | undefined {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'its controller has not seen the change yet';
  const isDaemon = kind === 'daemonSet';
  const wanted = isDaemon ? (status.desiredNumberScheduled ?? 0) : (spec?.replicas ?? 1);
  const updated = (isDaemon ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  const available = (isDaemon ? status.numberAvailable : (status.availableReplicas ?? status.readyReplicas)) ?? 0;
  if (updated < wanted) return `${updated} of ${wanted} pods are new`;
  if (!isDaemon && (status.replicas ?? 0) > updated) return `${(status.replicas ?? 0) - updated} old pods have not ended`;
  return available < wanted ? `${available} of ${wanted} pods are available` : undefined;
}

/** Of pods that were there before, those that have not been replaced. */
export function remaining(before: readonly KubeObject[], now: readonly KubeObject[]): number {
  const uids = new Set(now.map(({ metadata }) => metadata.uid));
  return before.filter(({ metadata }) => uids.has(metadata.uid)).length;
}
