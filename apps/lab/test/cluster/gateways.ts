import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { afterAll, expect, it } from 'vitest';
import { outsideAddresses } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { seenFrom } from './seen-from.ts';
import { eventsOf, eventually, kubectl, netnsOf, nodeOf, readyPod, remove, runningPid, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/gateways.yaml');
const NAMESPACE = 'office';
const NODES = ['node1', 'node2', 'node3'] as const;
const EGRESS = '10.254.0.77';

/** docs/features/gateways.md, with packets: as whom the outside sees pods. */
export function gateways(lab: LabRef): void {
  const clerks = new Map<string, Pod>();
  const clerk = (node: string): Pod => {
    const pod = clerks.get(node);
    if (pod === undefined) throw new Error(`no pod on ${node}`);
    return pod;
  };
  const seen = async (node: string, family: 4 | 6 = 4, times = 6): Promise<string> => {
    const [v4 = '', v6 = ''] = outsideAddresses(lab().layout);
    return Object.keys(await seenFrom(lab(), clerk(node), family === 4 ? v4 : v6, { times }))
      .toSorted()
      .join();
  };
  const addressOf = (node: string, family: 4 | 6 = 4): string => {
    const { underlayAddress, underlayAddress6 } = nodeOf(lab(), node);
    return family === 4 ? underlayAddress : underlayAddress6;
  };
  const patch = (spec: Readonly<Record<string, unknown>>): Promise<unknown> => lab().client.patch(resources.subnet, NAMESPACE, { spec });
  const activeIs = (nodes: string): Promise<unknown> =>
    eventually(`active: ${nodes}`, async () => (await lab().client.get(resources.subnet, NAMESPACE)).status?.activateGateway === nodes);
  const tunnelsAre = (node: string, status: string, message: string): Promise<unknown> =>
    eventually(`tunnels of ${node}: ${message}`, async () =>
      (await lab().client.get(resources.node, node)).status?.conditions?.some(
        (each) => each.type === 'TunnelUnavailable' && each.status === status && each.message === message,
      ),
    );
  const becomes = (node: string, whom: string): Promise<unknown> => eventually(`seen as ${whom}`, async () => (await seen(node)) === whom);

  afterAll(async () => {
    await lab().client.patch(resources.node, 'node1', { spec: { unschedulable: null } });
    for (const { metadata } of clerks.values()) await remove(lab(), resources.pod, `${NAMESPACE}/${metadata.name}`);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
  });

  it('pods of all nodes leave by the first gateway node, in both families: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const node of NODES) clerks.set(node, await readyPod(lab(), { name: `clerk-${node}`, namespace: NAMESPACE, node }));
    await becomes('node1', addressOf('node1'));
    for (const node of NODES) expect([await seen(node), await seen(node, 6)]).toEqual([addressOf('node1'), addressOf('node1', 6)]);
    await activeIs('node1');
  }, 90_000);

  it('a gateway node whose datapath stands still is left for the next one, and taken again when it goes on', async () => {
    const pid = runningPid(lab(), 'node1-vswitchd');
    process.kill(pid, 'SIGSTOP');
    try {
      await becomes('node3', addressOf('node2'));
      await activeIs('node2');
      await tunnelsAre('node3', 'True', `no answer through the tunnel to ${addressOf('node1')}`);
      expect(await seen('node2', 6)).toBe(addressOf('node2', 6));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await becomes('node3', addressOf('node1'));
    await activeIs('node1');
    await tunnelsAre('node3', 'False', 'the other end of every tunnel that is watched answers');
    const events = await eventsOf(lab(), 'Subnet', NAMESPACE);
    expect(events.filter(({ reason }) => reason === 'SubnetGatewayNodeChanged').map(({ message }) => message)).toContain(
      'traffic of Subnet office leaves the cluster by node2, no longer by node1',
    );
  }, 90_000);

  it('a cordoned gateway node hands over without losing a packet', async () => {
    const [v4 = ''] = outsideAddresses(lab().layout);
    const cordon = (isCordoned: boolean): Promise<unknown> =>
      lab().client.patch(resources.node, 'node1', { spec: { unschedulable: isCordoned ? true : null } });
    const told = new Set<string>();
    let isOver = false;
    const asking = (async () => {
      while (!isOver)
        for (const answer of Object.keys(await seenFrom(lab(), clerk('node3'), v4, { protocol: 'udp', times: 400, atOnce: 1 })))
          told.add(answer);
    })();
    await eventually('asked by node1', () => told.has(addressOf('node1')));
    await cordon(true);
    await eventually('asked by node2', () => told.has(addressOf('node2')));
    await cordon(false);
    await becomes('node2', addressOf('node1'));
    isOver = true;
    await asking;
    expect([...told].toSorted()).toEqual([addressOf('node1'), addressOf('node2')]);
  }, 90_000);

  it('with enableEcmp each takes its share', async () => {
    await patch({ enableEcmp: true });
    const both = [addressOf('node1'), addressOf('node2')].join();
    await eventually('seen as both', async () => (await seen('node3', 4, 40)) === both);
    expect(await seen('node1', 4, 100)).toBe(both);
    await activeIs('node1,node2');
    await patch({ enableEcmp: false });
    await eventually('seen as one', async () => (await seen('node3', 4, 40)) === addressOf('node1'));
  }, 90_000);

  it('an egress address in place of the node’s own', async () => {
    const { namespace } = nodeOf(lab(), 'node1');
    await runTool(inNamespace(namespace, ['ip', 'address', 'add', `${EGRESS}/32`, 'dev', 'br-phy']));
    await patch({ gatewayNode: `node1:${EGRESS},node2` });
    await becomes('node3', EGRESS);
    expect(await seen('node3', 6)).toBe(addressOf('node1', 6));
    await patch({ gatewayNode: 'node1,node2' });
    await becomes('node3', addressOf('node1'));
    await runTool(inNamespace(namespace, ['ip', 'address', 'del', `${EGRESS}/32`, 'dev', 'br-phy']));
  }, 90_000);

  it('nodes that are selected, and distributed again', async () => {
    await patch({ gatewayNode: '', gatewayNodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': 'node3' } }] });
    await becomes('node1', addressOf('node3'));
    expect(await seen('node2')).toBe(addressOf('node3'));
    await patch({ gatewayType: 'distributed', gatewayNodeSelectors: [] });
    await becomes('node1', addressOf('node1'));
    for (const node of NODES) expect(await seen(node)).toBe(addressOf(node));
  }, 90_000);

  it('without a gateway node nothing leaves, and the Subnet is told so; the inside goes on', async () => {
    await patch({ gatewayType: 'centralized', gatewayNode: 'nowhere' });
    const told = await eventually('an event', async () =>
      (await eventsOf(lab(), 'Subnet', NAMESPACE)).find(({ reason }) => reason === 'NoGatewayNode'),
    );
    expect(told.message).toContain('none of nowhere is a Node');
    const [v4 = ''] = outsideAddresses(lab().layout);
    await eventually(
      'nothing',
      async () => (await seen('node3', 4, 2)).includes('no answer') || (await seen('node3', 4, 2)).includes('TIMEDOUT'),
    );
    expect(Object.keys(await seenFrom(lab(), clerk('node1'), v4, { times: 2 })).join()).not.toContain('10.');
    const [inside = ''] = (clerk('node1').status?.podIPs ?? []).map(({ ip }) => ip);
    const ping = ['ping', '-q', '-c1', '-W2', inside];
    expect((await runTool(['nsenter', `--net=${netnsOf(lab(), clerk('node3'))}`, ...ping], { accept: [0, 1] })).code).toBe(0);
    await patch({ gatewayNode: 'node1,node2' });
    await becomes('node3', addressOf('node1'));
  }, 90_000);

  it('without natOutgoing the outside sees pods by their own addresses, by whatever node it answers', async () => {
    const { outside } = lab().layout;
    const [v4 = '', v6 = ''] = outsideAddresses(lab().layout);
    const route = (verb: 'add' | 'del'): Promise<unknown> =>
      Promise.all([
        runTool(inNamespace(outside.namespace, ['ip', 'route', verb, '10.95.0.0/24', 'via', addressOf('node3')])),
        runTool(inNamespace(outside.namespace, ['ip', '-6', 'route', verb, 'fd00:95::/112', 'via', addressOf('node3', 6)])),
      ]);
    await route('add');
    await patch({ natOutgoing: false });
    const own = (clerk('node2').status?.podIPs ?? []).map(({ ip }) => ip);
    await becomes('node2', own[0] ?? '');
    expect([Object.keys(await seenFrom(lab(), clerk('node2'), v4)), Object.keys(await seenFrom(lab(), clerk('node2'), v6))].flat()).toEqual(
      own,
    );
    await route('del');
  }, 90_000);
}
