import { dirname, join } from 'node:path';
import { resources, type IP } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import type { SandboxRecord } from '../../src/kubelet/sandbox.ts';
import { PLUGIN } from '../../src/lab/programs.ts';
import {
  kubectl,
  sandboxOf as podSandbox,
  becomesReady,
  eventsOf,
  eventually,
  ips,
  nodeOf,
  readyPod,
  remove,
  run,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/other-plugins.yaml');
const NAMESPACE = 'hardware';

/** docs/features/multiple-interfaces.md: a device of the node, and the IPAM exchange with the vlan plugin. */
export function otherPlugins(lab: LabRef): void {
  const sandboxOf = (name: string): SandboxRecord => podSandbox(lab(), { namespace: NAMESPACE, name });
  const inside = async (name: string, ...argv: readonly string[]) =>
    runTool(['nsenter', `--net=${sandboxOf(name).netns}`, ...argv], { accept: [0, 1, 2] });
  const leases = async (): Promise<readonly IP[]> => (await ips(lab())).filter(({ spec }) => spec.namespace === NAMESPACE);
  const onNode = (node: string, ...argv: readonly string[]) =>
    runTool(inNamespace(nodeOf(lab(), node).namespace, argv), { accept: [0, 1] });
  const hasDevice = async (node: string): Promise<boolean> => (await onNode(node, 'ip', 'link', 'show', 'dev0')).code === 0;

  it('a device of the node moves into the pod with an address of ours, carries packets, and goes back', async () => {
    const [one, two] = [nodeOf(lab(), 'node1'), nodeOf(lab(), 'node2')];
    await runTool(['ip', 'link', 'add', 'dev0', 'netns', one.namespace, 'type', 'veth', 'peer', 'name', 'dev0', 'netns', two.namespace]);
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const name of ['left', 'right']) await becomesReady(lab(), { namespace: NAMESPACE, name });
    expect((await inside('left', 'ip', '-o', 'addr', 'show', 'net1')).stdout).toMatch(
      /inet 10\.93\.0\.10\/24[\s\S]*inet6 fd00:93::10\/112/,
    );
    expect([await hasDevice('node1'), await hasDevice('node2')]).toEqual([false, false]);
    const right = (await leases()).find(({ metadata }) => metadata.name === 'right.hardware.card.hardware')?.spec;
    for (const address of [right?.v4IpAddress ?? '', right?.v6IpAddress ?? ''])
      await eventually(`${address} answers`, async () => (await inside('left', 'ping', '-q', '-c1', '-W1', address)).code === 0);

    for (const name of ['left', 'right']) await remove(lab(), resources.pod, `${NAMESPACE}/${name}`);
    await eventually('addresses are given back', async () => (await leases()).length === 0);
    await eventually('the devices are back', async () => (await hasDevice('node1')) && (await hasDevice('node2')));
    await onNode('node1', 'ip', 'link', 'del', 'dev0');
  }, 90_000);

  /** Ask our plugin as vlan does, which hands on its own configuration and environment. @source CNI specification, section 4 */
  const call = async (verb: string, pod: SandboxRecord) =>
    run(inNamespace(nodeOf(lab(), 'node1').namespace, [PLUGIN]), {
      input: JSON.stringify({
        cniVersion: '1.0.0',
        name: 'tagged',
        type: 'vlan',
        master: 'mg0',
        vlanId: 100,
        ipam: { type: 'kube-ovn', server_socket: nodeOf(lab(), 'node1').daemonSocket, provider: 'tagged.hardware' },
      }),
      env: {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: pod.id,
        CNI_NETNS: pod.netns ?? '',
        CNI_IFNAME: 'net1',
        CNI_PATH: dirname(PLUGIN),
        CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${NAMESPACE};K8S_POD_NAME=${pod.name};K8S_POD_UID=${pod.uid}`,
      },
    });

  it('vlan asks us for addresses: the exchange with its own configuration; unplugged, they are given back', async () => {
    const { client } = lab();
    const key = `${NAMESPACE}/tagger`;
    const annotate = (networks: string) =>
      client.patch(resources.pod, key, { metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': networks } } });
    await readyPod(lab(), { name: 'tagger', namespace: NAMESPACE, node: 'node1' });
    await annotate('tagged');
    const address = await eventually(
      'an address',
      async () => (await client.get(resources.pod, key)).metadata.annotations?.['tagged.hardware.kubernetes.io/ip_address'],
    );
    // A kernel without 802.1Q has no VLAN devices: there the plugin itself gives up before it asks us.
    const what = await eventually('the real plugin has answered', async () => {
      const { stdout } = await inside('tagger', 'ip', '-o', 'addr', 'show', 'net1');
      if (stdout.includes(address)) return 'a VLAN device';
      const told = (await eventsOf(lab(), 'Pod', 'tagger')).find(({ message = '' }) => message.includes('failed to create vlan'));
      return told === undefined ? undefined : 'no VLAN devices';
    });
    expect(['a VLAN device', 'no VLAN devices']).toContain(what);

    const pod = sandboxOf('tagger');
    const first = await call('ADD', pod);
    expect(first).toMatchObject({ code: 0 });
    expect(JSON.parse(first.stdout)).toMatchObject({ cniVersion: '1.0.0', ips: [{ address: `${address}/24`, gateway: '10.94.0.1' }] });
    expect((await call('ADD', pod)).stdout).toBe(first.stdout);
    expect(await call('DEL', pod)).toMatchObject({ code: 0, stdout: '' });
    expect(await call('DEL', pod)).toMatchObject({ code: 0, stdout: '' });

    await annotate('');
    await eventually('the address is given back', async () => (await leases()).every(({ spec }) => spec.subnet !== 'tagged'));
    await remove(lab(), resources.pod, key);
    await remove(lab(), resources.namespace, NAMESPACE);
    for (const name of ['card', 'tagged']) await remove(lab(), resources.subnet, name);
  }, 90_000);
}
