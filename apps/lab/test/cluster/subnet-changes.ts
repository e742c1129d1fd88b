import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { PLUGIN } from '../../src/lab/programs.ts';
import {
  kubectl,
  becomesReady,
  disagreements,
  eventsOf,
  eventually,
  nbctl,
  nodeOf,
  readyPod,
  remove,
  run,
  sandboxOf,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/subnet-changes.yaml');
const NAME = 'changing';

/** docs/features/addresses.md, "A Subnet's life": it changes while pods live in it, with packets and exact counters. */
export function subnetChanges(lab: LabRef): void {
  /** Asked from another node, so that the answer has to pass the gateway. */
  const reaches = (address: string): Promise<boolean> =>
    eventually(`${address} answers`, async () => {
      const argv = inNamespace(nodeOf(lab(), 'node3').namespace, ['ping', '-q', '-c1', '-W1', address]);
      return (await runTool(argv, { accept: [0, 1] })).code === 0;
    });
  const counted = (v4: readonly [using: number, available: number], v6: readonly [using: number, available: number]) =>
    eventually(`${v4.join()} and ${v6.join()} in use and available`, async () => {
      const { status } = await lab().client.get(resources.subnet, NAME);
      const told = [status?.v4usingIPs, status?.v4availableIPs, status?.v6usingIPs, status?.v6availableIPs];
      return told.join() === [...v4, ...v6].join();
    });
  const addressesOf = ({ status }: Awaited<ReturnType<typeof becomesReady>>): readonly string[] =>
    (status?.podIPs ?? []).map(({ ip }) => ip);
  const newPod = async (name: string): Promise<readonly string[]> =>
    addressesOf(await readyPod(lab(), { name, namespace: NAME, node: 'node1' }));
  const inside = (name: string, ...argv: readonly string[]) =>
    runTool(['nsenter', `--net=${sandboxOf(lab(), { namespace: NAME, name }).netns}`, ...argv], { accept: [0, 1, 2] });
  const defaultRoutes = async (name: string): Promise<string> =>
    (await inside(name, 'ip', '-4', 'route', 'show', 'default')).stdout +
    (await inside(name, 'ip', '-6', 'route', 'show', 'default')).stdout;

  /** Call the plugin for a pod that runs; a repeated ADD answers as the first, with what has changed since. */
  const plugin = async (verb: string, name: string, prevResult?: unknown) => {
    const { id, netns, uid } = sandboxOf(lab(), { namespace: NAME, name });
    const node = nodeOf(lab(), 'node1');
    const config = { cniVersion: '1.0.0', name: 'kube-ovn', type: 'kube-ovn', server_socket: node.daemonSocket, prevResult };
    return run(inNamespace(node.namespace, [PLUGIN]), {
      input: JSON.stringify(config),
      env: {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: id,
        CNI_NETNS: netns ?? '',
        CNI_IFNAME: 'eth0',
        CNI_PATH: '/nowhere',
        CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${NAME};K8S_POD_NAME=${name};K8S_POD_UID=${uid}`,
      },
    });
  };

  it('exclusions change under a pod that lives there; counters are exact: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    expect(addressesOf(await becomesReady(lab(), { namespace: NAME, name: 'one' }))).toEqual(['10.77.0.2', 'fd00:77::2']);
    await counted([1, 234], [1, 65_519]);

    await lab().client.patch(resources.subnet, NAME, {
      spec: { excludeIps: ['10.77.0.1', '10.77.0.3..10.77.0.60', '10.77.0.70..10.77.0.100', 'fd00:77::3..fd00:77::ff'] },
    });
    await counted([1, 163], [1, 65_279]);
    expect(await newPod('two')).toEqual(['10.77.0.61', 'fd00:77::100']);
    await counted([2, 162], [2, 65_278]);
    for (const address of ['10.77.0.2', '10.77.0.61', 'fd00:77::2', 'fd00:77::100']) await reaches(address);
  }, 90_000);

  it('another gateway: pods that run get it and are reached, as are those that start after; ADD answers with it, and CHECK finds no fault', async () => {
    await lab().client.patch(resources.subnet, NAME, { spec: { gateway: '10.77.0.254,fd00:77::fffe' } });
    await eventually('the router has the gateway', async () =>
      (await nbctl(lab(), '--bare', '--columns=networks', 'list', 'Logical_Router_Port')).includes('10.77.0.254/24'),
    );
    for (const name of ['one', 'two'])
      await eventually(`${name} has it`, async () => {
        const routes = await defaultRoutes(name);
        return routes.includes('via 10.77.0.254') && routes.includes('via fd00:77::fffe') && !/77(?:\.0\.|::)1 /.test(routes);
      });
    for (const address of ['10.77.0.2', '10.77.0.61', 'fd00:77::2', 'fd00:77::100']) await reaches(address);
    const added = await plugin('ADD', 'one');
    expect(JSON.parse(added.stdout)).toMatchObject({ ips: [{ gateway: '10.77.0.254' }, { gateway: 'fd00:77::fffe' }] });
    expect(await plugin('CHECK', 'one', JSON.parse(added.stdout))).toMatchObject({ code: 0, stdout: '' });

    expect(await newPod('three')).toEqual(['10.77.0.62', 'fd00:77::101']);
    for (const address of ['10.77.0.62', 'fd00:77::101']) await reaches(address);
    expect(await defaultRoutes('three')).toMatch(/via 10\.77\.0\.254[\s\S]*via fd00:77::fffe/);
    expect((await inside('three', 'ping', '-q', '-c1', '-W2', '10.77.0.2')).code).toBe(0);
    await counted([3, 160], [3, 65_276]);
    expect(await disagreements(lab())).toBe('');
  }, 90_000);

  it('deleted while in use it stays, says by whom in event and condition, and goes with the last of them', async () => {
    const { client } = lab();
    const condition = async (): Promise<string | undefined> =>
      (await client.get(resources.subnet, NAME)).status?.conditions?.find(({ type, status }) => type === 'InUse' && status === 'True')
        ?.message;
    await client.delete(resources.subnet, NAME);
    const told = `Subnet ${NAME} is kept: 3 of its addresses are in use by one.${NAME}, three.${NAME}, two.${NAME} (kubectl get ip)`;
    await eventually('an event', async () =>
      (await eventsOf(lab(), 'Subnet', NAME)).some(({ reason, message = '' }) => reason === 'SubnetInUse' && message.startsWith(told)),
    );
    await eventually('a condition', async () => (await condition())?.startsWith(told));
    for (const name of ['two', 'three']) await remove(lab(), resources.pod, `${NAME}/${name}`);
    await eventually('the condition names who is left', async () =>
      (await condition())?.includes(`1 of its addresses are in use by one.${NAME} `),
    );
    expect((await client.get(resources.subnet, NAME)).metadata.deletionTimestamp).toBeDefined();
    expect((await inside('one', 'ip', '-4', 'addr', 'show', 'eth0')).stdout).toContain('10.77.0.2/24');
    for (const address of ['10.77.0.2', 'fd00:77::2']) await reaches(address);
    await remove(lab(), resources.pod, `${NAME}/one`);
    await remove(lab(), resources.subnet, NAME);
  }, 90_000);

  it('of a Subnet with both families a pod takes the one that it asks for', async () => {
    for (const [name, address] of [
      ['four', '10.75.0.2'],
      ['six', 'fd00:75::2'],
    ] as const) {
      expect(addressesOf(await becomesReady(lab(), { namespace: NAME, name }))).toEqual([address]);
      await reaches(address);
    }
    await kubectl(lab(), 'delete', '-f', MANIFEST, '--ignore-not-found', '--timeout=60s');
  }, 90_000);
}
