/** The scheduler: binds each pending pod, one decision after the other, so that each sees those before it. */
import { deriveTable, formula, isSamePlainData, sink, untracked, type Sink } from '@kube-ovn/dataflow';
import { KubeError, type EventRecorder, type KubeClient } from '@kube-ovn/kube';
import type { Resource } from '@kube-ovn/api';
import type { Cluster } from '../cluster.ts';
import { backoff, type ControllerPorts } from '../shared/controller.ts';
import { canonical } from '../shared/hash.ts';
import { keyOf, kinds, type Node, type Pod } from '../shared/objects.ts';
import { isFinished } from '../shared/pods.ts';
import { timestamp } from '../shared/time.ts';
import { chooseNode, type Candidate } from './choose.ts';

/** The scheduler whose pods are ours. @source core/v1 PodSpec.schedulerName */
const schedulerName = 'default-scheduler';
/** Bindings in flight at once. */
const width = 16;

/** What the scheduler needs. */
export interface SchedulerPorts extends ControllerPorts {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly now: () => number;
}

interface Pending {
  readonly pod: Pod;
  /** What the last refusal may have rested on; a change means another attempt. */
  readonly world: string;
}

/** Whether a pod waits for this scheduler. */
export function isPending(pod: Pod): boolean {
  const { spec, metadata } = pod;
  const isOurs = spec?.schedulerName === undefined || spec.schedulerName === schedulerName;
  return (
    isOurs &&
    spec?.nodeName === undefined &&
    (spec?.schedulingGates ?? []).length === 0 &&
    metadata.deletionTimestamp === undefined &&
    !isFinished(pod)
  );
}

/** Start the scheduler. */
export function startScheduler(cluster: Cluster, ports: SchedulerPorts): Sink {
  const nodes = formula(() => canonical([...cluster.nodes.table.entries()].map(([, node]) => schedulingFacts(node))));
  const bound = formula(
    () => [...cluster.pods.table.entries()].filter(([, pod]) => pod.spec?.nodeName !== undefined && !isFinished(pod)).length,
  );
  const pending = deriveTable(
    'pending pods',
    cluster.pods.table,
    (_key, pod): Pending | undefined => {
      if (!isPending(pod)) return undefined;
      const wasRefused =
        pod.status?.conditions?.some((condition) => condition.type === 'PodScheduled' && condition.status === 'False') ?? false;
      return { pod, world: wasRefused ? `${bound.value} ${nodes.value}` : nodes.value };
    },
    { equals: isSamePlainData },
  );
  const assumed = new Map<string, Pod>();
  return sink(pending, {
    scheduler: ports.scheduler,
    backoff,
    ready: ports.ready,
    flush: (changes) =>
      scheduleAll(
        { cluster, ports, assumed },
        [...changes.values()].flatMap((change) => change?.pod ?? []),
      ),
  });
}

function schedulingFacts(node: Node): object {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  return { name: node.metadata.name, labels: node.metadata.labels, spec: node.spec, allocatable: node.status?.allocatable, ready };
}

interface Run {
  readonly cluster: Cluster;
  readonly ports: SchedulerPorts;
  /** Pods that were bound and whose object does not say so yet. */
  readonly assumed: Map<string, Pod>;
}

async function scheduleAll(run: Run, pods: readonly Pod[]): Promise<ReadonlyMap<string, Error>> {
  const candidates = untracked(() => candidatesOf(run));
  const failures = new Map<string, Error>();
  const queue = pods
    .toSorted((left, right) => ((left.metadata.creationTimestamp ?? '') < (right.metadata.creationTimestamp ?? '') ? -1 : 1))
    .filter((pod) => !run.assumed.has(assumedKey(pod)));
  const writes = queue.map((pod) => {
    const choice = chooseNode(pod, [...candidates.values()]);
    if ('unschedulable' in choice) return () => refuse(run, pod, choice.unschedulable);
    const placed: Pod = { ...pod, spec: { ...pod.spec, nodeName: choice.node } };
    run.assumed.set(assumedKey(pod), placed);
    candidates.get(choice.node)?.pods.push(placed);
    return () => bind(run, pod, choice.node);
  });
  for (let from = 0; from < writes.length; from += width) {
    const batch = queue.slice(from, from + width);
    const results = await Promise.allSettled(writes.slice(from, from + width).map((write) => write()));
    results.forEach((result, index) => {
      const pod = batch[index];
      if (result.status === 'fulfilled' || pod === undefined) return;
      run.assumed.delete(assumedKey(pod));
      const error = result.reason instanceof Error ? result.reason : new Error(String(result.reason));
      run.ports.report(`scheduler failed on ${keyOf(pod)}: ${error.message}`);
      failures.set(keyOf(pod), error);
    });
  }
  return failures;
}

/** Nodes with their pods; assumptions that came true or whose pod is gone are forgotten. */
function candidatesOf({ cluster, assumed }: Run): ReadonlyMap<string, Candidate & { readonly pods: Pod[] }> {
  const candidates = new Map([...cluster.nodes.table.entries()].map(([name, node]) => [name, { node, pods: [] as Pod[] }]));
  const place = (pod: Pod): void => void candidates.get(pod.spec?.nodeName ?? '')?.pods.push(pod);
  for (const [key, pod] of assumed) {
    const seen = cluster.pods.table.peek(keyOf(pod));
    if (seen === undefined || seen.metadata.uid !== pod.metadata.uid || seen.spec?.nodeName !== undefined) assumed.delete(key);
    else place(pod);
  }
  for (const [, pod] of cluster.pods.table.entries()) if (pod.spec?.nodeName !== undefined && !isFinished(pod)) place(pod);
  return candidates;
}

function assumedKey(pod: Pod): string {
  return pod.metadata.uid ?? keyOf(pod);
}

/** @source core/v1 Binding */
interface Binding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string };
  readonly target: { readonly apiVersion: string; readonly kind: string; readonly name: string };
}

async function bind({ ports }: Run, pod: Pod, node: string): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const binding: Binding = { apiVersion: 'v1', kind: 'Binding', metadata, target: { apiVersion: 'v1', kind: 'Node', name: node } };
  try {
    const resource: Resource<Binding> = { apiVersion: 'v1', kind: 'Binding', plural: kinds.pod.plural, namespaced: true };
    await ports.client.create(resource, binding, { subresource: 'binding' });
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return;
    throw error;
  }
  ports.events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${keyOf(pod)} to ${node}`);
}

/** @source core/v1 PodCondition PodScheduled, reason Unschedulable */
async function refuse({ cluster, ports }: Run, pod: Pod, message: string): Promise<void> {
  const old = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (old?.status === 'False' && old.message === message) return;
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: timestamp(ports.now()) };
  try {
    cluster.pods.upsert(
      await ports.client.patch(
        kinds.pod,
        keyOf(pod),
        { status: { conditions: [condition] } },
        { type: 'strategic', subresource: 'status' },
      ),
    );
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return;
    throw error;
  }
  ports.events.event(pod, 'Warning', 'FailedScheduling', message);
}
