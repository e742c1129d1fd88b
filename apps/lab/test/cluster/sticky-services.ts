import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Pod, resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import type { NodeLayout } from '../../src/infra/layout.ts';
import { answerersOf, type Question } from './ask-service.ts';
import { eventually, isReady, kubectl, netnsOf, podsOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/services.yaml');
const NAMESPACE = 'market';
const PORT = 30_090;
/** Longer than it takes to ask all clients once on a machine under load. */
const SECONDS = 15;

/** docs/features/services.md, "Sticky services". */
export function stickyServices(lab: LabRef): void {
  let pods: readonly Pod[] = [];
  const nodes = (): readonly NodeLayout[] => lab().layout.nodeList;
  const stalls = async (): Promise<readonly string[]> =>
    (await podsOf(lab(), NAMESPACE))
      .filter((pod) => pod.metadata.labels?.['app'] === 'stall' && pod.metadata.deletionTimestamp === undefined && isReady(pod))
      .map(({ metadata }) => metadata.name)
      .toSorted();
  const scale = async (count: number): Promise<readonly string[]> => {
    await kubectl(lab(), 'scale', '-n', NAMESPACE, 'deployment/stall', `--replicas=${count}`);
    return eventually(`${count} pods`, async () => ((await stalls()).length === count ? stalls() : undefined), 60_000);
  };
  const addressOf = async (name: string): Promise<string> =>
    (await lab().client.get(resources.service, `${NAMESPACE}/${name}`)).spec?.clusterIP ?? '';
  /** Each by its own address: the outside at the port of each node, each node at the service's address. */
  const clients = async (): Promise<readonly (readonly [string, string, Question])[]> => {
    const address = await addressOf('patient');
    const outside = `/run/netns/${lab().layout.outside.namespace}`;
    return [
      ...nodes().map(({ underlayAddress }) => [outside, underlayAddress, { port: PORT }] as const),
      ...nodes().map(({ namespace }) => [`/run/netns/${namespace}`, address, {}] as const),
    ];
  };
  /** By client, who answered it; several times each. */
  const served = async (): Promise<readonly string[]> =>
    Promise.all(
      (await clients()).map(async ([from, address, question]) => (await answerersOf(from, address, { ...question, times: 5 })).join()),
    );

  it('a client of nodes stays with its pod within the time of the service, whatever pods come', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await eventually('three pods', async () => (await stalls()).length === 3);
    const [first = ''] = await scale(1);
    await lab().client.create(resources.service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'patient', namespace: NAMESPACE },
      spec: {
        type: 'NodePort',
        selector: { app: 'stall' },
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: SECONDS } },
        ports: [{ name: 'web', port: 80, targetPort: 'web', nodePort: PORT }],
      },
    });
    const all = Array.from({ length: 2 * nodes().length }, () => first);
    await eventually('all are served', async () => (await served()).join() === all.join());
    let isOver = false;
    const answers = new Set<string>();
    const asking = (async () => {
      while (!isOver) for (const answer of await served()) answers.add(answer);
    })();
    try {
      await scale(8);
      await eventually('pods of all are known to the nodes', async () => {
        return (await answerersOf(`/run/netns/${nodes()[0]?.namespace ?? ''}`, await addressOf('stall'), { times: 100 })).length === 8;
      });
    } finally {
      isOver = true;
      await asking;
    }
    expect([...answers]).toEqual([first]);
    expect(await served()).toEqual(all);
  }, 180_000);

  it('after that time it is free, and stays with whom it has then', async () => {
    const before = await served();
    await pause((SECONDS + 1) * 1000);
    const after = await served();
    expect(after.filter((answer) => answer.includes(','))).toEqual([]);
    expect(after).not.toEqual(before);
    expect(await served()).toEqual(after);
  }, 90_000);

  it('whose pod goes is served by another at once', async () => {
    const before = await served();
    const [left = ''] = await scale(1);
    const all = Array.from({ length: before.length }, () => left);
    await eventually('all are served by what is left', async () => (await served()).join() === all.join());
    expect(await served()).toEqual(all);
  }, 90_000);

  it('a client that is a pod stays with its pod, beyond the time too', async () => {
    await scale(8);
    pods = await Promise.all(nodes().map(({ name }) => readyPod(lab(), { name: `asks-${name}`, namespace: NAMESPACE, node: name })));
    const address = await addressOf('patient');
    const told = (): Promise<readonly string[]> =>
      Promise.all(pods.map(async (pod) => (await answerersOf(netnsOf(lab(), pod), address)).join()));
    const all = await eventually('one pod for each', async () => {
      const [one, two] = [await told(), await told()];
      return one.join() === two.join() && one.every((answer) => answer.startsWith('stall-') && !answer.includes(',')) ? one : undefined;
    });
    await pause((SECONDS + 1) * 1000);
    expect(await told()).toEqual(all);
    await remove(lab(), resources.namespace, NAMESPACE);
  }, 120_000);
}
