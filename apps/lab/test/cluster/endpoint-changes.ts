import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import type { PodObject } from '../../src/kubelet/pod/types.ts';
import { ask, type Question } from './ask-service.ts';
import { steadyClient, type SteadyClient } from './steady.ts';
import { eventually, isReady, kubectl, netnsOf, nodeOf, podsOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/services.yaml');
const NAMESPACE = 'market';
const CONNECTIONS = 10_000;
/** Connections that a client keeps to each address. */
const KEPT = 4;
const SILENT = 'no answer within 3000 ms';

/** docs/features/services.md: endpoints that come and go while clients ask. */
export function endpointChanges(lab: LabRef): void {
  const froms: string[] = [];
  const addressesOf = async (name: string): Promise<readonly string[]> =>
    (await lab().client.get(resources.service, `${NAMESPACE}/${name}`)).spec?.clusterIPs ?? [];
  const stalls = async (): Promise<readonly PodObject[]> =>
    (await podsOf(lab(), NAMESPACE)).filter((pod) => pod.metadata.labels?.['app'] === 'stall');
  const live = async (): Promise<readonly PodObject[]> =>
    (await stalls()).filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod));
  const scale = async (count: number): Promise<readonly PodObject[]> => {
    await kubectl(lab(), 'scale', '-n', NAMESPACE, 'deployment/stall', `--replicas=${count}`);
    return eventually(
      `${count} pods`,
      async () => {
        const [all, found] = [await stalls(), await live()];
        return all.length === count && found.length === count ? found : undefined;
      },
      60_000,
    );
  };
  const steady = async (protocol: 'http' | 'udp', port: number, connections = 1): Promise<readonly SteadyClient[]> => {
    const addresses = await addressesOf('stall');
    const clients = froms.flatMap((from) => addresses.map((address) => steadyClient(from, { protocol, address, port, connections })));
    await eventually('all are served', () =>
      clients.every((client) => client.connections.every((answers) => answers.some((answer) => answer.startsWith('stall-')))),
    );
    return clients;
  };

  it('a client of UDP that keeps its port is served by a pod that is there, whichever went', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const client: Pod = await eventually('the namespace', () =>
      readyPod(lab(), { name: 'asks', namespace: NAMESPACE, node: 'node1' }).catch(() => undefined),
    );
    froms.push(netnsOf(lab(), client), `/run/netns/${nodeOf(lab(), 'node2').namespace}`);
    await scale(4);
    await using stack = new AsyncDisposableStack();
    const clients = (await steady('udp', 53)).map((each) => stack.use(each));
    const [last] = await scale(1);
    for (const { name, answers } of clients) await eventually(`${name} is served`, () => answers.at(-1) === last?.metadata.name);
    expect(clients).toHaveLength(4);
  }, 180_000);

  it('a client of TCP whose pod has gone without a word is told so, and served by another', async () => {
    await scale(4);
    await using stack = new AsyncDisposableStack();
    const clients = (await steady('http', 80)).map((each) => stack.use(each));
    const served = (): readonly string[] => clients.flatMap(({ answers }) => answers.at(-1) ?? []);
    const before = await stalls();
    for (const pod of before)
      await runTool([
        'nsenter',
        `--net=${netnsOf(lab(), pod)}`,
        '--',
        'nft',
        'add table inet mute; add chain inet mute output { type filter hook output priority 0; drop; }',
      ]);
    await eventually('nobody answers any more', () => served().every((answer) => answer === 'silence'));
    await Promise.all(
      before.map(({ metadata }) => kubectl(lab(), 'delete', 'pod', '-n', NAMESPACE, metadata.name, '--grace-period=0', '--force')),
    );
    for (const { name, answers } of clients)
      await eventually(`${name} is served again`, () => answers.at(-1)?.startsWith('stall-') === true, 60_000);
    const names = before.map(({ metadata }) => metadata.name);
    expect(served().filter((answer) => names.includes(answer))).toEqual([]);
  }, 240_000);

  it('10,000 connections are spread over ten pods within 15 % of even, from a pod and from a node', async () => {
    const pods = await scale(10);
    const [address = ''] = await addressesOf('stall');
    for (const from of froms) {
      await eventually('all ten are asked', async () => Object.keys(await ask(from, address, { times: 300 })).length === 10);
      // a busy machine may lose a datagram
      const { [SILENT]: lost = 0, ...counts } = await ask(from, address, { protocol: 'udp', port: 53, times: CONNECTIONS });
      expect(lost).toBeLessThan(CONNECTIONS / 1000);
      expect(Object.keys(counts).toSorted()).toEqual(pods.map(({ metadata }) => metadata.name).toSorted());
      const shares = Object.values(counts).map((count) => count / (CONNECTIONS / 10));
      expect(Math.min(...shares)).toBeGreaterThan(0.85);
      expect(Math.max(...shares)).toBeLessThan(1.15);
    }
  }, 300_000);

  it('while pods are replaced one after the other, no new connection fails and none to a pod that stays is lost', async () => {
    // Who is told to end serves on for a while, as one does who knows that others still send.
    const container = { name: 'main', args: ['netexec', '--http-port=8080', '--udp-port=8081', '--delay-shutdown=4'] };
    const template = { spec: { terminationGracePeriodSeconds: 8, containers: [container] } };
    const patch = JSON.stringify({ spec: { template } });
    await kubectl(lab(), 'patch', '-n', NAMESPACE, 'deployment/stall', '-p', patch);
    await kubectl(lab(), 'rollout', 'status', '-n', NAMESPACE, 'deployment/stall', '--timeout=70s');
    await scale(10);
    const [v4 = '', v6 = ''] = await addressesOf('stall');
    await using stack = new AsyncDisposableStack();
    const clients = [...(await steady('http', 80, KEPT)), ...(await steady('udp', 53, KEPT))].map((each) => stack.use(each));
    let isOver = false;
    const counts = { http: new Map<string, number>(), udp: new Map<string, number>() };
    const load = async (from: string, address: string, question: Question & { readonly protocol: 'http' | 'udp' }): Promise<void> => {
      const told = counts[question.protocol];
      while (!isOver)
        for (const [answer, times] of Object.entries(await ask(from, address, { times: 100, ...question })))
          told.set(answer, (told.get(answer) ?? 0) + times);
    };
    const loads = froms.flatMap((from) => [
      ...[v4, v6].map((address) => load(from, address, { protocol: 'http' })),
      load(from, v4, { protocol: 'udp', port: 53 }),
    ]);
    const gone = (await live()).map(({ metadata }) => metadata.name).slice(0, 5);
    try {
      for (const name of gone) {
        await kubectl(lab(), 'delete', 'pod', '-n', NAMESPACE, name);
        await eventually('replaced', async () => (await live()).length === 10, 60_000);
      }
      const left = await scale(10);
      const serving = new Set(left.map(({ metadata }) => metadata.name));
      for (const { name, connections } of clients)
        await eventually(`${name} has left those that are gone`, () => connections.every((answers) => serving.has(answers.at(-1) ?? '')));
    } finally {
      isOver = true;
      await Promise.all(loads);
    }
    // new connections: none refused, none without an answer; a busy machine may lose a datagram
    const { http, udp } = counts;
    expect([...http.keys()].filter((answer) => !answer.startsWith('stall-'))).toEqual([]);
    expect(total(http)).toBeGreaterThan(500);
    expect([...udp.keys()].filter((answer) => !answer.startsWith('stall-') && answer !== SILENT)).toEqual([]);
    expect(udp.get(SILENT) ?? 0).toBeLessThan(total(udp) / 100);
    // those that last: who answers changes only where the pod has gone
    const kept = clients.flatMap(({ connections }) => connections);
    expect(kept).toHaveLength(8 * KEPT);
    expect(kept.flatMap((answers) => leftBy(answers)).filter((name) => !gone.includes(name))).toEqual([]);
    expect(kept.filter((answers) => leftBy(answers).length > 0).length).toBeGreaterThan(0);
    await remove(lab(), resources.namespace, NAMESPACE);
  }, 300_000);
}

/** The pods that a connection was served by and then no more. One that is merely slow for a while is not left. */
function leftBy(answers: readonly string[]): readonly string[] {
  const told = answers.filter((answer) => answer !== 'silence');
  return told.filter((answer, index) => answer.startsWith('stall-') && index + 1 < told.length && told[index + 1] !== answer);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, each) => sum + each, 0);
}
