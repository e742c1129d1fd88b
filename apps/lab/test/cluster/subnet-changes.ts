import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { disagreements, eventsOf, eventually, namespaceObject, nbctl, nodeOf, readyPod, remove, subnet, type LabRef } from './support.ts';

const NAME = 'changing';

/** A Subnet that changes while pods live in it, with packets and exact counters. */
export function subnetChanges(lab: LabRef): void {
  const reaches = (address: string): Promise<boolean> =>
    eventually(`${address} answers`, async () => {
      const argv = inNamespace(nodeOf(lab(), 'node3').namespace, ['ping', '-q', '-c1', '-W1', address]);
      return (await runTool(argv, { accept: [0, 1] })).code === 0;
    });
  const counted = (using: number, available: number) =>
    eventually(`${using} in use and ${available} available`, async () => {
      const { status } = await lab().client.get(resources.subnet, NAME);
      return status?.v4usingIPs === using && status.v4availableIPs === available;
    });
  const podAddress = async (name: string): Promise<string> =>
    (await readyPod(lab(), { name, namespace: NAME, node: 'node1' })).status?.podIP ?? '';

  it('exclusions and the gateway change under a pod that lives there; counters are exact and packets pass', async () => {
    const { client } = lab();
    await client.create(resources.namespace, namespaceObject(NAME));
    await client.create(resources.subnet, subnet(NAME, { cidrBlock: '10.77.0.0/24', namespaces: [NAME] }));
    await counted(0, 253);
    expect(await podAddress('one')).toBe('10.77.0.2');
    await counted(1, 252);

    await client.patch(resources.subnet, NAME, { spec: { excludeIps: ['10.77.0.1', '10.77.0.3..10.77.0.100'] } });
    await counted(1, 154);
    expect(await podAddress('two')).toBe('10.77.0.101');
    for (const address of ['10.77.0.2', '10.77.0.101']) await reaches(address);

    await client.patch(resources.subnet, NAME, { spec: { gateway: '10.77.0.254' } });
    await eventually('the router has the gateway', async () =>
      (await nbctl(lab(), '--bare', '--columns=networks', 'list', 'Logical_Router_Port')).includes('10.77.0.254/24'),
    );
    await reaches(await podAddress('three'));
    const exec = ['kubectl', `--kubeconfig=${lab().kubeconfig}`, 'exec', '-n', NAME, 'three', '--'];
    expect((await runTool([...exec, 'ip', '-4', 'route', 'show', 'default'])).stdout).toContain('via 10.77.0.254');
    expect((await runTool([...exec, 'ping', '-q', '-c1', '-W2', '10.77.0.2'])).code).toBe(0);
    expect(await disagreements(lab())).toBe('');
  }, 90_000);

  it('deleted while in use it stays, says by whom, and goes with the last of them', async () => {
    const { client } = lab();
    await client.delete(resources.subnet, NAME);
    await eventually('told', async () =>
      (await eventsOf(lab(), 'Subnet', NAME)).some(({ message = '' }) => message.includes('3 of its addresses are in use')),
    );
    for (const name of ['two', 'three']) await remove(lab(), resources.pod, `${NAME}/${name}`);
    expect((await client.get(resources.subnet, NAME)).metadata.deletionTimestamp).toBeDefined();
    const argv = ['kubectl', `--kubeconfig=${lab().kubeconfig}`, 'exec', '-n', NAME, 'one', '--', 'ip', '-4', 'addr', 'show', 'eth0'];
    expect((await runTool(argv)).stdout).toContain('10.77.0.2/24');
    await remove(lab(), resources.pod, `${NAME}/one`);
    await remove(lab(), resources.subnet, NAME);
    await remove(lab(), resources.namespace, NAME);
  }, 90_000);

  it('of a Subnet with both families a pod takes the one that it asks for', async () => {
    const { client } = lab();
    await client.create(resources.namespace, namespaceObject('family'));
    await client.create(resources.subnet, subnet('family', { cidrBlock: '10.75.0.0/24,fd00:75::/112', namespaces: ['family'] }));
    const annotations = { 'ovn.kubernetes.io/logical_switch': 'family' };
    for (const [name, family, address] of [
      ['four', 'IPv4', '10.75.0.2'],
      ['six', 'IPv6', 'fd00:75::2'],
    ] as const) {
      const wish = { name, namespace: 'family', node: 'node1', annotations: { ...annotations, 'ovn.kubernetes.io/ip_family': family } };
      expect((await readyPod(lab(), wish)).status?.podIPs).toEqual([{ ip: address }]);
      await reaches(address);
    }
    for (const name of ['four', 'six']) await remove(lab(), resources.pod, `family/${name}`);
    await remove(lab(), resources.namespace, 'family');
    await remove(lab(), resources.subnet, 'family');
  }, 90_000);
}
