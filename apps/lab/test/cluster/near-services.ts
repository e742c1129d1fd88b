import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerersOf, type Question } from './ask-service.ts';
import { becomesReady, eventually, kubectl, type LabRef, nbctl, netnsOf, nodeOf, readyPod, remove, removeNamespaces } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/near-services.yaml');
const NAMESPACE = 'bakeries';
const ZONE = 'topology.kubernetes.io/zone';
const NODES = ['node1', 'node2', 'node3'] as const;
const PROTOCOLS: readonly Question[] = [{ times: 12 }, { times: 12, protocol: 'udp', port: 53 }];
const ALL = 'bakery-1,bakery-2';
/** As long as the others take to be wrong. */
const silence: Question = { times: 3, patienceMs: 700 };

/** docs/features/services.md, "Near by", with packets: who asks is served by its own node or zone. */
export function nearServices(lab: LabRef): void {
  const clients = new Map<string, Pod>();
  const addressesOf = async (name: string): Promise<readonly string[]> =>
    (await lab().client.get(resources.service, `${NAMESPACE}/${name}`)).spec?.clusterIPs ?? [];
  const zone = (node: string, name: string | null): Promise<unknown> =>
    lab().client.patch(resources.node, node, { metadata: { labels: { [ZONE]: name } } });
  const netns = (node: string): string => {
    const client = clients.get(node);
    if (client === undefined) throw new Error(`no client on ${node}`);
    return netnsOf(lab(), client);
  };
  const hostNetns = (node: string): string => `/run/netns/${nodeOf(lab(), node).namespace}`;
  /** Who answers pods of a node and the node itself, at all addresses and by both protocols, once one does; each set of answers once. */
  const served = async (service: string, node: string, awaited: string): Promise<readonly string[]> => {
    const found = new Set<string>();
    for (const address of await addressesOf(service)) {
      await eventually(`${service} from ${node}`, async () => (await answerersOf(netns(node), address)).join() === awaited);
      for (const from of [netns(node), hostNetns(node)])
        for (const question of PROTOCOLS) found.add((await answerersOf(from, address, question)).join());
    }
    return [...found];
  };

  beforeAll(async () => {
    for (const node of NODES) await zone(node, node === 'node1' ? 'east' : 'west');
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const name of ['bakery-1', 'bakery-2']) await becomesReady(lab(), { namespace: NAMESPACE, name });
    for (const node of NODES) clients.set(node, await readyPod(lab(), { name: `client-${node}`, namespace: NAMESPACE, node }));
  }, 120_000);
  afterAll(async () => {
    for (const node of NODES) await zone(node, null);
    await removeNamespaces(lab(), [NAMESPACE]);
  }, 60_000);

  it('with the inner policy Local a pod is served by its own node, itself too; without a backend there it is refused at once', async () => {
    const addresses = await addressesOf('here');
    expect(addresses.map((address) => address.includes(':'))).toEqual([false, true]);
    for (const address of addresses) {
      for (const [node, name] of [['node1', 'bakery-1'] as const, ['node2', 'bakery-2'] as const]) {
        await eventually('served', async () => (await answerersOf(netns(node), address, { times: 1 })).join() === name);
        for (const question of PROTOCOLS) expect(await answerersOf(netns(node), address, question)).toEqual([name]);
        const bakery = await lab().client.get(resources.pod, `${NAMESPACE}/${name}`);
        expect(await answerersOf(netnsOf(lab(), bakery), address)).toEqual([name]);
      }
      expect(await answerersOf(netns('node3'), address, silence)).toEqual(['ECONNREFUSED']);
    }
  }, 90_000);

  it('a backend that comes to a node serves it, and one that goes leaves refusal', async () => {
    const { spec, metadata } = await lab().client.get(resources.pod, `${NAMESPACE}/bakery-1`);
    const { labels = {} } = metadata;
    const containers = spec?.containers?.map(({ image, args }) => ({ name: 'main', image, args }));
    const third = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bakery-3', namespace: NAMESPACE, labels } };
    await lab().client.create(resources.pod, {
      ...third,
      spec: { nodeName: 'node3', terminationGracePeriodSeconds: 1, containers },
    } as unknown as Pod);
    await becomesReady(lab(), { namespace: NAMESPACE, name: 'bakery-3' });
    for (const address of await addressesOf('here')) {
      await eventually('served', async () => (await answerersOf(netns('node3'), address, { times: 1 })).join() === 'bakery-3');
      expect(await answerersOf(netns('node1'), address)).toEqual(['bakery-1']);
    }
    await remove(lab(), resources.pod, `${NAMESPACE}/bakery-3`);
    for (const address of await addressesOf('here'))
      await eventually('refused', async () => (await answerersOf(netns('node3'), address, { times: 1 })).join() === 'ECONNREFUSED');
  }, 90_000);

  it('pods and nodes are served by their zone', async () => {
    expect(await served('near', 'node1', 'bakery-1')).toEqual(['bakery-1']);
    expect(await served('near', 'node2', 'bakery-2')).toEqual(['bakery-2']);
    expect(await served('near', 'node3', 'bakery-2')).toEqual(['bakery-2']);
  }, 90_000);

  it('by their node before their zone', async () => {
    expect(await served('nearest', 'node1', 'bakery-1')).toEqual(['bakery-1']);
    expect(await served('nearest', 'node3', 'bakery-2')).toEqual(['bakery-2']);
  }, 60_000);

  it('and by all where their node is in no zone, or in one without backends', async () => {
    await zone('node3', null);
    expect(await served('near', 'node3', ALL)).toEqual([ALL]);
    await zone('node3', 'north');
    expect(await served('near', 'node3', ALL)).toEqual([ALL]);
    await zone('node3', 'east');
    expect(await served('near', 'node3', 'bakery-1')).toEqual(['bakery-1']);
  }, 90_000);

  it('each service has a template for each family and protocol, each node a row; nothing of them is left in the end', async () => {
    const list = (columns: string, table: string): Promise<string> =>
      nbctl(lab(), '--format=csv', '--no-headings', `--columns=${columns}`, 'list', table);
    const balancers = (await list('name', 'Load_Balancer')).split('\n').filter((name) => name.includes(NAMESPACE));
    expect(balancers).toHaveLength(3 * 2 * 2);
    expect((await list('chassis', 'Chassis_Template_Var')).trim().split('\n').toSorted()).toEqual([...NODES]);
    await removeNamespaces(lab(), [NAMESPACE]);
    await eventually('nothing is left', async () => {
      const left = `${await list('name', 'Load_Balancer')}${await list('variables', 'Chassis_Template_Var')}`;
      return !left.includes('svc.') && !left.includes(NAMESPACE);
    });
  }, 60_000);
}
