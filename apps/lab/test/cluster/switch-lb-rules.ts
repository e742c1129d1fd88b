import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { answerersOf, ask } from './ask-service.ts';
import { becomesReady, disagreements, eventually, kubectl, nbctl, netnsOf, nodeOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/switch-lb-rules.yaml');
const NAMESPACE = 'depot';
const VIPS = ['10.77.0.100', 'fd00:77::100'] as const;
const ALL = ['goods-1', 'goods-2'];
/** OVN asks every five seconds, and gives up or comes back after three answers. */
const PROBES_MS = 90_000;

/** The rules of docs/features/services.md, with packets. */
export function switchLbRules(lab: LabRef): void {
  const clients: string[] = [];
  const pods = new Map<string, Pod>();

  it('clients of the Subnet, of another one and nodes reach both pods at the address: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const name of ALL) pods.set(name, await becomesReady(lab(), { namespace: NAMESPACE, name }));
    for (const [name, namespace] of [
      ['near', NAMESPACE],
      ['far', 'default'],
    ] as const)
      clients.push(netnsOf(lab(), await readyPod(lab(), { name, namespace, node: 'node2' })));
    clients.push(`/run/netns/${nodeOf(lab(), 'node3').namespace}`);
    for (const client of clients)
      for (const address of VIPS) {
        await eventually('all answer', async () => (await answerersOf(client, address)).join() === ALL.join());
        expect(await answerersOf(client, address, { protocol: 'udp', port: 53 })).toEqual(ALL);
      }
    const rule = await lab().client.get(resources.switchLbRule, 'goods');
    expect(rule.status).toMatchObject({ ports: '80/TCP,53/UDP', service: `${NAMESPACE}/slr-goods` });
  }, 120_000);

  it('a rule with affinity serves each client from one pod', async () => {
    for (const client of clients)
      for (const address of VIPS) {
        const counts = await ask(client, address, { port: 8000 });
        const [served = ''] = Object.keys(counts);
        expect(ALL).toContain(served);
        expect({ client, address, counts }).toEqual({ client, address, counts: { [served]: 30 } });
      }
  }, 60_000);

  it('a pod that is deaf, though Kubernetes takes it for ready, is not asked any more, and is again when it hears', async () => {
    const deaf = async (...argv: readonly string[]): Promise<void> => {
      await runTool(['nsenter', `--net=${netnsOf(lab(), pods.get('goods-2') as Pod)}`, '--', 'nft', ...argv]);
    };
    await deaf('add table inet deaf; add chain inet deaf input { type filter hook input priority 0; tcp dport 8080 drop; }');
    const [client = ''] = clients;
    for (const address of VIPS)
      await eventually(
        `${address} is answered by the other one alone`,
        async () => (await answerersOf(client, address, { times: 10, patienceMs: 700 })).join() === 'goods-1',
        PROBES_MS,
      );
    expect(await ask(client, VIPS[0], { times: 20 })).toEqual({ 'goods-1': 20 });
    await deaf('delete table inet deaf');
    for (const address of VIPS)
      await eventually(`${address} is answered by both`, async () => (await answerersOf(client, address)).join() === ALL.join(), PROBES_MS);
  }, 240_000);

  it('a rule that would be its own backend is refused, and harms nothing', async () => {
    const patch = JSON.stringify({ spec: { endpoints: [VIPS[0]] } });
    await kubectl(lab(), 'patch', 'slr/goods-by-hand', '--type=merge', '-p', patch);
    const message = await eventually('refused', async () => {
      const { status } = await lab().client.get(resources.switchLbRule, 'goods-by-hand');
      return status?.conditions?.find((each) => each.status === 'False')?.message;
    });
    expect(message).toContain(`spec.endpoints[0] is "${VIPS[0]}": it is the rule’s own vip`);
    expect(await nbctl(lab(), '--bare', '--columns=name', 'list', 'Load_Balancer')).not.toContain('slr-goods-by-hand');
    // OVN adds up answers that did not come; a pod that has just come back may be left out once more
    for (const address of VIPS)
      await eventually(`${address} by both`, async () => (await answerersOf(clients[0] ?? '', address)).join() === ALL.join(), PROBES_MS);
  }, 240_000);

  it('without the rules nothing is left of them', async () => {
    for (const name of ['goods', 'goods-by-hand']) await remove(lab(), resources.switchLbRule, name);
    await eventually(
      'no load balancer',
      async () => !(await nbctl(lab(), '--bare', '--columns=name', 'list', 'Load_Balancer')).includes('slr-'),
    );
    await remove(lab(), resources.vip, 'depot-goods');
    await remove(lab(), resources.pod, 'default/far');
    await remove(lab(), resources.namespace, NAMESPACE);
    await remove(lab(), resources.subnet, NAMESPACE);
    expect(await disagreements(lab())).toBe('');
  }, 120_000);
}
