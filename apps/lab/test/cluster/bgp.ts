import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resources, type BgpSpeakerStatus, type KubeObject, type Pod } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import { afterAll, expect, it } from 'vitest';
import type { NodeLayout } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { speaker } from '../../src/lab/programs.ts';
import { Router, type RouterPeer } from './bgp-router.ts';
import { becomesReady, eventually, isReady, kubectl, nodeOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/bgp.yaml');
const LABEL = 'kube-ovn.io/bgp';
const BLOCKS = ['10.66.0.0/24', 'fd00:66::/112'] as const;
const PASSWORD = 'lighthouse';
/** What the Subnet harbour asks for, as BIRD prints it. */
const ASKED = '(65000,100) (65000, 1, 2)';

/** docs/features/bgp.md, with packets: a router outside that knows of pods by BGP alone. */
export function bgp(lab: LabRef): void {
  let known: Router | undefined;
  const router = (): Router => (known ??= new Router(lab()));
  const node = (name: string): NodeLayout => nodeOf(lab(), name);
  const start = (name: string, ...flags: readonly string[]): Promise<void> =>
    lab().supervisor.start(speaker(node(name), { kubeconfig: join(lab().layout.dir, 'node.kubeconfig'), flags }));
  const stop = (name: string): Promise<void> => lab().supervisor.stop(`${name}-speaker`);
  /** The router waits for node1 and node2, and calls node3, which waits. */
  const peers = (): readonly RouterPeer[] => [
    ...['node1', 'node2'].flatMap((name): readonly RouterPeer[] => [
      { node: node(name), over: 4, passive: true, password: PASSWORD },
      { node: node(name), over: 6, passive: true },
    ]),
    { node: node('node3'), over: 4, passive: false, bothFamilies: true, bfd: true },
  ];
  const addressesOf = ({ status }: Pod): readonly [string, string] => {
    const [v4 = '', v6 = ''] = (status?.podIPs ?? []).map(({ ip }) => ip);
    return [`${v4}/32`, v6];
  };
  const becomes = (prefix: string, ways: string, timeoutMs?: number): Promise<unknown> =>
    eventually(`${prefix} by ${ways === '' ? 'nobody' : ways}`, async () => (await router().ways(prefix)) === ways, timeoutMs);
  /** The answer to a ping from outside, which knows the way by BGP or not at all. */
  const answers = async (address: string): Promise<boolean> => {
    const ping = ['ping', '-q', '-c1', '-W2', address.replace('/32', '')];
    return (await runTool(inNamespace(lab().layout.outside.namespace, ping), { accept: [0, 1, 2] })).code === 0;
  };
  const statusOf = async (name: string): Promise<BgpSpeakerStatus | undefined> => {
    try {
      return (await lab().client.get(resources.bgpSpeaker, name)).status;
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
      throw error;
    }
  };
  const established = (name: string, how: string): Promise<unknown> =>
    eventually(`${name}: ${how} established`, async () => (await statusOf(name))?.established === how);
  const pods = new Map<string, Pod>();
  const pod = (name: string): Pod => {
    const found = pods.get(name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const makePod = async (
    namespace: string,
    name: string,
    on: string,
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    pods.set(name, await readyPod(lab(), { name, namespace, node: on, annotations }));
  };

  afterAll(async () => {
    for (const { name } of lab().layout.nodeList) await stop(name);
    await router().stop();
    await lab().client.patch(resources.node, 'node1', { spec: { unschedulable: null } });
    for (const name of ['node1', 'node2']) await lab().client.patch(resources.node, name, { metadata: { labels: { [LABEL]: null } } });
    for (const { metadata } of pods.values()) await remove(lab(), resources.pod, `${metadata.namespace ?? ''}/${metadata.name}`);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
  });

  it('sessions of BgpPeers over IPv4 with a password and over IPv6: the manifest as it stands', async () => {
    await router().start(peers());
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await kubectl(lab(), 'label', 'node', 'node1', 'node2', `${LABEL}=true`);
    await Promise.all(['node1', 'node2'].map((name) => start(name, '--announce-cluster-ip')));
    for (const name of ['node1', 'node2']) await established(name, '2/2');
    for (const name of ['node1', 'node2'])
      for (const over of [4, 6] as const) expect(await router().session(node(name), over)).toMatch(/^Established/);
  }, 120_000);

  it('a Subnet and its pods are reached by all speakers, a local pod by its node alone; the outside reaches them by these routes only', async () => {
    for (const block of BLOCKS) await becomes(block, 'node1,node2');
    await makePod('harbour', 'ship', 'node3');
    await makePod('pier', 'boat', 'node2');
    for (const prefix of addressesOf(pod('ship'))) await becomes(prefix, 'node1,node2');
    for (const prefix of addressesOf(pod('boat'))) await becomes(prefix, 'node2');
    for (const name of ['ship', 'boat']) for (const address of addressesOf(pod(name))) expect(await answers(address)).toBe(true);
  }, 120_000);

  it('a pod’s own word goes before its Subnet’s', async () => {
    await makePod('harbour', 'wreck', 'node1', { 'ovn.kubernetes.io/bgp': 'false' });
    await makePod('harbour', 'dinghy', 'node1', { 'ovn.kubernetes.io/bgp': 'local', 'ovn.kubernetes.io/bgp_communities': 'no-export' });
    for (const prefix of addressesOf(pod('dinghy'))) await becomes(prefix, 'node1');
    for (const prefix of addressesOf(pod('wreck'))) expect(await router().ways(prefix)).toBe('');
    const [own] = addressesOf(pod('dinghy'));
    expect(await router().communities(own, node('node1'))).toBe('(65535,65281)');
  }, 60_000);

  it('the router is told communities of the Subnet and of the peer', async () => {
    const [v4, v6] = BLOCKS;
    expect(await router().communities(v4, node('node1'))).toBe(ASKED);
    expect(await router().communities(v6, node('node1'), 6)).toBe('(65000,6) (65000,100) (65000, 1, 2)');
  }, 60_000);

  it('a pod that is not ready any more is withdrawn within a second, and announced again when it is', async () => {
    const flag = join(lab().layout.dir, 'afloat');
    writeFileSync(flag, '');
    const wish = { name: 'raft', namespace: 'pier' };
    const probe = { exec: { command: ['test', '-e', flag] }, periodSeconds: 1, failureThreshold: 1 };
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: wish,
      spec: {
        nodeName: 'node1',
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: 'busybox', readinessProbe: probe }],
      },
    } as KubeObject;
    await lab().client.create(resources.pod, object);
    pods.set('raft', await becomesReady(lab(), wish));
    for (const prefix of addressesOf(pod('raft'))) await becomes(prefix, 'node1');
    using changes = router().changes();
    rmSync(flag);
    await eventually('not ready', async () => !isReady(await lab().client.get(resources.pod, 'pier/raft')));
    for (const prefix of addressesOf(pod('raft'))) await becomes(prefix, '', 1_000);
    writeFileSync(flag, '');
    await becomesReady(lab(), wish);
    for (const prefix of addressesOf(pod('raft'))) {
      await becomes(prefix, 'node1');
      await eventually('told by the kernel', () => changes.of(prefix).length === 2);
      expect(changes.of(prefix).map((line) => line.startsWith('Deleted'))).toEqual([true, false]);
    }
    rmSync(flag);
  }, 90_000);
}
