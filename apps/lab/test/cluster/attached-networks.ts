import { basename, join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import type { SandboxRecord } from '../../src/kubelet/sandbox.ts';
import { PLUGIN } from '../../src/lab/programs.ts';
import { restartControllers } from './restart.ts';
import {
  kubectl,
  sandboxOf as podSandbox,
  becomesReady,
  disagreements,
  eventually,
  ips,
  metric,
  nbctl,
  nodeOf,
  northboundDump,
  readyPod,
  remove,
  run,
  runningPid,
  vsctl,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/attached-networks.yaml');
const NAMESPACE = 'trunk';
const PEER = '10.95.0.20';
/** An address that neither interface has been given. */
const FORGED = '10.95.0.99';

/** docs/features/multiple-interfaces.md: what each interface of a pod has to itself, with packets. */
export function attachedNetworks(lab: LabRef): void {
  const sandboxOf = (name: string): SandboxRecord => podSandbox(lab(), { namespace: NAMESPACE, name });
  const inside = (name: string, ...argv: readonly string[]) =>
    runTool(['nsenter', `--net=${sandboxOf(name).netns}`, ...argv], { accept: [0, 1, 2] });
  const answers = async (address: string, ...from: readonly string[]): Promise<boolean> =>
    (await inside('edge', 'ping', '-q', '-c1', '-W1', ...from, address)).code === 0;
  /** Names of the interfaces of this network on node1, with the identity of their rows. */
  const plugged = async (): Promise<readonly string[]> => {
    const argv = [
      '--format=csv',
      '--no-headings',
      '--columns=_uuid,name,ofport',
      'find',
      'Interface',
      `external_ids:pod_namespace=${NAMESPACE}`,
    ];
    const found = await vsctl(nodeOf(lab(), 'node1'), ...argv);
    return found
      .split('\n')
      .filter((line) => line !== '')
      .toSorted();
  };
  const leases = async (): Promise<readonly string[]> =>
    (await ips(lab()))
      .filter(({ spec }) => spec.namespace === NAMESPACE)
      .map(({ metadata, spec }) => `${metadata.name} ${spec.ipAddress ?? ''} ${spec.macAddress ?? ''}`)
      .toSorted();

  it('one network twice, each with an address and a MAC of its own, and in place of the cluster’s network: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const name of ['edge', 'peer']) await becomesReady(lab(), { namespace: NAMESPACE, name });
    const { stdout } = await inside('edge', 'ip', '-o', 'addr');
    expect(stdout).toMatch(/net1 +inet 10\.95\.0\.11\/24[\s\S]*net2 +inet 10\.95\.0\.12\/24/);
    for (const last of ['1', '2'])
      expect((await inside('edge', 'ip', 'link', 'show', `net${last}`)).stdout).toContain(`02:00:00:00:95:1${last}`);
    expect((await inside('peer', 'ip', '-o', '-4', 'addr', 'show', 'eth0')).stdout).toContain(`inet ${PEER}/24`);
    expect((await inside('peer', 'ip', '-o', 'link')).stdout).not.toContain('net1');
    for (const device of ['net1', 'net2']) await eventually(`the peer answers on ${device}`, () => answers(PEER, '-I', device));
    expect(await disagreements(lab())).toBe('');
  }, 120_000);

  it('the default route is on the interface that asks for it, and packets to other Subnets go there', async () => {
    expect((await inside('edge', 'ip', '-4', 'route', 'show', 'default')).stdout.trim()).toMatch(
      /^default via 10\.95\.0\.1 dev net1\b[^\n]*$/,
    );
    const { status } = await becomesReady(lab(), { namespace: 'trunk-far', name: 'far' });
    const far = status?.podIP ?? '';
    expect((await inside('edge', 'ip', 'route', 'get', far)).stdout).toMatch(/via 10\.95\.0\.1 dev net1 src 10\.95\.0\.11/);
    await eventually('a pod of another Subnet answers', () => answers(far));
  }, 60_000);

  it('port security holds on the interface that has it, and there alone', async () => {
    expect(await nbctl(lab(), 'lsp-get-port-security', 'edge.trunk.side.trunk.ovn.net2')).toContain('02:00:00:00:95:12');
    expect((await nbctl(lab(), 'lsp-get-port-security', 'edge.trunk.side.trunk.ovn.net1')).trim()).toBe('');
    await inside('edge', 'ip', 'address', 'add', `${FORGED}/32`, 'dev', 'lo');
    await inside('peer', 'nft', `table ip seen { chain in { type filter hook input priority 0; ip saddr ${FORGED} counter; }; }`);
    // The second is sent first: what passed it would have been counted before what the first sends.
    for (const device of ['net2', 'net1']) await inside('edge', 'ping', '-q', '-c2', '-i0.2', '-W1', '-I', device, '-I', FORGED, PEER);
    await eventually('those of net1 are counted', async () =>
      (await inside('peer', 'nft', 'list', 'table', 'ip', 'seen')).stdout.includes('counter packets 2 '),
    );
    expect(await answers(PEER, '-I', 'net2')).toBe(true);
    await inside('edge', 'ip', 'address', 'delete', `${FORGED}/32`, 'dev', 'lo');
    await inside('peer', 'nft', 'delete', 'table', 'ip', 'seen');
  }, 60_000);

  it('controllers and the daemon restarted: no OVN operation, and every interface as it was', async () => {
    expect(await disagreements(lab())).toBe('');
    const before = { northbound: await northboundDump(lab()), leases: await leases(), plugged: await plugged() };
    expect([before.leases.length, before.plugged.length]).toEqual([4, 3]);
    const leading = await restartControllers(lab());
    expect(await metric(leading, 'ovn_operations_total')).toBe(0);
    const pid = runningPid(lab(), 'node1-daemon');
    process.kill(pid, 'SIGKILL');
    await eventually('the daemon runs again', () => ![undefined, pid].includes(lab().supervisor.pid('node1-daemon')));
    await readyPod(lab(), { name: 'after', namespace: 'trunk-far', node: 'node1' }); // it serves again
    await remove(lab(), resources.pod, 'trunk-far/after');
    expect(await leases()).toEqual(before.leases);
    expect(await plugged()).toEqual(before.plugged);
    expect(await northboundDump(lab())).toBe(before.northbound);
    for (const device of ['net1', 'net2']) expect(await answers(PEER, '-I', device)).toBe(true);
  }, 120_000);

  it('DEL of one interface, twice, takes that one alone', async () => {
    const { id, netns = '', uid } = sandboxOf('edge');
    const node = nodeOf(lab(), 'node1');
    const del = () =>
      run(inNamespace(node.namespace, [PLUGIN]), {
        input: JSON.stringify({
          cniVersion: '1.0.0',
          name: 'side',
          type: 'kube-ovn',
          server_socket: node.daemonSocket,
          provider: 'side.trunk.ovn',
        }),
        env: {
          CNI_COMMAND: 'DEL',
          CNI_CONTAINERID: id,
          CNI_NETNS: netns,
          CNI_IFNAME: 'net2',
          CNI_PATH: '/nowhere',
          CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${NAMESPACE};K8S_POD_NAME=edge;K8S_POD_UID=${uid}`,
        },
      });
    expect(await del()).toMatchObject({ code: 0, stdout: '' });
    expect(await del()).toMatchObject({ code: 0, stdout: '' });
    expect((await inside('edge', 'ip', '-o', 'link')).stdout).not.toContain('net2');
    expect(await plugged()).toHaveLength(2);
    expect(await answers(PEER, '-I', 'net1')).toBe(true);
  }, 90_000);

  it('a pod whose DEL never comes is cleaned up on every interface, and its addresses serve again', async () => {
    const annotations = {
      'k8s.v1.cni.cncf.io/networks': '[{"name": "side", "interface": "net1"}, {"name": "side", "interface": "net2"}]',
      'side.trunk.ovn.net1.kubernetes.io/ip_address': '10.95.0.31',
      'side.trunk.ovn.net2.kubernetes.io/ip_address': '10.95.0.32',
    };
    await remove(lab(), resources.pod, `${NAMESPACE}/edge`);
    await readyPod(lab(), { name: 'lost', namespace: NAMESPACE, node: 'node1', annotations });
    expect([(await plugged()).length, (await leases()).length]).toEqual([3, 4]);
    const { netns = '' } = sandboxOf('lost');
    const kubelet = runningPid(lab(), 'node1-kubelet');
    process.kill(kubelet, 'SIGSTOP');
    try {
      for (const pid of (await runTool(['ip', 'netns', 'pids', basename(netns)])).stdout.split('\n').filter((line) => line !== ''))
        process.kill(Number(pid), 'SIGKILL');
      await runTool(['ip', 'netns', 'delete', basename(netns)]);
      const argv = ['kubectl', `--kubeconfig=${lab().kubeconfig}`, 'delete', 'pod', '-n', NAMESPACE, 'lost', '--force', '--grace-period=0'];
      await runTool(argv);
      await eventually('its rows are gone', async () => (await plugged()).length === 0, 60_000);
      await eventually('its addresses are free', async () => (await leases()).length === 1);
    } finally {
      process.kill(kubelet, 'SIGCONT');
    }
    expect(await disagreements(lab())).toBe('');
    await readyPod(lab(), { name: 'edge', namespace: NAMESPACE, node: 'node1', annotations });
    for (const device of ['net1', 'net2']) await eventually(`the peer answers on ${device}`, () => answers(PEER, '-I', device));
  }, 120_000);

  it('with the pods everything goes', async () => {
    for (const key of ['trunk/edge', 'trunk/peer', 'trunk-far/far']) await remove(lab(), resources.pod, key);
    await eventually('no IP object is left', async () => (await leases()).length === 0);
    expect(await plugged()).toEqual([]);
    for (const name of ['trunk', 'trunk-far']) await remove(lab(), resources.namespace, name);
    for (const name of ['side', 'trunk-far']) await remove(lab(), resources.subnet, name);
  }, 90_000);
}
