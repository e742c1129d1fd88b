import { join } from 'node:path';
import { resources, type Pod } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import type { NodeLayout } from '../../src/infra/layout.ts';
import { inNamespace, ipBatch, runTool } from '../../src/infra/tool.ts';
import type { PodObject } from '../../src/kubelet/pod/types.ts';
import { eventually, isReady, kubectl, netnsOf, nodeOf, podsOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/services.yaml');
const CLIENT = join(import.meta.dirname, '../fixtures/service-client.ts');
const NAMESPACE = 'market';
const EXTERNAL = ['198.51.100.7', '2001:db8:51::7'] as const;
const BALANCED = ['198.51.100.8', '2001:db8:51::8'] as const;
/** A machine under load takes its time; what shall not be answered is waited for no longer than needed. */
const PATIENCE_MS = 3_000;
const silence = { patienceMs: 700, times: 5 } as const;
const SILENT = 'no answer within 700 ms';

interface Question {
  readonly protocol?: 'http' | 'udp';
  readonly port?: number;
  readonly times?: number;
  readonly what?: 'hostname' | 'clientip';
  readonly patienceMs?: number;
}

/** docs/features/services.md, as nodes and the outside see it. No lab has a kube-proxy. */
export function nodeServices(lab: LabRef): void {
  let client: Pod;
  const outside = (): string => `/run/netns/${lab().layout.outside.namespace}`;
  const netns = (node: NodeLayout): string => `/run/netns/${node.namespace}`;
  const nodes = (): readonly NodeLayout[] => lab().layout.nodeList;
  const addressesOf = async (name: string): Promise<readonly string[]> =>
    (await lab().client.get(resources.service, `${NAMESPACE}/${name}`)).spec?.clusterIPs ?? [];
  const podsNamed = async (app: string): Promise<readonly PodObject[]> =>
    (await podsOf(lab(), NAMESPACE)).filter(
      (pod) => pod.metadata.labels?.['app'] === app && pod.metadata.deletionTimestamp === undefined && isReady(pod),
    );
  const names = async (app = 'stall'): Promise<readonly string[]> => (await podsNamed(app)).map(({ metadata }) => metadata.name).toSorted();
  const kiosk = async (): Promise<{ readonly name: string; readonly home: NodeLayout; readonly others: readonly NodeLayout[] }> => {
    const [pod] = await podsNamed('kiosk');
    const home = nodeOf(lab(), pod?.spec?.nodeName ?? '');
    return { name: pod?.metadata.name ?? '', home, others: nodes().filter((node) => node !== home) };
  };

  /** Who answered from inside a network namespace, or what went wrong. */
  const answers = async (
    from: string,
    address: string,
    { protocol = 'http', port = 80, times = 30, what = 'hostname', patienceMs = PATIENCE_MS }: Question = {},
  ): Promise<readonly string[]> => {
    const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
    const argv = [...node, CLIENT, protocol, address, String(port), String(times), '5', String(patienceMs), what];
    const { stdout } = await runTool(['nsenter', `--net=${from}`, '--', ...argv], { timeoutMs: 120_000 });
    return Object.keys(JSON.parse(stdout) as Record<string, number>).toSorted();
  };
  const once = async (...[from, address, question]: Parameters<typeof answers>): Promise<string> =>
    (await answers(from, address, { ...question, times: 1 })).join();
  /** What is asked at these addresses comes to that node. */
  const leadTo = async (node: NodeLayout, [v4, v6]: readonly [string, string]): Promise<void> => {
    const routes = [`route replace ${v4}/32 via ${node.underlayAddress}`, `route replace ${v6}/128 via ${node.underlayAddress6}`];
    await ipBatch(lab().layout.outside.namespace, routes);
  };

  it('a node reaches the cluster addresses of services, in both families and protocols: the manifest as it stands', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const found = await eventually('three pods', async () => ((await names()).length === 3 ? names() : undefined));
    await eventually('the kiosk', async () => (await names('kiosk')).length === 1);
    client = await readyPod(lab(), { name: 'client', namespace: NAMESPACE, node: 'node1' });
    for (const address of await addressesOf('stall'))
      for (const node of nodes()) {
        await eventually('all of them', async () => (await answers(netns(node), address)).join() === found.join());
        expect(await answers(netns(node), address, { protocol: 'udp', port: 53 })).toEqual(found);
      }
  }, 120_000);

  it('a service without endpoints refuses a node at once', async () => {
    for (const address of await addressesOf('closed'))
      for (const node of nodes()) expect(await answers(netns(node), address)).toEqual(['ECONNREFUSED']);
  }, 60_000);

  it('every node answers at its own addresses: the outside, other nodes, itself and pods, in both families and protocols', async () => {
    const found = await names();
    for (const node of nodes())
      for (const address of [node.underlayAddress, node.underlayAddress6])
        for (const from of [outside(), netns(nodeOf(lab(), 'node1')), netnsOf(lab(), client)]) {
          expect(await answers(from, address, { port: 30_080 })).toEqual(found);
          expect(await answers(from, address, { port: 30_053, protocol: 'udp' })).toEqual(found);
        }
  }, 180_000);

  it('external addresses are answered by the node that they are led to, by nodes to themselves, and to pods', async () => {
    const found = await names();
    await leadTo(nodeOf(lab(), 'node2'), EXTERNAL);
    for (const address of EXTERNAL)
      for (const from of [outside(), ...nodes().map(netns), netnsOf(lab(), client)]) expect(await answers(from, address)).toEqual(found);
  }, 120_000);

  it('addresses that a load balancer has given are answered too, and no longer once they are taken back', async () => {
    const { name, home } = await kiosk();
    const give = async (ingress: readonly { readonly ip: string }[]): Promise<void> => {
      const patch = JSON.stringify({ status: { loadBalancer: { ingress } } });
      await kubectl(lab(), 'patch', '-n', NAMESPACE, 'service/kiosk', '--subresource=status', '--type=merge', '-p', patch);
    };
    await leadTo(home, BALANCED);
    await give(BALANCED.map((ip) => ({ ip })));
    for (const address of BALANCED)
      for (const from of [outside(), ...nodes().map(netns), netnsOf(lab(), client)]) {
        await eventually('served', async () => (await once(from, address)) === name);
        expect(await answers(from, address)).toEqual([name]);
      }
    await give([]);
    await eventually('not answered any more', async () => (await once(outside(), BALANCED[0], silence)) !== name);
  }, 120_000);

  it('with the policy Local the outside keeps its address and is served by the node with the pod alone; the inside by all', async () => {
    const { name, home, others } = await kiosk();
    const question = { port: 30_081 };
    const hosts = [lab().layout.outside.host, `[${lab().layout.outside.host6}]`];
    for (const [index, address] of [home.underlayAddress, home.underlayAddress6].entries()) {
      expect(await answers(outside(), address, question)).toEqual([name]);
      expect(await once(outside(), address, { ...question, what: 'clientip' })).toContain(`${hosts[index]}:`);
    }
    for (const node of others) {
      expect(await answers(outside(), node.underlayAddress, { ...question, ...silence })).toEqual([SILENT]);
      expect(await answers(netns(node), node.underlayAddress, question)).toEqual([name]);
    }
    for (const address of await addressesOf('kiosk'))
      for (const node of nodes()) expect(await answers(netns(node), address)).toEqual([name]);
  }, 120_000);

  it('with the inner policy Local a node is served by its own pods or not at all', async () => {
    const { name, home, others } = await kiosk();
    const [address = ''] = await addressesOf('kiosk-here');
    expect(await answers(netns(home), address)).toEqual([name]);
    for (const node of others) expect(await answers(netns(node), address, silence)).toEqual([SILENT]);
  }, 60_000);

  it('a host port leads to the pod, from everywhere, and lets it see the client from outside', async () => {
    const { name, home, others } = await kiosk();
    const hosts = [lab().layout.outside.host, `[${lab().layout.outside.host6}]`];
    for (const [index, address] of [home.underlayAddress, home.underlayAddress6].entries()) {
      for (const from of [outside(), ...nodes().map(netns), netnsOf(lab(), client)])
        for (const protocol of ['http', 'udp'] as const) expect(await answers(from, address, { port: 8088, protocol })).toEqual([name]);
      expect(await once(outside(), address, { port: 8088, what: 'clientip' })).toContain(`${hosts[index]}:`);
    }
    expect(await once(outside(), others[0]?.underlayAddress ?? '', { port: 8088 })).toBe('ECONNREFUSED');
  }, 120_000);

  it('a sticky service serves each node from one backend', async () => {
    const found = await names();
    for (const address of await addressesOf('regular'))
      for (const node of nodes()) {
        const served = await answers(netns(node), address);
        expect(served).toHaveLength(1);
        expect(found).toContain(served[0]);
      }
  }, 60_000);

  it('a backend that goes is not asked any more, and the last one is followed by refusal', async () => {
    const [address = ''] = await addressesOf('stall');
    const node = nodeOf(lab(), 'node3');
    await kubectl(lab(), 'scale', '-n', NAMESPACE, 'deployment/stall', '--replicas=1');
    const [last = ''] = await eventually('one', async () => ((await names()).length === 1 ? names() : undefined));
    await eventually('only that', async () => (await answers(netns(node), address)).join() === last);
    await kubectl(lab(), 'scale', '-n', NAMESPACE, 'deployment/stall', '--replicas=0');
    await eventually('refused', async () => (await once(netns(node), address)) === 'ECONNREFUSED');
    expect(await once(outside(), node.underlayAddress, { port: 30_080 })).toBe('ECONNREFUSED');
  }, 90_000);

  it('a table that somebody broke is whole again, and without services nothing of them is left in it', async () => {
    const { namespace } = nodeOf(lab(), 'node1');
    const nft = async (...args: readonly string[]): Promise<string> => (await runTool(inNamespace(namespace, ['nft', ...args]))).stdout;
    const table = ['inet', 'kube-ovn-services'];
    await nft('flush', 'map', ...table, 'vips4');
    const [address = ''] = await addressesOf('kiosk');
    expect(await nft('list', 'map', ...table, 'vips4')).not.toContain(address);
    // a change to an element that is not there any more is refused, and shows it
    await kubectl(lab(), 'delete', '-n', NAMESPACE, 'service/kiosk-here');
    await eventually('whole again', async () => (await nft('list', 'map', ...table, 'vips4')).includes(address));
    await remove(lab(), resources.namespace, NAMESPACE);
    await eventually('nothing of it is left', async () => {
      const listing = await nft('list', 'table', ...table);
      return !listing.includes('30080') && !listing.includes(address);
    });
  }, 90_000);
}
