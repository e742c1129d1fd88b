import { join } from 'node:path';
import { type KubeObject, type Pod, resources, type VirtualMachineInstance } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { centralRemotes, NETNS_DIR } from '../../src/infra/layout.ts';
import { runTool } from '../../src/infra/tool.ts';
import type { Check } from '../../src/matrix/checks.ts';
import { observeFrom } from '../../src/matrix/measure.ts';
import {
  becomesReady,
  disagreements,
  eventually,
  idlePod,
  ips,
  kubectl,
  leader,
  nbctl,
  netnsOf,
  readyPod,
  remove,
  runningPid,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/virtual-machines.yaml');
const KINDS = join(import.meta.dirname, '../fixtures/kubevirt-crds.yaml');
const RARP = join(import.meta.dirname, '../fixtures/rarp.pl');
const [NAMESPACE, MACHINE] = ['machines', 'db'];
const KEY = `${NAMESPACE}/${MACHINE}`;
const PORT = `${MACHINE}.${NAMESPACE}`;

/** docs/features/virtual-machines.md, with packets; the test does the part of KubeVirt, and pods say their names in place of guests. */
export function virtualMachines(lab: LabRef): void {
  const addressesOf = (pod: Pod): readonly string[] => (pod.status?.podIPs ?? []).map(({ ip }) => ip);
  const macOf = (pod: Pod): string => pod.metadata.annotations?.['ovn.kubernetes.io/mac_address'] ?? '';
  const instance = async (): Promise<VirtualMachineInstance> => {
    const { metadata } = await lab().client.get(resources.virtualMachine, KEY);
    const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: MACHINE, uid: metadata.uid ?? '', controller: true };
    const { items } = await lab().client.list(resources.virtualMachineInstance, { namespace: NAMESPACE });
    return (
      items[0] ??
      lab().client.create(resources.virtualMachineInstance, {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstance',
        metadata: { name: MACHINE, namespace: NAMESPACE, ownerReferences: [owner] },
        spec: {},
      })
    );
  };
  /** A pod for the machine; with `isMove` one that the machine shall move to. */
  const launch = async (suffix: string, node: string, isMove = false): Promise<Pod> => {
    const name = `virt-launcher-${MACHINE}-${suffix}`;
    const { uid = '' } = (await instance()).metadata;
    const pod = idlePod({ name, namespace: NAMESPACE, node, annotations: isMove ? { 'kubevirt.io/migrationJobName': 'move' } : {} });
    const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: MACHINE, uid, controller: true };
    await lab().client.create(resources.pod, {
      ...pod,
      metadata: { ...pod.metadata, ownerReferences: [owner] },
      spec: {
        nodeName: node,
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'compute', image: 'agnhost', args: ['netexec'] }],
      },
    } as KubeObject);
    return becomesReady(lab(), { namespace: NAMESPACE, name });
  };
  const runsOn = (nodeName: string): Promise<unknown> =>
    lab().client.patch(resources.virtualMachineInstance, KEY, { status: { nodeName } });
  const stop = async (suffix: string): Promise<void> => {
    await remove(lab(), resources.virtualMachineInstance, KEY);
    await remove(lab(), resources.pod, `${NAMESPACE}/virt-launcher-${MACHINE}-${suffix}`);
  };
  /** Which pods answer at the machine's addresses, asked from every node. */
  const answers = async (machine: Pod): Promise<ReadonlySet<string>> => {
    const patience = { tries: 1, timeoutMs: 700 };
    const checks = addressesOf(machine).map((address): Check => ({
      id: address,
      protocol: 'tcp',
      address,
      port: 8080,
      ask: 'hostname',
      patience,
    }));
    const found = await Promise.all(
      lab().layout.nodeList.map(({ namespace }) => observeFrom({ netns: join(NETNS_DIR, namespace ?? '') }, checks)),
    );
    return new Set(found.flat().map((each) => (each.ok ? each.answer : 'nobody')));
  };
  const answeredBy = (suffix: string, machine: Pod): Promise<unknown> =>
    eventually(`${suffix} answers, and nobody else`, async () => {
      const found = await answers(machine);
      return found.size === 1 && found.has(`virt-launcher-${MACHINE}-${suffix}`);
    });
  const inside = (pod: Pod, ...argv: readonly string[]) =>
    runTool(['nsenter', `--net=${netnsOf(lab(), pod)}`, ...argv], { accept: [0, 1] });
  const hears = async (pod: Pod): Promise<boolean> => (await inside(pod, 'ping', '-q', '-c1', '-W1', '10.73.0.1')).code === 0;
  const announce = async (pod: Pod): Promise<void> => {
    const [index = ''] = (await inside(pod, 'ip', '-o', 'link', 'show', 'eth0')).stdout.split(':');
    await inside(pod, 'perl', RARP, index, macOf(pod));
  };
  const options = (): Promise<string> => nbctl(lab(), 'lsp-get-options', PORT);
  /** Nodes that the port is bound on, as OVN says. */
  const boundOn = async (): Promise<string> => {
    const sbctl = ['ovn-sbctl', `--db=${centralRemotes(lab().layout, 'sb').join(',')}`, '--bare'];
    const columns = '--columns=chassis,additional_chassis';
    const { stdout } = await runTool([...sbctl, columns, 'find', 'Port_Binding', `logical_port=${PORT}`]);
    const names = await runTool([...sbctl, '--format=csv', '--no-headings', '--columns=_uuid,name', 'list', 'Chassis']);
    const nameOf = new Map(names.stdout.split('\n').map((line) => line.split(',') as [string, string]));
    return stdout
      .split(/\s+/)
      .flatMap((uuid) => nameOf.get(uuid) ?? [])
      .join(' ');
  };

  let first: Pod;
  it('a machine has addresses of its own, over pods, nodes and a killed controller; the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', KINDS);
    await eventually('the kinds are served', () =>
      lab()
        .client.list(resources.virtualMachine)
        .then(Boolean, () => false),
    );
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await eventually(
      'bound',
      async () =>
        (await lab().client.get(resources.namespace, NAMESPACE)).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === NAMESPACE,
    );
    first = await launch('a', 'node1');
    expect(addressesOf(first)).toHaveLength(2);
    await answeredBy('a', first);
    expect(await disagreements(lab())).toBe('');

    await stop('a');
    process.kill(runningPid(lab(), (await leader(lab())).id), 'SIGKILL');
    const other = await readyPod(lab(), { name: 'other', namespace: NAMESPACE, node: 'node2' });
    for (const address of addressesOf(other)) expect(addressesOf(first)).not.toContain(address);
    expect(await disagreements(lab())).toBe('');

    const next = await launch('b', 'node3');
    expect([addressesOf(next), macOf(next)]).toEqual([addressesOf(first), macOf(first)]);
    await answeredBy('b', next);
    await runsOn('node3');
  }, 180_000);

  it('moved while it runs, it is where it runs; until it announces itself the other side is silent', async () => {
    const target = await launch('c', 'node2', true);
    expect([addressesOf(target), macOf(target)]).toEqual([addressesOf(first), macOf(first)]);
    expect((await options()).trim().split('\n').toSorted()).toEqual(['activation-strategy=rarp', 'requested-chassis=node3,node2']);
    expect(await boundOn()).toBe('node3 node2');
    await answeredBy('b', target);
    expect(await hears(target)).toBe(false);
    expect(await disagreements(lab())).toBe('');

    await eventually('announced, it speaks', async () => {
      await announce(target);
      return hears(target);
    });
    await runsOn('node2');
    await eventually('bound there alone', async () => (await boundOn()) === 'node2');
    expect(await options()).not.toContain('activation-strategy');
    await answeredBy('c', target);
    await remove(lab(), resources.pod, `${NAMESPACE}/virt-launcher-${MACHINE}-b`);
    await answeredBy('c', target);
    expect((await ips(lab())).find(({ metadata }) => metadata.name === PORT)?.spec.nodeName).toBe('node2');
    expect(await disagreements(lab())).toBe('');
  }, 120_000);

  it('moved without an announcement, as when the pod hides the machine, it speaks when KubeVirt says where it is', async () => {
    const target = await launch('d', 'node1', true);
    await runsOn('node1');
    await answeredBy('d', target);
    await remove(lab(), resources.pod, `${NAMESPACE}/virt-launcher-${MACHINE}-c`);
    await answeredBy('d', target);
    expect([addressesOf(target), macOf(target), await boundOn()]).toEqual([addressesOf(first), macOf(first), 'node1']);
  }, 90_000);

  it('a move that fails changes nothing', async () => {
    const target = await launch('e', 'node3', true);
    await eventually('on its way', async () => (await options()).includes('requested-chassis=node1,node3'));
    await remove(lab(), resources.pod, `${NAMESPACE}/virt-launcher-${MACHINE}-e`);
    await eventually('alone again', async () => (await boundOn()) === 'node1');
    await answeredBy('d', target);
    expect(await disagreements(lab())).toBe('');
  }, 90_000);

  it('deleted, it gives its addresses back; KubeVirt uninstalled, the controller goes on', async () => {
    await remove(lab(), resources.virtualMachine, KEY);
    await eventually('given back', async () => (await ips(lab())).every(({ metadata }) => metadata.name !== PORT));
    await kubectl(lab(), 'delete', '-f', KINDS, '--timeout=60s');
    const again = await readyPod(lab(), { name: 'again', namespace: NAMESPACE, node: 'node1' });
    expect(addressesOf(again)).toHaveLength(2);
    const { port } = await leader(lab());
    await eventually('ready', async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
    for (const name of ['other', 'again']) await remove(lab(), resources.pod, `${NAMESPACE}/${name}`);
    await remove(lab(), resources.namespace, NAMESPACE);
    await remove(lab(), resources.subnet, NAMESPACE);
  }, 120_000);
}
