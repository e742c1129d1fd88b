import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import type { PodObject } from '../../src/kubelet/pod/types.ts';
import { disagreements, eventually, ips, isReady, kubectl, nodeOf, podsOf, remove, runningPid, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/node-loss.yaml');
const NAMESPACE = 'vault';
const LOST = 'node3';

/** docs/features/addresses.md, "Who keeps an address": a StatefulSet whose node is lost, and comes back with what it had. */
export function nodeLoss(lab: LabRef): void {
  const set = async (): Promise<readonly PodObject[]> => podsOf(lab(), NAMESPACE);
  const addressesOf = (pod: PodObject): readonly string[] => (pod.status?.podIPs ?? []).map(({ ip }) => ip);
  const pings = async (address: string): Promise<boolean> => {
    const argv = inNamespace(nodeOf(lab(), 'node2').namespace, ['ping', '-q', '-c1', '-W1', address]);
    return (await runTool(argv, { accept: [0, 1] })).code === 0;
  };
  const cordon = (node: string, isClosed: boolean) => lab().client.patch(resources.node, node, { spec: { unschedulable: isClosed } });
  /** Everything that runs on the node, its pods apart. */
  const signalNode = (signal: NodeJS.Signals): void => {
    for (const part of ['kubelet', 'daemon', 'ovn-controller', 'vswitchd', 'ovsdb'])
      process.kill(runningPid(lab(), `${LOST}-${part}`), signal);
  };

  it('its pod has its addresses on another node, and keeps them when the lost one returns: the manifest as it stands', async () => {
    const { client } = lab();
    for (const node of ['node1', 'node2']) await cordon(node, true);
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const before = await eventually('safe-0 on the node that will be lost', async () => (await set()).find(isReady));
    expect(before.spec.nodeName).toBe(LOST);
    const addresses = addressesOf(before);
    expect(addresses).toHaveLength(2);
    for (const address of addresses) await eventually(`${address} answers`, () => pings(address));

    for (const node of ['node1', 'node2']) await cordon(node, false);
    await cordon(LOST, true);
    signalNode('SIGSTOP');
    try {
      await client.delete(resources.pod, `${NAMESPACE}/safe-0`, { gracePeriodSeconds: 0 });
      const after = await eventually('safe-0 elsewhere', async () =>
        (await set()).find((pod) => pod.metadata.uid !== before.metadata.uid && isReady(pod)),
      );
      expect(after.spec.nodeName).not.toBe(LOST);
      expect(addressesOf(after)).toEqual(addresses);
      for (const address of addresses) await eventually(`${address} answers from its new node`, () => pings(address));
    } finally {
      signalNode('SIGCONT');
    }
    await cordon(LOST, false);
    // The lost node takes down what it still had of the pod, and takes nothing from its successor.
    expect(await disagreements(lab())).toBe('');
    expect(await Promise.all(addresses.map(pings))).toEqual([true, true]);
    await eventually(`${LOST} is Ready again`, async () =>
      (await client.get(resources.node, LOST)).status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
  }, 120_000);

  it('the set is deleted: its addresses are given back', async () => {
    await remove(lab(), resources.statefulSet, `${NAMESPACE}/safe`);
    await eventually('given back', async () => (await ips(lab())).every(({ spec }) => spec.namespace !== NAMESPACE));
    await kubectl(lab(), 'delete', '-f', MANIFEST, '--ignore-not-found', '--timeout=60s');
    expect(await disagreements(lab())).toBe('');
  }, 60_000);
}
