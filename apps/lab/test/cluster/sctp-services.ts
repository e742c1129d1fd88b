import { join } from 'node:path';
import { resources, type Pod } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { eventsOf, eventually, isReady, kubectl, netnsOf, nodeOf, podsOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/sctp-services.yaml');
const CLIENT = join(import.meta.dirname, '../fixtures/sctp-client.ts');
const NAMESPACE = 'exchange';
const PORT = 3868;
const TIMES = 12;

interface Question {
  readonly port?: number;
  readonly times?: number;
  readonly what?: 'hostname' | 'clientip';
  readonly patienceMs?: number;
}

/** docs/features/services.md, "SCTP", with associations by raw sockets: kernels without SCTP are no obstacle to its packets. */
export function sctpServices(lab: LabRef): void {
  let clients: readonly Pod[] = [];
  const nodes = (): readonly { readonly name: string; readonly netns: string; readonly addresses: readonly string[] }[] =>
    ['node1', 'node2', 'node3'].map((name) => {
      const { namespace, underlayAddress, underlayAddress6 } = nodeOf(lab(), name);
      return { name, netns: `/run/netns/${namespace}`, addresses: [underlayAddress, underlayAddress6] };
    });
  const outside = (): string => `/run/netns/${lab().layout.outside.namespace}`;
  const addressesOf = async (name: string): Promise<readonly string[]> =>
    (await lab().client.get(resources.service, `${NAMESPACE}/${name}`)).spec?.clusterIPs ?? [];
  const names = async (): Promise<readonly string[]> =>
    (await podsOf(lab(), NAMESPACE))
      .filter((pod) => pod.metadata.labels?.['app'] === 'registrar' && isReady(pod))
      .map(({ metadata }) => metadata.name)
      .toSorted();

  /** Who answered from inside a network namespace, or what did not come. A wrong checksum, sender or tag is an error. */
  const answers = async (
    netns: string,
    address: string,
    { port = PORT, times = TIMES, what = 'hostname', patienceMs = 3_000 }: Question = {},
  ): Promise<readonly string[]> => {
    const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
    const argv = [...node, CLIENT, address, String(port), String(times), String(patienceMs), what];
    const { stdout, stderr } = await runTool(['nsenter', `--net=${netns}`, '--', ...argv], { timeoutMs: 60_000 });
    if (stderr !== '') throw new Error(stderr);
    return Object.keys(JSON.parse(stdout) as Record<string, number>).toSorted();
  };
  const inPod = (pod: Pod): string => netnsOf(lab(), pod);

  it('pods of every node are answered in both families, each by one of the pods: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const found = await eventually('two pods', async () => ((await names()).length === 2 ? names() : undefined));
    clients = await Promise.all(nodes().map(({ name }) => readyPod(lab(), { name: `client-${name}`, namespace: NAMESPACE, node: name })));
    for (const address of await addressesOf('registrar'))
      for (const client of clients) {
        const answered = await answers(inPod(client), address);
        expect(answered).toHaveLength(1);
        expect(found).toContain(answered[0]);
      }
    expect(await eventsOf(lab(), 'Service', 'registrar')).toEqual([]);
  }, 120_000);

  it('nodes and the outside are answered by all pods, at the address of the service and at those of nodes', async () => {
    const found = await names();
    for (const address of await addressesOf('registrar'))
      for (const { netns } of nodes()) expect(await answers(netns, address)).toEqual(found);
    for (const { addresses } of nodes())
      for (const address of addresses) expect(await answers(outside(), address, { port: 30_868 })).toEqual(found);
  }, 120_000);

  it('a port that is not the pods’ own is answered by nodes; pods are not before the ports are equal, and an event says so', async () => {
    const found = await names();
    const ports = [{ name: 'diameter', protocol: 'SCTP' as const, port: 3869, targetPort: 'diameter', nodePort: 30_869 }];
    await lab().client.create(resources.service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'moved', namespace: NAMESPACE },
      spec: { type: 'NodePort', ipFamilyPolicy: 'PreferDualStack', selector: { app: 'registrar' }, ports },
    });
    const [v4 = ''] = await addressesOf('moved');
    const event = async (): Promise<string | undefined> =>
      (await eventsOf(lab(), 'Service', 'moved')).find(({ reason }) => reason === 'SctpPortKept')?.message;
    expect(await eventually('told', event)).toMatch(/SCTP port 3869 leads to port 3868 .*node1, node2, node3 do not reach it/);
    for (const { netns, addresses } of nodes()) {
      expect(await answers(netns, v4, { port: 3869 })).toEqual(found);
      for (const address of addresses) expect(await answers(outside(), address, { port: 30_869 })).toEqual(found);
    }
    // Its own connections to the pods are none that Open vSwitch's conntrack could take this for.
    const stranger = await readyPod(lab(), { name: 'stranger', namespace: NAMESPACE, node: 'node1' });
    expect(await answers(inPod(stranger), v4, { port: 3869, times: 1, patienceMs: 1_000 })).toEqual(['no INIT ACK']);
    await lab().client.patch(resources.service, `${NAMESPACE}/moved`, { spec: { ports: [{ ...ports[0], port: PORT }] } });
    const again = await readyPod(lab(), { name: 'again', namespace: NAMESPACE, node: 'node1' });
    await eventually('answered', async () => found.includes((await answers(inPod(again), v4, { times: 1, patienceMs: 1_000 }))[0] ?? ''));
    expect(found).toEqual(expect.arrayContaining([...(await answers(inPod(again), v4))]));
    await remove(lab(), resources.namespace, NAMESPACE);
  }, 120_000);
}
