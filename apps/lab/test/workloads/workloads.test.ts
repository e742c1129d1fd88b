/** The controllers as a process against the API server as a process. */
import { resources, type EndpointSlice, type KubeObject } from '@kube-ovn/api';
import { watchCell, type Table } from '@kube-ovn/dataflow';
import { informer, kubeClient, type KubeClient } from '@kube-ovn/kube';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startWorkloads } from '../../src/workloads/wire.ts';
import { kinds, type DaemonSet, type Deployment, type Pod, type StatefulSet } from '../../src/workloads/shared/objects.ts';
import { isReady } from '../../src/workloads/shared/pods.ts';
import { formula } from '@kube-ovn/dataflow';
import { startPodRunner, type PodRunner } from './pod-runner.ts';
import { startApiServer, startProgram, type ApiServer, type Program } from './programs.ts';

// the machine may be busy: these are bounds, not expectations
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let api: ApiServer;
let controllers: Program;
let client: KubeClient;
let runner: PodRunner;
const startControllers = (): Promise<Program> =>
  startProgram('workloads/main.ts', ['--kubeconfig', api.kubeconfig, '--node-monitor-grace-period', '3']);

beforeAll(async () => {
  api = await startApiServer();
  client = kubeClient({ kubeconfig: api.kubeconfig, fieldManager: 'test' });
  runner = startPodRunner(client);
  await Promise.all(['node1', 'node2', 'node3'].map((name) => runner.addNode(name)));
  controllers = await startControllers();
}, 60_000);
afterAll(async () => {
  runner[Symbol.dispose]();
  await controllers.stop();
  client.close();
  await api.stop();
});

/** Wait until a claim about the pods of a namespace holds, at most 45 s. */
function until(claim: (pods: readonly Pod[]) => boolean, namespace: string): Promise<readonly Pod[]> {
  const pods = formula(() => [...runner.pods.table.entries()].map(([, pod]) => pod).filter((pod) => pod.metadata.namespace === namespace));
  return settled(
    formula(() => (claim(pods.value) ? pods.value : undefined)),
    () => JSON.stringify(pods.peek().map((pod) => [pod.metadata.name, pod.spec?.nodeName, pod.status?.phase, isReady(pod)])),
  );
}

/** Wait until a formula has a value, at most 45 s. */
function settled<T>(cell: { readonly value: T | undefined; peek(): T | undefined }, describeNow: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within 45 s: ${describeNow()}`)), 45_000);
    const watching = watchCell(cell, (value) => {
      if (value === undefined) return;
      clearTimeout(timer);
      queueMicrotask(() => watching[Symbol.dispose]());
      resolve(value);
    });
  });
}

/** Wait until an object satisfies a claim. */
async function objectUntil<T extends KubeObject>(
  resource: Parameters<typeof informer<T>>[1],
  key: string,
  claim: (object: T) => boolean,
): Promise<T> {
  const watched = informer(client, resource);
  try {
    const table: Table<T> = watched.table;
    const cell = formula(() => {
      const object = table.get(key);
      return object !== undefined && claim(object) ? object : undefined;
    });
    return await settled(cell, () => JSON.stringify(table.peek(key)));
  } finally {
    watched[Symbol.dispose]();
  }
}

const template = (app: string, image = 'x:1', more: object = {}): object => ({
  metadata: { labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image, ports: [{ name: 'http', containerPort: 8080 }] }], ...more },
});
async function namespace(name: string): Promise<void> {
  await client.create(resources.namespace, { metadata: { name } });
}
const byText = (left: string, right: string): number => left.localeCompare(right);
const all = (count: number) => (pods: readonly Pod[]) =>
  pods.length === count && pods.every((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
const imageOf = (pod: Pod): string | undefined => pod.spec?.containers?.[0]?.image;

describe('a Deployment with a Service', () => {
  const key = 'shop/web';

  it('runs spread over the nodes, and its endpoints are its pods', async () => {
    await namespace('shop');
    // A controller that has not yet seen the pods without their owner would make six of its own, as it does in any cluster.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const spec = { replicas: 6, selector: { matchLabels: { app: 'web' } }, template: template('web') };
    await client.create(kinds.deployment, { metadata: { name: 'web', namespace: 'shop' }, spec } as Deployment);
    await client.create(resources.service, {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
    });
    const pods = await until(all(6), 'shop');
    const perNode = Object.values(Object.groupBy(pods, (pod) => pod.spec?.nodeName ?? '')).map((group) => group?.length);
    expect(perNode).toEqual([2, 2, 2]);
    const addresses = pods.map((pod) => pod.status?.podIP ?? '').toSorted(byText);
    const [slice] = await slicesUntil(
      'shop',
      'web',
      (slices) => slices.flatMap((one) => one.endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready === true).length === 6,
    );
    expect(slice!.endpoints!.flatMap((endpoint) => endpoint.addresses).toSorted(byText)).toEqual(addresses);
    expect(slice!.ports).toMatchObject([{ port: 8080, protocol: 'TCP' }]);
    const endpoints = await client.get(resources.endpoints, key);
    expect(endpoints.subsets![0]!.addresses!.map(({ ip }) => ip).toSorted(byText)).toEqual(addresses);
  });

  it('rolls to a new image within its bounds and back by its old revision', async () => {
    const patch = (image: string) =>
      client.patch(kinds.deployment, key, { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } }, { type: 'strategic' });
    const watched = { most: 0, fewest: 6 };
    const counting = formula(() =>
      [...runner.pods.table.entries()]
        .map(([, pod]) => pod)
        .filter((pod) => pod.metadata.namespace === 'shop' && pod.metadata.deletionTimestamp === undefined),
    );
    const watching = watchCell(counting, (pods) => {
      watched.most = Math.max(watched.most, pods.length);
      watched.fewest = Math.min(watched.fewest, pods.filter(isReady).length);
    });
    await patch('x:2');
    await until((pods) => all(6)(pods) && pods.every((pod) => imageOf(pod) === 'x:2'), 'shop');
    watching[Symbol.dispose]();
    // 25 % of 6: two more (rounded up), one fewer (rounded down)
    expect(watched.most).toBeLessThanOrEqual(8);
    expect(watched.fewest).toBeGreaterThanOrEqual(5);
    const done = await objectUntil(
      kinds.deployment,
      key,
      ({ status, metadata }) =>
        status?.observedGeneration === metadata.generation &&
        status?.updatedReplicas === 6 &&
        status.availableReplicas === 6 &&
        status.replicas === 6,
    );
    expect(done.metadata.annotations!['deployment.kubernetes.io/revision']).toBe('2');
    await patch('x:1');
    await until((pods) => all(6)(pods) && pods.every((pod) => imageOf(pod) === 'x:1'), 'shop');
    const { items } = await client.list(kinds.replicaSet, { namespace: 'shop' });
    expect(items).toHaveLength(2);
    await objectUntil(kinds.deployment, key, ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'] === '3');
  });

  it('a lost pod is replaced; a deletion that orphans leaves pods that a new owner adopts', async () => {
    const [victim] = await until(all(6), 'shop');
    await client.delete(kinds.pod, `shop/${victim!.metadata.name}`);
    const pods = await until((now) => all(6)(now) && now.every((pod) => pod.metadata.uid !== victim!.metadata.uid), 'shop');
    const uids = new Set(pods.map((pod) => pod.metadata.uid));
    await client.delete(kinds.deployment, key, { propagationPolicy: 'Orphan' });
    const { items: sets } = await client.list(kinds.replicaSet, { namespace: 'shop' });
    for (const set of sets) await client.delete(kinds.replicaSet, `shop/${set.metadata.name}`, { propagationPolicy: 'Orphan' });
    await until((now) => now.length === 6 && now.every((pod) => (pod.metadata.ownerReferences ?? []).length === 0), 'shop');
    const spec = { replicas: 6, selector: { matchLabels: { app: 'web' } }, template: template('web') };
    await client.create(kinds.replicaSet, { metadata: { name: 'heir', namespace: 'shop' }, spec } as never);
    const adopted = await until(
      (now) => now.length === 6 && now.every((pod) => pod.metadata.ownerReferences?.[0]?.name === 'heir'),
      'shop',
    );
    expect(new Set(adopted.map((pod) => pod.metadata.uid))).toEqual(uids);
  });
});

async function slicesUntil(
  namespaceName: string,
  service: string,
  claim: (slices: readonly EndpointSlice[]) => boolean,
): Promise<readonly EndpointSlice[]> {
  const watched = informer(client, resources.endpointSlice, {
    namespace: namespaceName,
    labelSelector: `kubernetes.io/service-name=${service}`,
  });
  try {
    const slices = formula(() => [...watched.table.entries()].map(([, slice]) => slice));
    return await settled(
      formula(() => (claim(slices.value) ? slices.value : undefined)),
      () => JSON.stringify(slices.peek()),
    );
  } finally {
    watched[Symbol.dispose]();
  }
}

describe('a StatefulSet', () => {
  it('comes up in order, shrinks in reverse, updates down to its partition', async () => {
    await namespace('store');
    const born: string[] = [];
    const died: string[] = [];
    const names = formula(() => [...runner.pods.table.keys()].filter((key) => key.startsWith('store/')));
    let before = new Set<string>();
    const watching = watchCell(names, (keys) => {
      born.push(...keys.filter((key) => !before.has(key)));
      died.push(...[...before].filter((key) => !keys.includes(key)));
      before = new Set(keys);
    });
    const spec = { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template('db') };
    await client.create(kinds.statefulSet, { metadata: { name: 'db', namespace: 'store' }, spec } as StatefulSet);
    await until(all(3), 'store');
    expect(born).toEqual(['store/db-0', 'store/db-1', 'store/db-2']);
    const update = {
      template: { spec: { containers: [{ name: 'c', image: 'x:2' }] } },
      updateStrategy: { rollingUpdate: { partition: 1 } },
    };
    await client.patch(kinds.statefulSet, 'store/db', { spec: update }, { type: 'strategic' });
    const updated = await until((pods) => all(3)(pods) && pods.filter((pod) => imageOf(pod) === 'x:2').length === 2, 'store');
    expect(updated.find((pod) => imageOf(pod) === 'x:1')!.metadata.name).toBe('db-0');
    expect(died).toEqual(['store/db-2', 'store/db-1']);
    await client.patch(kinds.statefulSet, 'store/db', { spec: { replicas: 1 } });
    await until(all(1), 'store');
    expect(died.slice(2)).toEqual(['store/db-2', 'store/db-1']);
    watching[Symbol.dispose]();
    await objectUntil(
      kinds.statefulSet,
      'store/db',
      ({ status }) => status?.replicas === 1 && status.readyReplicas === 1 && status.currentReplicas === 1,
    );
  });
});

describe('the scheduler', () => {
  it('says why a pod can not run, and binds it when a node comes that fits', async () => {
    await namespace('pin');
    const spec = { nodeSelector: { disk: 'ssd' }, containers: [{ name: 'c', image: 'x' }] };
    await client.create(kinds.pod, { metadata: { name: 'picky', namespace: 'pin' }, spec } as Pod);
    const [waiting] = await until(
      ([pod]) => pod?.status?.conditions?.some((condition) => condition.type === 'PodScheduled' && condition.status === 'False') ?? false,
      'pin',
    );
    expect(waiting!.status!.conditions!.find((condition) => condition.type === 'PodScheduled')).toMatchObject({
      reason: 'Unschedulable',
      message: "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    });
    await runner.addNode('node4', { disk: 'ssd' });
    const [bound] = await until(all(1), 'pin');
    expect(bound!.spec!.nodeName).toBe('node4');
  });
});

describe('a DaemonSet and a node in trouble', () => {
  it('covers every node, also one that comes later; a silent node loses its endpoints, then its pods', async () => {
    await namespace('agents');
    const spec = { selector: { matchLabels: { app: 'agent' } }, template: template('agent') };
    await client.create(kinds.daemonSet, { metadata: { name: 'agent', namespace: 'agents' }, spec } as DaemonSet);
    await until(all(4), 'agents');
    await runner.addNode('node5');
    const pods = await until(all(5), 'agents');
    expect(new Set(pods.map((pod) => pod.spec?.nodeName))).toEqual(new Set(['node1', 'node2', 'node3', 'node4', 'node5']));

    await namespace('hasty');
    await client.create(resources.service, {
      metadata: { name: 'h', namespace: 'hasty' },
      spec: { selector: { app: 'hasty' }, ports: [{ port: 80 }] },
    });
    const hasty = {
      nodeName: 'node5',
      tolerations: [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }],
      containers: [{ name: 'c', image: 'x' }],
    };
    await client.create(kinds.pod, { metadata: { name: 'hasty', namespace: 'hasty', labels: { app: 'hasty' } }, spec: hasty } as Pod);
    await slicesUntil('hasty', 'h', ([slice]) => slice?.endpoints?.[0]?.conditions?.ready === true);
    runner.silent.add('node5');
    const node = await objectUntil(
      kinds.node,
      'node5',
      ({ spec: now }) =>
        now?.taints?.some((taint) => taint.key === 'node.kubernetes.io/unreachable' && taint.effect === 'NoExecute') ?? false,
    );
    expect(node.status!.conditions!.find((condition) => condition.type === 'Ready')).toMatchObject({ status: 'Unknown' });
    await slicesUntil('hasty', 'h', ([slice]) => slice?.endpoints?.[0]?.conditions?.ready === false);
    await until(([pod]) => pod?.metadata.deletionTimestamp !== undefined, 'hasty');
    // the daemon's pod tolerates it
    expect(
      (await client.get(kinds.pod, `agents/${pods.find((pod) => pod.spec!.nodeName === 'node5')!.metadata.name}`)).metadata
        .deletionTimestamp,
    ).toBeUndefined();
    await client.delete(kinds.node, 'node5');
    await until((now) => now.length === 0, 'hasty');
    await until(all(4), 'agents');
  });
});

describe('the controllers', () => {
  it('survive kill -9 in the middle of a burst: every pod is there once, none is doubled', async () => {
    await namespace('burst');
    const spec = { replicas: 60, selector: { matchLabels: { app: 'many' } }, template: template('many') };
    await client.create(kinds.deployment, { metadata: { name: 'many', namespace: 'burst' }, spec } as Deployment);
    await until((pods) => pods.length >= 10, 'burst');
    await controllers.stop('SIGKILL');
    controllers = await startControllers();
    await until(all(60), 'burst');
    const done = await objectUntil(kinds.deployment, 'burst/many', ({ status }) => status?.availableReplicas === 60);
    expect(done.status!.replicas).toBe(60);
  });

  it('lose their watches again and again, and still arrive', async () => {
    await namespace('cut');
    const spec = { replicas: 1, selector: { matchLabels: { app: 'cut' } }, template: template('cut') };
    await client.create(kinds.deployment, { metadata: { name: 'cut', namespace: 'cut' }, spec } as Deployment);
    for (const [round, how] of (['close', 'expire', 'close', 'expire'] as const).entries()) {
      await client.patch(kinds.deployment, 'cut/cut', { spec: { replicas: 8 * (round + 1) } });
      await api.cutWatches(how);
    }
    await until(all(32), 'cut');
    await client.patch(kinds.deployment, 'cut/cut', { spec: { replicas: 3 } });
    await api.cutWatches('expire');
    await until(all(3), 'cut');
    const done = await objectUntil(kinds.deployment, 'cut/cut', ({ status }) => status?.replicas === 3 && status.availableReplicas === 3);
    expect(done.status).toMatchObject({ replicas: 3, readyReplicas: 3 });
  });

  it('write nothing when they start on a settled cluster', async () => {
    await controllers.stop();
    const counted = kubeClient({ kubeconfig: api.kubeconfig });
    const workloads = startWorkloads({ client: counted, report: () => undefined, nodeGraceMs: 3000 });
    await workloads.synced();
    await Promise.all(workloads.sinks.map((sink) => sink.settled()));
    expect(counted.writes).toBe(0);
    workloads[Symbol.dispose]();
    counted.close();
    controllers = await startControllers();
  });

  it('end at once when asked, with exit code 0', async () => {
    expect(await controllers.stop()).toBe(0);
  });
});
