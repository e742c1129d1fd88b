import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { API_PORT, NETNS_DIR } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { PLUGIN } from '../../src/lab/programs.ts';
import { nodeOf, readyPod, remove, run, vsctl, type LabRef } from './support.ts';

/** Line 8: the plugin's answers, asked by hand on a node. */
export function cni(lab: LabRef): void {
  const node = () => nodeOf(lab(), 'node2');
  const config = (fields: Readonly<Record<string, unknown>> = {}) =>
    JSON.stringify({ cniVersion: '1.0.0', name: 'kube-ovn', type: 'kube-ovn', server_socket: node().daemonSocket, ...fields });
  const call = (command: string, options: { input?: string; env?: Readonly<Record<string, string>> } = {}) =>
    run(inNamespace(node().namespace, [PLUGIN]), {
      input: options.input ?? config(),
      env: { CNI_COMMAND: command, CNI_PATH: '/nowhere', ...options.env },
    });
  const plumbing = async () => ({
    ports: (await vsctl(node(), 'list-ports', 'br-int')).split('\n').toSorted(),
    links: (await runTool(inNamespace(node().namespace, ['ip', '-o', 'link']))).stdout
      .split('\n')
      .map((line) => line.split(':')[1]?.trim())
      .toSorted(),
  });

  it('ADD twice gives the same answer', async () => {
    await readyPod(lab(), { name: 'asked', namespace: 'shop', node: 'node2' });
    const [file = ''] = (await run(['grep', '-l', '"name":"asked"', '-r', join(node().dir, 'kubelet', 'sandboxes')])).stdout
      .trim()
      .split('\n');
    const sandbox = JSON.parse((await run(['cat', file])).stdout) as { id: string; netns: string; uid: string };
    const env = {
      CNI_CONTAINERID: sandbox.id,
      CNI_NETNS: sandbox.netns,
      CNI_IFNAME: 'eth0',
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=asked;K8S_POD_UID=${sandbox.uid};K8S_POD_INFRA_CONTAINER_ID=${sandbox.id}`,
    };
    const before = await plumbing();
    const first = await call('ADD', { env });
    const second = await call('ADD', { env });
    expect(first.code).toBe(0);
    expect(JSON.parse(second.stdout)).toEqual(JSON.parse(first.stdout));
    expect((JSON.parse(first.stdout) as { ips: readonly unknown[] }).ips).toHaveLength(2);
    expect((await call('CHECK', { env, input: config({ prevResult: JSON.parse(first.stdout) as unknown }) })).code).toBe(0);
    expect(await plumbing()).toEqual(before);
    // DEL twice, without the namespace too, and then the pod's own end.
    expect(await call('DEL', { env })).toMatchObject({ code: 0 });
    expect(await call('DEL', { env })).toMatchObject({ code: 0 });
    expect(await call('DEL', { env: { ...env, CNI_NETNS: '' } })).toMatchObject({ code: 0 });
    expect(await call('DEL', { env: { ...env, CNI_NETNS: join(NETNS_DIR, 'gone') } })).toMatchObject({ code: 0 });
    await remove(lab(), resources.pod, 'shop/asked');
  }, 60_000);

  it('DEL while the API is down succeeds and leaves no plumbing', async () => {
    const before = await plumbing();
    await readyPod(lab(), { name: 'cut-off', namespace: 'shop', node: 'node2' });
    const added = (await plumbing()).ports.filter((port) => !before.ports.includes(port));
    expect(added).toHaveLength(1);
    const [file = ''] = (await run(['grep', '-l', '"name":"cut-off"', '-r', join(node().dir, 'kubelet', 'sandboxes')])).stdout
      .trim()
      .split('\n');
    const sandbox = JSON.parse((await run(['cat', file])).stdout) as { id: string; netns: string };
    // From this node the API is out of reach, whichever server it is; OVN stays in reach.
    const nft = (...args: readonly string[]) => runTool(inNamespace(node().namespace, ['nft', ...args]));
    await nft(`table inet cut { chain out { type filter hook output priority 0; tcp dport ${API_PORT} drop; }; }`);
    const env = {
      CNI_CONTAINERID: sandbox.id,
      CNI_NETNS: sandbox.netns,
      CNI_IFNAME: 'eth0',
      CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=cut-off',
    };
    const answer = await call('DEL', { env });
    await nft('delete', 'table', 'inet', 'cut');
    expect(answer).toMatchObject({ code: 0 });
    expect(await plumbing()).toEqual(before);
    await remove(lab(), resources.pod, 'shop/cut-off');
  }, 60_000);

  const attachment = { CNI_CONTAINERID: 'c0ffee', CNI_NETNS: '/proc/self/ns/net', CNI_IFNAME: 'eth0' };
  it.each([
    ['junk on stdin', 'ADD', { input: '{', env: { ...attachment, CNI_ARGS: 'K8S_POD_NAMESPACE=a;K8S_POD_NAME=b' } }, 6],
    ['no CNI_ARGS', 'ADD', { env: attachment }, 4],
    ['no container id', 'ADD', { env: { CNI_NETNS: '/x', CNI_IFNAME: 'eth0' } }, 4],
    [
      'an unknown version',
      'ADD',
      {
        input: JSON.stringify({ cniVersion: '9.9.9', name: 'x', type: 'kube-ovn' }),
        env: { ...attachment, CNI_ARGS: 'K8S_POD_NAMESPACE=a;K8S_POD_NAME=b' },
      },
      1,
    ],
    ['an unknown verb', 'DANCE', {}, 4],
  ] as const)(
    '%s: the error of the specification, and no plumbing',
    async (_, verb, options, code) => {
      const before = await plumbing();
      const answer = await call(verb, options);
      expect(answer.code).not.toBe(0);
      expect(JSON.parse(answer.stdout)).toMatchObject({ code, msg: expect.any(String) });
      expect(await plumbing()).toEqual(before);
    },
    20_000,
  );

  it('VERSION, STATUS and GC', async () => {
    expect(JSON.parse((await call('VERSION')).stdout)).toMatchObject({
      supportedVersions: expect.arrayContaining(['0.3.1', '0.4.0', '1.0.0', '1.1.0']),
    });
    expect(await call('STATUS', { input: config({ cniVersion: '1.1.0' }) })).toMatchObject({ code: 0 });
  }, 20_000);
}
