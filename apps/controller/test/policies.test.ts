/** Network policies from the API to OVN Northbound: what goes together, what it costs, and what a restart does. */
import { type NetworkPolicy, type Pod, resources } from '@kube-ovn/api';
import { type RowChange, rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

const PODS = 50;

function policy(name: string, spec: NonNullable<NetworkPolicy['spec']>): NetworkPolicy {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'shop' }, spec };
}

function labelled(name: string, app: string): Pod {
  const pod = podObject(name);
  return { ...pod, metadata: { ...pod.metadata, labels: { app } } };
}

describe('network policies', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    for (let i = 0; i < PODS; i++) await cluster.kube.create(resources.pod, labelled(`web-${i}`, 'web'));
    for (let i = 0; i < PODS; i++) await allocated(cluster, `shop/web-${i}`);
    await running.settled();
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  /** Of policies: the rule by which a switch tracks connections is nobody's. */
  const aclNames = (): string[] =>
    [...rowsOf(cluster.northbound.replica, tables.acl)].flatMap(({ name, match }) => (match === '0' ? [] : (name ?? ''))).toSorted();
  const transactions = (): number => running.controller.leadership.northboundTotals.transactions;
  /** The group, as names of ports. */
  const membersOf = (group: string): string[] => {
    const ports = new Map([...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].map((row) => [row._uuid, row.name]));
    const [found] = [...rowsOf(cluster.northbound.replica, tables.portGroup)].filter(({ name }) => name === group);
    return (found?.ports ?? []).map((port) => ports.get(port) ?? '').toSorted();
  };

  it(`a policy that selects ${PODS} pods, its change and its end are one transaction each`, async () => {
    let before = transactions();
    await cluster.kube.create(resources.networkPolicy, policy('web', { podSelector: { matchLabels: { app: 'web' } }, ingress: [] }));
    await eventually(() => membersOf('isolated.ingress').length === PODS);
    await running.settled();
    expect(transactions() - before).toBe(1);

    before = transactions();
    const ingress = [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }], ports: [{ port: 80 }, { protocol: 'UDP', port: 53 }] }];
    await cluster.kube.patch(resources.networkPolicy, 'shop/web', { spec: { ingress } });
    await eventually(() => aclNames().includes('np/shop/web/ingress/0'));
    await running.settled();
    expect(transactions() - before).toBe(1);
    expect(aclNames().filter((name) => name.startsWith('np/'))).toHaveLength(1);

    before = transactions();
    await cluster.kube.delete(resources.networkPolicy, 'shop/web');
    await eventually(() => aclNames().length === 0);
    await running.settled();
    expect(transactions() - before).toBe(1);
    expect([...rowsOf(cluster.northbound.replica, tables.portGroup)].map(({ name }) => name)).toEqual(['distributed.gateway.node1']);
  });

  it('a new pod has its port and its place in the groups in the same change, so that it is never open', async () => {
    await cluster.kube.create(resources.networkPolicy, policy('closed', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }));
    await eventually(() => membersOf('isolated.egress').length === PODS);
    const seen: (readonly string[])[] = [];
    const stop = cluster.northbound.replica.onChange((changes: readonly RowChange[]) => {
      if (
        !changes.some(
          ({ table, before, after }) => table === 'Logical_Switch_Port' && before === undefined && after?.['name'] === 'late.shop',
        )
      )
        return;
      seen.push(['isolated.ingress', 'isolated.egress'].filter((group) => membersOf(group).includes('late.shop')));
    });
    await cluster.kube.create(resources.pod, labelled('late', 'late'));
    await allocated(cluster, 'shop/late');
    stop();
    expect(seen).toEqual([['isolated.ingress', 'isolated.egress']]);
    await cluster.kube.delete(resources.pod, 'shop/late', { gracePeriodSeconds: 0 });
    await eventually(() => !membersOf('isolated.ingress').includes('late.shop') && membersOf('isolated.ingress').length === PODS);
  });

  it('a label of one pod moves that pod alone, in one transaction', async () => {
    await cluster.kube.create(resources.networkPolicy, policy('vip', { podSelector: { matchLabels: { app: 'vip' } }, ingress: [{}] }));
    await eventually(() => aclNames().includes('np/shop/vip/ingress/0'));
    await running.settled();
    const [group = ''] = [...rowsOf(cluster.northbound.replica, tables.portGroup)]
      .filter(({ external_ids: ids }) => ids.get('selects') === 'shop/app=vip')
      .map(({ name }) => name);
    expect(membersOf(group)).toEqual([]);
    const before = transactions();
    await cluster.kube.patch(resources.pod, 'shop/web-7', { metadata: { labels: { app: 'vip' } } });
    await eventually(() => membersOf(group).length === 1);
    await running.settled();
    expect(membersOf(group)).toEqual(['web-7.shop']);
    expect(transactions() - before).toBe(1);
  });

  it('a bad policy is told on it, and closes what it selects', async () => {
    const bad = policy('bad', { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ ports: [{ port: 99_999 }] }] });
    await cluster.kube.create(resources.networkPolicy, bad);
    const message = await eventMessage(cluster, 'bad', 'ValidatePolicyFailed');
    for (const word of ['NetworkPolicy shop/bad', 'spec.ingress[0].ports[0]', '99999']) expect(message).toContain(word);
    expect(aclNames().filter((name) => name.startsWith('np/shop/bad/'))).toEqual([]);
    await cluster.kube.delete(resources.networkPolicy, 'shop/bad');
  });

  it('a restart with policies in force sends nothing, and what changed meanwhile is made good', async () => {
    await running.settled();
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect(running.controller.leadership.northboundTotals.operations).toBe(0);
    expect(running.writes).toEqual([]);

    await running.stop();
    await cluster.kube.delete(resources.networkPolicy, 'shop/vip');
    await cluster.kube.patch(resources.pod, 'shop/web-7', { metadata: { labels: { app: 'web' } } });
    running = await startController(cluster);
    await eventually(() => !aclNames().includes('np/shop/vip/ingress/0'));
    await running.settled();
    expect(membersOf('isolated.ingress')).toHaveLength(PODS);
  }, 30_000);
});
