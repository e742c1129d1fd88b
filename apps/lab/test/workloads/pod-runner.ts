/**
 * Plays the kubelets of all nodes where only the API matters: bound pods run and get an address, deleted pods end, leases
 * are renewed. Nothing runs; the kubelet of this lab has tests of its own.
 */
import { resources, type Lease } from '@kube-ovn/api';
import { observe } from '@kube-ovn/dataflow';
import { informer, type Informer, type KubeClient } from '@kube-ovn/kube';
import { keyOf, kinds, type Node, type Pod } from '../../src/workloads/shared/objects.ts';

/** What the player may be told. */
export interface PodRunner extends Disposable {
  readonly pods: Informer<Pod>;
  /** Pods for which this says false never become ready. */
  isHealthy: (pod: Pod) => boolean;
  /** Nodes that no longer answer. */
  readonly silent: Set<string>;
  addNode(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
}

const now = (): string => new Date().toISOString();

/** Start to play. */
export function startPodRunner(client: KubeClient): PodRunner {
  const pods = informer(client, kinds.pod);
  let address = 1;
  const runner: PodRunner = {
    pods,
    isHealthy: () => true,
    silent: new Set(),
    addNode: async (name, labels = {}) => {
      const node: Node = { metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } } };
      await client.create(kinds.node, node);
      const conditions = [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', lastHeartbeatTime: now(), lastTransitionTime: now() },
      ];
      await client.patch(kinds.node, name, { status: { conditions } }, { subresource: 'status' });
      const lease: Lease = {
        metadata: { name, namespace: 'kube-node-lease' },
        spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: now().replace('Z', '000Z') },
      };
      await client.create(resources.lease, lease);
    },
    [Symbol.dispose]: () => {
      clearInterval(renewing);
      watching[Symbol.dispose]();
      pods[Symbol.dispose]();
    },
  };
  const renewing = setInterval(() => void renew(client, runner.silent).catch(() => undefined), 500);
  const watching = observe(pods.table, (_key, pod) => {
    const node = pod?.spec?.nodeName;
    if (pod === undefined || node === undefined || runner.silent.has(node)) return;
    void run(pod).catch(() => undefined);
  });

  async function run(pod: Pod): Promise<void> {
    const { uid = '' } = pod.metadata;
    if (pod.metadata.deletionTimestamp !== undefined)
      return client.delete(kinds.pod, keyOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } });
    const isReady = runner.isHealthy(pod);
    const old = pod.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
    if (pod.status?.phase === 'Running' && old === (isReady ? 'True' : 'False')) return;
    const podIP = pod.status?.podIP ?? `10.16.${address >> 8}.${address++ & 255}`;
    const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: now() }];
    const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions };
    await client.patch(kinds.pod, keyOf(pod), { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' });
  }
  return runner;
}

async function renew(client: KubeClient, silent: ReadonlySet<string>): Promise<void> {
  const { items } = await client.list(resources.lease, { namespace: 'kube-node-lease' });
  for (const lease of items)
    if (!silent.has(lease.metadata.name))
      await client.patch(resources.lease, keyOf(lease), { spec: { renewTime: now().replace('Z', '000Z') } });
}
