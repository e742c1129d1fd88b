/** A namespace of a test's own: made, used, and taken away however that ends. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pod, resources } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import type { Order } from '../agent/agent.ts';
import { agentArgv, agentSource } from '../agent/source.ts';
import type { Context } from '../cli/context.ts';
import { KoError } from '../errors.ts';
import { capture } from '../site/place.ts';
import { podPlace } from '../site/pod-place.ts';
import { type BedPod, bedNamespace, bedPod, isPodReady, whyNotReady } from './pods.ts';

export interface BedWish {
  /** Begins the namespace's name. */
  readonly purpose: string;
  /** With Node and a shell; that of the daemon if left out. */
  readonly image: string | undefined;
  readonly pods: readonly BedPod[];
}

export interface Bed {
  readonly namespace: string;
  pod(name: string): Pod;
  /** Have the agent in a pod do something. @throws {KoError} KO_PROGRAM_FAILED, KO_UNREACHABLE */
  order<T>(pod: string, order: Order): Promise<T>;
  /** @throws {KoError} KO_UNREACHABLE when Ctrl-C has come */
  goOn(): void;
}

const LOOK_AGAIN_MS = 250;
const READY_MS = 180_000;
const GONE_MS = 120_000;

/**
 * @throws {KoError} KO_NOT_FOUND without an image, KO_UNREACHABLE when a pod does not become ready or Ctrl-C has come
 */
export async function withBed<T>(context: Context, { purpose, image, pods }: BedWish, use: (bed: Bed) => Promise<T>): Promise<T> {
  const { client, exec, terminal } = context;
  const program = { image: image ?? (await ownImage(context)), agent: agentSource() };
  const namespace = `ko-${purpose}-${randomBytes(3).toString('hex')}`;
  const goOn = (): void => {
    if (terminal.signal.aborted) throw new KoError('KO_UNREACHABLE', `stopped; namespace ${namespace} is taken away again`);
  };
  goOn();
  await client.create(resources.namespace, bedNamespace(namespace));
  try {
    await serviceAccount(context, namespace);
    await Promise.all(pods.map((pod) => client.create(resources.pod, bedPod(pod, namespace, program))));
    const ready = await readyPods(context, { namespace, count: pods.length, goOn });
    return await use({
      namespace,
      goOn,
      pod: (name) => {
        const found = ready.find(({ metadata }) => metadata.name === name);
        if (found === undefined) throw new Error(`bug: there is no pod ${name} in the bed`);
        return found;
      },
      order: async <R>(pod: string, order: Order): Promise<R> => {
        goOn();
        const place = podPlace(exec, { namespace, pod, container: 'agent' });
        const [first = '', ...rest] = agentArgv(order);
        const text = await capture(place, [first, ...rest], { signal: terminal.signal }).finally(goOn);
        return JSON.parse(text) as R;
      },
    });
  } finally {
    await takeAway(context, namespace);
  }
}

/** Of the daemon, which has Node: nodes have it already. */
async function ownImage({ client, systemNamespace }: Context): Promise<string> {
  const { items } = await client.list(resources.daemonSet, { namespace: systemNamespace, labelSelector: 'app=kube-ovn-cni' });
  const image = items[0]?.spec?.template?.spec?.containers?.find(({ name }) => name === 'cni-server')?.image;
  if (image !== undefined) return image;
  throw new KoError(
    'KO_NOT_FOUND',
    `there is no DaemonSet kube-ovn-cni in namespace ${systemNamespace} whose image could be used: give --image IMAGE, one with node and sh`,
  );
}

/** Pods are refused before their namespace has its account. */
async function serviceAccount({ client }: Context, namespace: string): Promise<void> {
  const end = Date.now() + READY_MS;
  for (;;) {
    try {
      await client.get(resources.serviceAccount, `${namespace}/default`);
      return;
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND' || Date.now() > end) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

interface Awaited {
  readonly namespace: string;
  readonly count: number;
  readonly goOn: () => void;
}

async function readyPods({ client }: Context, { namespace, count, goOn }: Awaited): Promise<readonly Pod[]> {
  const end = Date.now() + READY_MS;
  for (;;) {
    goOn();
    const { items } = await client.list(resources.pod, { namespace });
    const missing = items.filter((pod) => !isPodReady(pod));
    if (missing.length === 0 && items.length === count) return items;
    if (Date.now() > end) throw new KoError('KO_UNREACHABLE', `not ready in time: ${missing.map(whyNotReady).join('; ')}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Also after Ctrl-C; a second one leaves it there. */
async function takeAway({ client, terminal }: Context, namespace: string): Promise<void> {
  const end = Date.now() + GONE_MS;
  try {
    await client.delete(resources.namespace, namespace);
    while (Date.now() < end) {
      await client.get(resources.namespace, namespace);
      await sleep(LOOK_AGAIN_MS);
    }
    terminal.stderr.write(`ko: namespace ${namespace} is still being deleted\n`);
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return;
    terminal.stderr.write(
      `ko: namespace ${namespace} is left: ${error instanceof Error ? error.message : String(error)}; kubectl delete namespace ${namespace}\n`,
    );
  }
}
