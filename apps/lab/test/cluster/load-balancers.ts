import { join } from 'node:path';
import { resources, type Service } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import type { NodeLayout } from '../../src/infra/layout.ts';
import { inNamespace, ipBatch, runTool } from '../../src/infra/tool.ts';
import { answerersOf } from './ask-service.ts';
import { becomesReady, disagreements, eventually, kubectl, netnsOf, nodeOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/load-balancers.yaml');
const NAMESPACE = 'harbour';
const V4 = '10.78.0.50';
const patience = { times: 5, patienceMs: 1000 } as const;
const SILENT = 'no answer within 1000 ms';

/** Services of type LoadBalancer of docs/features/services.md, with packets. */
export function loadBalancers(lab: LabRef): void {
  let home: NodeLayout;
  let addresses: readonly string[] = [];
  const outside = (): string => `/run/netns/${lab().layout.outside.namespace}`;
  const service = (): Promise<Service> => lab().client.get(resources.service, `${NAMESPACE}/ferry`);
  const leadTo = async (node: NodeLayout): Promise<void> => {
    const [v4 = '', v6 = ''] = addresses;
    const { namespace, host, host6 } = lab().layout.outside;
    await ipBatch(namespace, [
      `route replace ${v4}/32 via ${node.underlayAddress} src ${host}`,
      `route replace ${v6}/128 via ${node.underlayAddress6} src ${host6}`,
    ]);
  };
  const patch = async (spec: object): Promise<void> => {
    await kubectl(lab(), 'patch', '-n', NAMESPACE, 'service/ferry', '--type=merge', '-p', JSON.stringify({ spec }));
  };

  it('a service has addresses of its Subnet, at which clients from outside and inside reach it: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const pod = await becomesReady(lab(), { namespace: NAMESPACE, name: 'ferry' });
    home = nodeOf(lab(), pod.spec?.nodeName ?? '');
    addresses = await eventually('addresses', async () => {
      const given = ((await service()).status?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip);
      return given.length === 2 ? given : undefined;
    });
    expect(addresses[0]).toBe(V4);
    expect((await service()).spec?.ports?.[0]).not.toHaveProperty('nodePort');
    await leadTo(home);
    const inside = netnsOf(lab(), await readyPod(lab(), { name: 'crew', namespace: NAMESPACE, node: 'node1' }));
    for (const address of addresses)
      for (const from of [outside(), inside, ...lab().layout.nodeList.map((node) => `/run/netns/${node.namespace}`)]) {
        await eventually(`${from} is answered at ${address}`, async () => (await answerersOf(from, address, patience)).join() === 'ferry');
        expect(await answerersOf(from, address)).toEqual(['ferry']);
      }
  }, 120_000);

  it('clients outside of the source ranges are not answered', async () => {
    await patch({ loadBalancerSourceRanges: ['192.0.2.0/24', '2001:db8:192::/64'] });
    for (const address of addresses)
      await eventually('silence', async () => (await answerersOf(outside(), address, patience)).join() === SILENT);
    await patch({ loadBalancerSourceRanges: null });
    for (const address of addresses)
      await eventually('answered', async () => (await answerersOf(outside(), address, patience)).join() === 'ferry');
    expect(await answerersOf(outside(), V4)).toEqual(['ferry']);
  }, 120_000);

  it('every node tells whether it has a pod of the service', async () => {
    const port = (await service()).spec?.healthCheckNodePort ?? 0;
    const health = async (node: NodeLayout): Promise<string> =>
      (
        await runTool([
          ...inNamespace(lab().layout.outside.namespace, [process.execPath, '-e']),
          `fetch('http://${node.underlayAddress}:${port}/healthz').then(async (answer) => process.stdout.write(answer.status + ' ' + (await answer.text())))`,
        ])
      ).stdout.trim();
    for (const node of lab().layout.nodeList) {
      const count = node === home ? 1 : 0;
      const body = { service: { namespace: NAMESPACE, name: 'ferry' }, localEndpoints: count, serviceProxyHealthy: true };
      expect(await health(node)).toBe(`${count === 1 ? 200 : 503} ${JSON.stringify(body)}`);
    }
  }, 60_000);

  it('without the service its addresses are free', async () => {
    await remove(lab(), resources.service, `${NAMESPACE}/ferry`);
    await eventually('no Vip', async () =>
      (await lab().client.list(resources.vip)).items.every(({ metadata }) => !metadata.name.startsWith('lb.')),
    );
    await remove(lab(), resources.namespace, NAMESPACE);
    await remove(lab(), resources.subnet, 'harbour-front');
    await ipBatch(
      lab().layout.outside.namespace,
      addresses.map((address) => `route delete ${address}/${address.includes(':') ? 128 : 32}`),
    );
    expect(await disagreements(lab())).toBe('');
  }, 90_000);
}
