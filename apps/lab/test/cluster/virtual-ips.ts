import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { centralRemotes } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { kubectl, becomesReady, disagreements, eventually, nbctl, nodeOf, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/virtual-ips.yaml');
const SHARED = '10.72.0.100';

/** docs/features/virtual-ips.md, with packets. */
export function virtualIps(lab: LabRef): void {
  const exec = async (pod: string, ...argv: readonly string[]): Promise<boolean> =>
    (await runTool(['kubectl', `--kubeconfig=${lab().kubeconfig}`, 'exec', '-n', 'pair', pod, '--', ...argv], { accept: [0, 1, 2] }))
      .code === 0;
  const fromNode = async (): Promise<boolean> =>
    (await runTool(inNamespace(nodeOf(lab(), 'node3').namespace, ['ping', '-q', '-c1', '-W1', SHARED]), { accept: [0, 1] })).code === 0;
  const take = (pod: string): Promise<boolean> => exec(pod, 'ip', 'address', 'replace', `${SHARED}/32`, 'dev', 'eth0');
  const drop = (pod: string): Promise<boolean> => exec(pod, 'ip', 'address', 'delete', `${SHARED}/32`, 'dev', 'eth0');
  const announce = (pod: string): Promise<boolean> => exec(pod, 'arping', '-U', '-c2', '-I', 'eth0', '-s', SHARED, SHARED);
  const boundTo = async (pod: string): Promise<boolean> => {
    const { stdout } = await runTool([
      'ovn-sbctl',
      `--db=${centralRemotes(lab().layout, 'sb').join(',')}`,
      '--bare',
      '--columns=virtual_parent',
      'find',
      'Port_Binding',
      'logical_port=pair-shared',
    ]);
    return stdout.trim() === `${pod}.pair`;
  };

  it('an address that two pods share is where it was announced last; the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const name of ['left', 'right', 'stranger']) await becomesReady(lab(), { namespace: 'pair', name });
    const vip = await eventually('the Vip has its address', async () => {
      const found = await lab().client.get(resources.vip, 'pair-shared');
      return found.status?.v4ip === SHARED ? found : undefined;
    });
    expect(vip.status).toMatchObject({ v6ip: 'fd00:72::100' });
    await eventually('both are parents', async () =>
      (await nbctl(lab(), 'lsp-get-options', 'pair-shared')).includes('left.pair,right.pair'),
    );
    expect(await fromNode()).toBe(false);

    await take('left');
    await eventually('left has it', async () => (await announce('left'), boundTo('left')));
    await eventually('reached on left from another node', fromNode);
    expect(await exec('right', 'ping', '-c1', '-W2', SHARED)).toBe(true);

    await drop('left');
    await take('right');
    await eventually('right has it', async () => (await announce('right'), boundTo('right')));
    await eventually('reached on right from another node', fromNode);
    expect(await exec('left', 'ping', '-c1', '-W2', SHARED)).toBe(true);
  }, 120_000);

  it('a pod with port security that does not name the Vip can not take the address', async () => {
    await drop('right');
    await take('stranger');
    await announce('stranger');
    expect(await boundTo('stranger')).toBe(false);
    expect(await fromNode()).toBe(false);
    await drop('stranger');
  }, 60_000);

  it('a pod takes the address and the MAC address of a Vip, which has them again when the pod is gone', async () => {
    const pod = await becomesReady(lab(), { namespace: 'pair', name: 'taker' });
    expect(pod.status?.podIPs?.map(({ ip }) => ip)).toEqual(['10.72.0.110', 'fd00:72::110']);
    expect(pod.metadata.annotations?.['ovn.kubernetes.io/mac_address']).toBe('00:00:00:53:6b:c0');
    expect(await exec('left', 'ping', '-c1', '-W2', '10.72.0.110')).toBe(true);
    expect(await disagreements(lab())).toBe('');
    await remove(lab(), resources.pod, 'pair/taker');
    await eventually('its own again', async () => {
      const { metadata, status } = await lab().client.get(resources.vip, 'pair-fixed');
      return metadata.labels?.['ovn.kubernetes.io/ip_reserved'] === undefined && status?.v4ip === '10.72.0.110';
    });
  }, 60_000);

  it('its addresses are counted; deleted, nothing of it stays', async () => {
    expect(await disagreements(lab())).toBe('');
    await kubectl(lab(), 'delete', '-f', MANIFEST, '--ignore-not-found', '--timeout=60s');
    expect((await lab().client.list(resources.vip)).items).toEqual([]);
    expect(await nbctl(lab(), '--bare', '--columns=name', 'find', 'Logical_Switch_Port', 'type=virtual')).toBe('');
  }, 120_000);
}
