import { join } from 'node:path';
import { type EndpointSlice, type Pod, resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import type { PodObject } from '../../src/kubelet/pod/types.ts';
import { eventually, isReady, kubectl, nbctl, netnsOf, podsOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/services.yaml');
const CLIENT = join(import.meta.dirname, '../fixtures/service-client.ts');
const NAMESPACE = 'market';

/** docs/features/services.md, with packets. */
export function services(lab: LabRef): void {
  const clients = new Map<string, Pod>();
  const addressesOf = async (name: string): Promise<readonly string[]> =>
    (await lab().client.get(resources.service, `${NAMESPACE}/${name}`)).spec?.clusterIPs ?? [];
  const stalls = async (): Promise<readonly PodObject[]> =>
    (await podsOf(lab(), NAMESPACE)).filter(
      (pod) => pod.metadata.labels?.['app'] === 'stall' && pod.metadata.deletionTimestamp === undefined && isReady(pod),
    );
  const names = async (): Promise<readonly string[]> => (await stalls()).map(({ metadata }) => metadata.name).toSorted();

  interface Question {
    readonly protocol?: 'http' | 'udp';
    readonly port?: number;
    readonly times?: number;
  }
  /** Who answered a pod, or what went wrong, and how often. */
  const asked = async (
    from: Pod | PodObject | undefined,
    address: string,
    { protocol = 'http', port = 80, times = 30 }: Question = {},
  ): Promise<Readonly<Record<string, number>>> => {
    if (from === undefined) throw new Error('no client');
    const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
    const argv = [...node, CLIENT, protocol, address, String(port), String(times), '5', '2000'];
    const { stdout } = await runTool(['nsenter', `--net=${netnsOf(lab(), from)}`, '--', ...argv], { timeoutMs: 120_000 });
    return JSON.parse(stdout) as Record<string, number>;
  };
  const answerers = async (...question: Parameters<typeof asked>): Promise<readonly string[]> =>
    Object.keys(await asked(...question)).toSorted();

  it('all backends answer pods of every node, in both families and protocols: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const found = await eventually('three pods', async () => ((await names()).length === 3 ? names() : undefined));
    for (const node of ['node1', 'node2', 'node3'])
      clients.set(node, await readyPod(lab(), { name: `client-${node}`, namespace: NAMESPACE, node }));
    const [v4 = '', v6 = ''] = await addressesOf('stall');
    expect([v4, v6].map((address) => address.includes(':'))).toEqual([false, true]);
    await eventually('all of them', async () => (await answerers(clients.get('node1'), v4)).join(',') === found.join(','));
    for (const client of clients.values())
      for (const address of [v4, v6]) {
        expect(await answerers(client, address)).toEqual(found);
        expect(await answerers(client, address, { protocol: 'udp', port: 53 })).toEqual(found);
      }
  }, 120_000);

  it('a pod reaches itself by its own service', async () => {
    const found = await names();
    for (const address of await addressesOf('stall')) expect(await answerers((await stalls())[0], address)).toEqual(found);
  }, 60_000);

  it('a service without endpoints refuses at once', async () => {
    for (const address of await addressesOf('closed')) {
      await eventually('refused', async () => (await answerers(clients.get('node2'), address, { times: 1 })).join('') === 'ECONNREFUSED');
      expect(await asked(clients.get('node2'), address, { times: 20 })).toEqual({ ECONNREFUSED: 20 });
    }
  }, 60_000);

  it('a sticky service serves each client from one backend, and not all from the same', async () => {
    const [v4 = '', v6 = ''] = await addressesOf('regular');
    const [found, more] = [await names(), ['a', 'b', 'c', 'd', 'e', 'f']];
    const pods = await Promise.all(more.map((name) => readyPod(lab(), { name: `regular-${name}`, namespace: NAMESPACE })));
    const served = new Set<string>();
    for (const client of [...clients.values(), ...pods])
      for (const address of [v4, v6]) {
        const counts = await asked(client, address);
        expect(Object.values(counts)).toEqual([30]);
        for (const name of Object.keys(counts)) served.add(name);
      }
    expect(found).toEqual(expect.arrayContaining([...served]));
    expect(served.size).toBeGreaterThan(1);
    for (const name of more) await remove(lab(), resources.pod, `${NAMESPACE}/regular-${name}`);
  }, 120_000);

  it('endpoints that somebody wrote by hand are served, and no longer once they are taken out', async () => {
    const [first] = await stalls();
    const [address = ''] = await addressesOf('by-hand');
    const slice: EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'by-hand-1', namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': 'by-hand' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [first?.status?.podIP ?? ''] }],
      ports: [{ name: 'web', protocol: 'TCP', port: 8080 }],
    };
    await lab().client.create(resources.endpointSlice, slice);
    const answers = async (): Promise<string> => (await answerers(clients.get('node3'), address, { port: 8000, times: 1 })).join('');
    await eventually('served', async () => (await answers()) === first?.metadata.name);
    expect(await asked(clients.get('node1'), address, { port: 8000, times: 5 })).toEqual({ [first?.metadata.name ?? '']: 5 });
    await lab().client.delete(resources.endpointSlice, `${NAMESPACE}/by-hand-1`);
    await eventually('refused', async () => (await answers()) === 'ECONNREFUSED');
  }, 60_000);

  it('backends that come are asked once they are ready, and no connection is lost to them before', async () => {
    const [v4 = ''] = await addressesOf('stall');
    await kubectl(lab(), 'scale', '-n', NAMESPACE, 'deployment/stall', '--replicas=5');
    const told: Record<string, number> = {};
    await eventually('all five have answered', async () => {
      for (const [name, times] of Object.entries(await asked(clients.get('node1'), v4, { times: 100 })))
        told[name] = (told[name] ?? 0) + times;
      return (await names()).every((name) => name in told) && Object.keys(told).length >= 5;
    });
    expect(Object.keys(told).filter((name) => !name.startsWith('stall-'))).toEqual([]);
    expect(Object.keys(told)).toHaveLength(5);
  }, 120_000);

  it('without the service its address is nobody’s; without anything nothing is left', async () => {
    const [v4 = ''] = await addressesOf('closed');
    await remove(lab(), resources.service, `${NAMESPACE}/closed`);
    await eventually(
      'not refused any more',
      async () => (await answerers(clients.get('node1'), v4, { times: 1 })).join('') !== 'ECONNREFUSED',
    );
    await remove(lab(), resources.namespace, NAMESPACE);
    await eventually('the pods are gone', async () => (await podsOf(lab(), NAMESPACE)).length === 0);
    const balancers = async (): Promise<string> => nbctl(lab(), '--format=csv', '--no-headings', '--columns=name', 'list', 'Load_Balancer');
    expect(
      await eventually('its load balancers are gone', async () => ((await balancers()).includes(NAMESPACE) ? undefined : balancers())),
    ).not.toBe('');
  }, 90_000);
}
