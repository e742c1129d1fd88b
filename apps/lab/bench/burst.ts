/** A burst of pods: how long until the last one has an address, and until the last one is Ready. */
import { podAnnotations, resources, type Pod } from '@kube-ovn/api';
import { observe } from '@kube-ovn/dataflow';
import { informer, type KubeClient } from '@kube-ovn/kube';

export interface BurstTimes {
  readonly allocatedMs: number;
  readonly readyMs: number;
  readonly goneMs: number;
}

const CREATE_AT_ONCE = 32;
const TIMEOUT_MS = 300_000;

/** Create `count` pods at once, wait for all, delete them, wait until they are gone. */
export async function burst(client: KubeClient, namespace: string, count: number): Promise<BurstTimes> {
  using pods = informer(client, resources.pod, { namespace, labelSelector: 'bench=burst' });
  const counts = { allocated: new Set<string>(), ready: new Set<string>(), present: new Set<string>() };
  const waiters = new Set<() => void>();
  using _ = observe(pods.table, (key, pod) => {
    if (pod === undefined) counts.present.delete(key);
    else {
      counts.present.add(key);
      if (isAllocated(pod)) counts.allocated.add(key);
      if (isReady(pod)) counts.ready.add(key);
    }
    for (const look of waiters) look();
  });
  const until = (what: string, isDone: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isDone()) return;
        clearTimeout(timer);
        waiters.delete(look);
        resolve();
      };
      const timer = setTimeout(
        () => reject(new Error(`${what}: ${counts.ready.size} of ${count} pods are ready after ${TIMEOUT_MS} ms`)),
        TIMEOUT_MS,
      );
      waiters.add(look);
      look();
    });
  const start = performance.now();
  const since = (): number => performance.now() - start;
  const allocated = until('allocated', () => counts.allocated.size === count).then(since);
  const ready = until('ready', () => counts.ready.size === count).then(since);
  const names = Array.from({ length: count }, (_unused, index) => `burst-${index}`);
  await inParallel(names, (name) =>
    client.create(resources.pod, {
      metadata: { name, namespace, labels: { bench: 'burst' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'busybox' }] },
    }),
  );
  const [allocatedMs, readyMs] = await Promise.all([allocated, ready]);
  const deleted = performance.now();
  await inParallel(names, (name) => client.delete(resources.pod, `${namespace}/${name}`));
  await until('gone', () => counts.present.size === 0);
  return { allocatedMs, readyMs, goneMs: performance.now() - deleted };
}

async function inParallel(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const rest = [...names];
  const worker = async (): Promise<void> => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: CREATE_AT_ONCE }, worker));
}

function isAllocated(pod: Pod): boolean {
  const read = podAnnotations('ovn').allocated.read(pod);
  return read.ok && read.value === true;
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
}
