/** The demo: apply the manifests, wait for the pods, tell how long each took, and hand them to the measurement. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { podAnnotations, resources, type KubeObject } from '@kube-ovn/api';
import { observe } from '@kube-ovn/dataflow';
import { informer, type KubeClient } from '@kube-ovn/kube';
import { LabError } from '../errors.ts';
import { nodeAddresses, outsideAddresses, type Layout } from '../infra/layout.ts';
import { waitFor } from '../infra/wait.ts';
import type { PodObject } from '../kubelet/pod/types.ts';
import { podResource } from '../kubelet/api/pod-api.ts';
import { readSandboxes } from '../kubelet/sandbox.ts';
import { applyManifests, readManifests } from '../lab/manifests.ts';
import { kubeletRoot } from '../lab/programs.ts';
import type { MeasureInput } from '../matrix/measure.ts';
import type { Asker, Endpoint } from '../matrix/checks.ts';

const MANIFESTS = fileURLToPath(new URL('./manifests', import.meta.url));
/** Namespaces of the demo, and how many pods of the pod network the demo has in all. */
const NAMESPACES: ReadonlySet<string> = new Set(['shop', 'pay', 'shop-tools', 'loose']);

export interface DemoPod {
  readonly pod: PodObject;
  readonly subnet: string;
  readonly mac: string;
  /** from when the pod was first seen to when it was Ready; undefined for one that was Ready when first seen */
  readonly readyAfterMs: number | undefined;
}

export interface DemoOptions {
  readonly layout: Layout;
  readonly client: KubeClient;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly progress: (text: string) => void;
}

/** The manifests of the demo, in the order in which they are applied. */
export function demoManifests(layout: Layout): readonly KubeObject[] {
  return readManifests(
    join(MANIFESTS, '10-namespaces.yaml'),
    join(MANIFESTS, `subnets-${layout.families}.yaml`),
    join(MANIFESTS, '20-workloads.yaml'),
  );
}

/** How many pods the manifests ask for. */
export function wantedPods(manifests: readonly KubeObject[], nodes: number): number {
  return manifests.reduce((sum, object) => {
    const { replicas = 1 } = (object as { spec?: { replicas?: number } }).spec ?? {};
    if (object.kind === 'DaemonSet') return sum + nodes;
    return object.kind === 'Deployment' || object.kind === 'StatefulSet' ? sum + replicas : sum;
  }, 0);
}

/**
 * Apply the demo and wait until every pod is Ready.
 *
 * @throws {LabError} LAB_TIMEOUT naming the pods that are not, with what keeps them
 */
export async function runDemo(options: DemoOptions): Promise<readonly DemoPod[]> {
  const { layout, client, timeoutMs, progress, signal } = options;
  const manifests = demoManifests(layout);
  const wanted = wantedPods(manifests, layout.nodes);
  const seenAt = new Map<string, number>();
  const readyAt = new Map<string, number>();
  using pods = informer(client, podResource);
  using _ = observe(pods.table, (key, pod) => {
    if (pod === undefined || !NAMESPACES.has(pod.metadata.namespace)) return;
    const isNew = !seenAt.has(key);
    if (isNew && !isReady(pod)) seenAt.set(key, performance.now());
    if (isReady(pod) && seenAt.has(key) && !readyAt.has(key)) readyAt.set(key, performance.now());
  });
  await applyManifests(client, manifests);
  progress(`demo applied: ${wanted} pods wanted`);
  const present = (): readonly PodObject[] =>
    [...pods.table.entries()]
      .map(([, pod]) => pod)
      .filter(({ metadata }) => NAMESPACES.has(metadata.namespace) && metadata.deletionTimestamp === undefined);
  try {
    await waitFor('all pods of the demo are Ready', () => present().length === wanted && present().every(isReady), {
      timeoutMs,
      ...(signal && { signal }),
    });
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'LAB_TIMEOUT') throw error;
    throw new LabError(
      'LAB_TIMEOUT',
      `${present().filter(isReady).length} of ${wanted} pods of the demo are Ready after ${timeoutMs / 1000} s\n${await explain(client, present())}`,
      { cause: error },
    );
  }
  return present().map((pod) => describePod(pod, elapsed(seenAt, readyAt, `${pod.metadata.namespace}/${pod.metadata.name}`)));
}

/** The demo's pods as they are now, when it runs already. */
export async function currentDemo(client: KubeClient): Promise<readonly DemoPod[]> {
  const { items } = await client.list(podResource);
  return items.filter((pod) => NAMESPACES.has(pod.metadata.namespace) && isReady(pod)).map((pod) => describePod(pod, undefined));
}

function elapsed(from: ReadonlyMap<string, number>, to: ReadonlyMap<string, number>, key: string): number | undefined {
  const [start, end] = [from.get(key), to.get(key)];
  return start === undefined || end === undefined ? undefined : Math.round(end - start);
}

function describePod(pod: PodObject, readyAfterMs: number | undefined): DemoPod {
  const annotations = pod.metadata.annotations ?? {};
  const { mac_address: mac, logical_switch: subnet } = podAnnotations('ovn');
  return {
    pod,
    readyAfterMs,
    mac: annotations[mac.key] ?? '',
    subnet: annotations[subnet.key] ?? (pod.spec.hostNetwork === true ? "the node's" : ''),
  };
}

/** What the events say of pods that are not Ready. */
async function explain(client: KubeClient, pods: readonly PodObject[]): Promise<string> {
  const { items: events } = await client.list(resources.event);
  return pods
    .filter((pod) => !isReady(pod))
    .map((pod) => {
      const last = events.findLast((event) => event.involvedObject?.uid === pod.metadata.uid && event.type === 'Warning');
      return `  ${pod.metadata.namespace}/${pod.metadata.name} on ${pod.spec.nodeName ?? 'no node'}: ${last === undefined ? (pod.status?.phase ?? 'no status') : `${last.reason}: ${last.message}`}`;
    })
    .join('\n');
}

function isReady(pod: PodObject): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Who asks and who is asked: every pod of the demo, every node, and the outside host. */
export function measurementOf(layout: Layout, demo: readonly DemoPod[]): MeasureInput {
  const sandboxes = new Map(
    layout.nodeList.flatMap((node) => readSandboxes(join(kubeletRoot(node), 'sandboxes'))).map((record) => [record.uid, record]),
  );
  const askers = demo.flatMap(({ pod }): readonly Asker[] => {
    const netns = sandboxes.get(pod.metadata.uid)?.netns;
    return netns === undefined
      ? []
      : [
          {
            name: `${pod.metadata.namespace}/${pod.metadata.name}`,
            hostname: pod.metadata.name,
            node: pod.spec.nodeName,
            kind: 'pod',
            netns,
            addresses: (pod.status?.podIPs ?? []).map(({ ip }) => ip),
            ports: { http: 8080, udp: 8081 },
          },
        ];
  });
  const nodes = layout.nodeList.map((node): Endpoint => ({
    name: node.name,
    hostname: node.name,
    node: node.name,
    kind: 'node',
    addresses: nodeAddresses(layout, node),
    ports: { http: 18_080, udp: 18_081 },
  }));
  const outside: Endpoint = {
    name: 'outside',
    hostname: '',
    node: undefined,
    kind: 'outside',
    addresses: outsideAddresses(layout),
    ports: { http: 8080, udp: 8081 },
  };
  return {
    askers,
    endpoints: [...askers, ...nodes, outside],
    nodeAddresses: new Map(nodes.map(({ name, addresses }) => [name, addresses])),
  };
}
