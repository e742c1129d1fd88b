import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import type { PodObject } from '../../src/kubelet/pod/types.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import {
  kubectl,
  becomesReady,
  disagreements,
  eventsOf,
  eventually,
  idlePod,
  isReady,
  leader,
  nodeOf,
  podsOf,
  readyPod,
  remove,
  runningPid,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/addresses.yaml');
const REFUSED = join(import.meta.dirname, '../../../../docs/features/addresses-refused.yaml');

/** docs/features/addresses.md, with packets. */
export function addresses(lab: LabRef): void {
  const pings = async (address: string): Promise<boolean> => {
    const argv = ['ping', '-q', '-c1', '-W1', address];
    return (await runTool(inNamespace(nodeOf(lab(), 'node2').namespace, argv), { accept: [0, 1] })).code === 0;
  };
  const reachable = (address: string): Promise<boolean> => eventually(`${address} answers`, () => pings(address));
  const ipsOf = (pod: PodObject | Awaited<ReturnType<typeof becomesReady>>): readonly string[] =>
    (pod.status?.podIPs ?? []).map(({ ip }) => ip);
  const named = async (namespace: string, name: string): Promise<readonly string[]> =>
    ipsOf(await becomesReady(lab(), { namespace, name }));
  const ofApp = async (app: string): Promise<readonly PodObject[]> =>
    (await podsOf(lab(), 'depot')).filter(({ metadata }) => metadata.labels?.['app'] === app && metadata.deletionTimestamp === undefined);
  const subnetOf = async (name: string): Promise<string | undefined> =>
    (await lab().client.get(resources.pod, `depot/${name}`)).metadata.annotations?.['ovn.kubernetes.io/logical_switch'];

  it('by name, from a list, by ordinal and from a pool: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);

    const fixed = await becomesReady(lab(), { namespace: 'depot', name: 'static' });
    expect(ipsOf(fixed)).toEqual(['10.71.0.50', 'fd00:71::50']);
    expect(fixed.metadata.annotations?.['ovn.kubernetes.io/mac_address']).toBe('00:00:00:53:6b:b6');
    for (const address of ipsOf(fixed)) await reachable(address);

    expect(await named('depot', 'ordered-0')).toEqual(['10.71.0.71', 'fd00:71::71']);
    expect(await named('depot', 'ordered-1')).toEqual(['10.71.0.70', 'fd00:71::70']);
    for (const address of ['10.71.0.71', 'fd00:71::70']) await reachable(address);

    const any = await eventually('both of the Deployment', async () => {
      const pods = (await ofApp('any')).filter(isReady);
      return pods.length === 2 ? pods.flatMap((pod) => ipsOf(pod).slice(0, 1)) : undefined;
    });
    expect(new Set(any).size).toBe(2);
    for (const address of any) {
      expect(['10.71.0.60', '10.71.0.61', '10.71.0.62']).toContain(address);
      await reachable(address);
    }

    expect(await named('depot-lab', 'pooled')).toEqual(['10.71.0.100']);
    await reachable('10.71.0.100');
    await eventually('counters of the pool', async () => {
      const { status } = await lab().client.get(resources.ipPool, 'depot-pool');
      return status?.v4UsingIPs === 1 && status.v4AvailableIPRange === '10.71.0.101-10.71.0.109';
    });
  }, 90_000);

  it('pools that overlap or lie outside are not in force and say why, and are as soon as that is mended: the manifest as it stands', async () => {
    const { client } = lab();
    await kubectl(lab(), 'apply', '-f', REFUSED);
    const condition = async (name: string, type: string) =>
      (await client.get(resources.ipPool, name)).status?.conditions?.find((each) => each.type === type);
    const refusal = (name: string): Promise<string> =>
      eventually(`${name} refused`, async () => {
        const found = await condition(name, 'Validated');
        return found?.status === 'False' ? found.message : undefined;
      });
    const refused = await refusal('depot-late');
    expect(refused).toMatch(/^IPPool depot-late: spec\.ips .*10\.71\.0\.109.*depot-pool/);
    await eventually('told', async () => (await eventsOf(lab(), 'IPPool', 'depot-late')).some(({ message }) => message === refused));
    expect(await refusal('depot-astray')).toMatch(/^IPPool depot-astray: spec\.ips .*10\.72\.0\.10.*depot-wide/);
    await eventually('the pod waits, and an event names the pool', async () =>
      (await eventsOf(lab(), 'Pod', 'late')).some(({ type, message = '' }) => type === 'Warning' && message.includes('depot-late')),
    );
    expect((await client.get(resources.pod, 'depot/late')).status?.podIP).toBeUndefined();

    await client.patch(resources.ipPool, 'depot-late', { spec: { ips: ['10.71.0.110..10.71.0.120'] } });
    await eventually('in force', async () => (await condition('depot-late', 'Ready'))?.status === 'True');
    expect((await named('depot', 'late'))[0]).toBe('10.71.0.110');
    await reachable('10.71.0.110');
    await kubectl(lab(), 'delete', '-f', REFUSED, '--timeout=60s');
  }, 60_000);

  it('an address that an IP object reserves is for the pod of that name, over pods and a killed controller', async () => {
    const reserved = async (): Promise<boolean> =>
      (await lab().client.get(resources.ip, 'kept.depot')).metadata.labels?.['ovn.kubernetes.io/ip_reserved'] === 'true';
    await eventually('reserved', reserved);
    expect(await pings('10.71.0.200')).toBe(false);
    const annotations = { 'ovn.kubernetes.io/logical_switch': 'depot-wide' };
    const wanting = { ...annotations, 'ovn.kubernetes.io/ip_address': '10.71.0.200,fd00:71::c8' };
    await lab().client.create(resources.pod, idlePod({ name: 'other', namespace: 'depot', annotations: wanting }));
    const refusal = await eventually('an event that names the owner', async () =>
      (await eventsOf(lab(), 'Pod', 'other')).find(({ type, message }) => type === 'Warning' && message?.includes('kept.depot')),
    );
    expect(refusal.message).toContain('10.71.0.200');
    const kept = await readyPod(lab(), { name: 'kept', namespace: 'depot', node: 'node1', annotations });
    expect(ipsOf(kept)).toEqual(['10.71.0.200', 'fd00:71::c8']);
    for (const address of ipsOf(kept)) await reachable(address);

    await remove(lab(), resources.pod, 'depot/kept');
    process.kill(runningPid(lab(), (await leader(lab())).id), 'SIGKILL');
    const again = await readyPod(lab(), { name: 'kept', namespace: 'depot', node: 'node3', annotations });
    expect(ipsOf(again)).toEqual(['10.71.0.200', 'fd00:71::c8']);
    for (const address of ipsOf(again)) await reachable(address);
    for (const name of ['kept', 'other']) await remove(lab(), resources.pod, `depot/${name}`);
    expect(await reserved()).toBe(true);
    expect(await disagreements(lab())).toBe('');
  }, 90_000);

  it('a namespace with two Subnets uses the second when the first is full, and the first again when it has grown', async () => {
    const first = await readyPod(lab(), { name: 'first', namespace: 'depot', node: 'node1' });
    const second = await readyPod(lab(), { name: 'second', namespace: 'depot', node: 'node2' });
    expect([await subnetOf('first'), await subnetOf('second')]).toEqual(['depot-first', 'depot-wide']);
    expect(ipsOf(first)).toEqual(['10.70.0.2']);
    for (const pod of [first, second]) await reachable(pod.status?.podIP ?? '');

    await lab().client.patch(resources.subnet, 'depot-first', { spec: { cidrBlock: '10.70.0.0/24' } });
    await eventually('grown', async () => (await lab().client.get(resources.subnet, 'depot-first')).status?.v4availableIPs === 252);
    const third = await readyPod(lab(), { name: 'third', namespace: 'depot', node: 'node3' });
    expect(ipsOf(third)).toEqual(['10.70.0.3']);
    await reachable('10.70.0.3');
    const exec = ['kubectl', `--kubeconfig=${lab().kubeconfig}`, 'exec', '-n', 'depot', 'third', '--', 'ping', '-c1', '-W2', '10.70.0.2'];
    await eventually('the one from before answers the one from after', async () => {
      const { code } = await runTool(exec, { accept: [0, 1] });
      return code === 0;
    });
    for (const name of ['first', 'second', 'third']) await remove(lab(), resources.pod, `depot/${name}`);
  }, 90_000);

  it('a StatefulSet keeps its addresses over deletion and a killed controller; scaled down it gives them back', async () => {
    const { metadata } = await lab().client.get(resources.pod, 'depot/ordered-1');
    await lab().client.delete(resources.pod, 'depot/ordered-1');
    const { id } = await leader(lab());
    process.kill(runningPid(lab(), id), 'SIGKILL');
    const again = await eventually('ordered-1 again', async () => {
      const pod = (await ofApp('ordered')).find((each) => each.metadata.name === 'ordered-1' && each.metadata.uid !== metadata.uid);
      return pod !== undefined && isReady(pod) ? pod : undefined;
    });
    expect(ipsOf(again)).toEqual(['10.71.0.70', 'fd00:71::70']);
    await reachable('10.71.0.70');
    await lab().client.patch(resources.statefulSet, 'depot/ordered', { spec: { replicas: 1 } });
    await eventually('given back', async () => {
      const { items } = await lab().client.list(resources.ip);
      return items.every((ip) => ip.metadata.name !== 'ordered-1.depot');
    });
    expect(await disagreements(lab())).toBe('');
  }, 90_000);

  it('deleted, nothing of it stays', async () => {
    await kubectl(lab(), 'delete', '-f', MANIFEST, '--ignore-not-found', '--timeout=60s');
    const { items } = await lab().client.list(resources.ip);
    expect(items.filter(({ spec }) => spec.namespace?.startsWith('depot'))).toEqual([]);
  }, 90_000);
}
