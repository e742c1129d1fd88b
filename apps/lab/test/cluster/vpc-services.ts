import { join } from 'node:path';
import { type Pod, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { answerersOf, type Question } from './ask-service.ts';
import { becomesReady, eventsOf, eventually, kubectl, type LabRef, nbctl, netnsOf, readyPod, remove } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/vpc-services.yaml');
const SIDES = ['uptown', 'downtown'] as const;
const NODES = ['node1', 'node2'] as const;
const PROTOCOLS: readonly Question[] = [{ times: 10 }, { times: 10, protocol: 'udp', port: 53 }];
const silence: Question = { times: 3, patienceMs: 700 };

/** docs/features/services.md, "Vpcs", with packets: services of Vpcs with the same addresses. */
export function vpcServices(lab: LabRef): void {
  const clients = new Map<string, Pod>();
  const netns = (name: string): string => {
    const client = clients.get(name);
    if (client === undefined) throw new Error(`no client ${name}`);
    return netnsOf(lab(), client);
  };
  const cafe = (side: string) => lab().client.get(resources.service, `${side}/cafe`);
  const addressesOf = async (side: string): Promise<readonly string[]> => (await cafe(side)).spec?.clusterIPs ?? [];

  beforeAll(async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const side of SIDES) {
      await becomesReady(lab(), { namespace: side, name: `cafe-of-${side}` });
      for (const node of NODES) clients.set(`${side}-${node}`, await readyPod(lab(), { name: `client-${node}`, namespace: side, node }));
    }
    clients.set('stranger', await readyPod(lab(), { name: 'stranger', namespace: 'default', node: 'node1' }));
  }, 120_000);
  afterAll(async () => {
    for (const { metadata } of clients.values()) await remove(lab(), resources.pod, `${metadata.namespace ?? ''}/${metadata.name}`);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
  }, 120_000);

  it('pods are answered in their own Vpc, from every node, in both families and protocols', async () => {
    const [v4 = '', v6 = ''] = await addressesOf('uptown');
    expect([v4, v6].map((address) => address.includes(':'))).toEqual([false, true]);
    for (const address of [v4, v6])
      for (const node of NODES) {
        await eventually(
          'served',
          async () => (await answerersOf(netns(`uptown-${node}`), address, { times: 1 })).join() === 'cafe-of-uptown',
        );
        for (const question of PROTOCOLS) expect(await answerersOf(netns(`uptown-${node}`), address, question)).toEqual(['cafe-of-uptown']);
      }
  }, 90_000);

  it('by the policies that hold everywhere: in the other Vpc by their own node or not at all', async () => {
    for (const address of await addressesOf('downtown')) {
      await eventually(
        'served',
        async () => (await answerersOf(netns('downtown-node2'), address, { times: 1 })).join() === 'cafe-of-downtown',
      );
      for (const question of PROTOCOLS) expect(await answerersOf(netns('downtown-node2'), address, question)).toEqual(['cafe-of-downtown']);
      expect(await answerersOf(netns('downtown-node1'), address, silence)).toEqual(['ECONNREFUSED']);
    }
  }, 60_000);

  it('neither another Vpc nor the default one is answered, and no node has them in its table', async () => {
    const cafes = /cafe-of/;
    for (const side of SIDES)
      for (const address of await addressesOf(side))
        for (const from of ['stranger', side === 'uptown' ? 'downtown-node2' : 'uptown-node1'])
          expect((await answerersOf(netns(from), address, silence)).join()).not.toMatch(cafes);
    const addresses = [...(await addressesOf('uptown')), ...(await addressesOf('downtown'))];
    for (const { namespace } of lab().layout.nodeList) {
      const { stdout } = await runTool(inNamespace(namespace, ['nft', 'list', 'table', 'inet', 'kube-ovn-services']));
      expect(addresses.filter((address) => stdout.includes(`${address} .`))).toEqual([]);
    }
  }, 90_000);

  it('the service says which Vpc it is in, and an event that nobody is at its node ports', async () => {
    for (const side of SIDES) expect((await cafe(side)).metadata.annotations).toMatchObject({ 'ovn.kubernetes.io/vpc': side });
    const told = await eventually('an event', async () =>
      (await eventsOf(lab(), 'Service', 'cafe')).find(
        ({ reason, involvedObject }) => reason === 'InsideVpc' && involvedObject?.namespace === 'downtown',
      ),
    );
    expect(told.message).toMatch(/Service downtown\/cafe: spec asks for node ports.* Vpc downtown, which no node reaches/);
    const groups = await nbctl(lab(), '--format=csv', '--no-headings', '--columns=name', 'list', 'Load_Balancer_Group');
    const ofTowns = groups.split('\n').filter((name) => name.endsWith('town'));
    expect(ofTowns.toSorted()).toEqual(['kube-ovn.services.downtown', 'kube-ovn.services.uptown']);
  }, 60_000);
}
