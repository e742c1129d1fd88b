import { resources } from '@kube-ovn/api';
import { type Operation, rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contradictions } from './support/checker.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { eventually } from './support/wait.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject } from './support/objects.ts';

describe('repair', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    for (const name of ['a', 'b', 'c']) await cluster.kube.create(resources.pod, podObject(name));
    for (const name of ['a', 'b', 'c']) await allocated(cluster, `shop/${name}`);
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  /** Everything of ours in OVN, by what it says; UUIDs of rows that come back are others. */
  const content = (): string[] =>
    [tables.logicalSwitch, tables.logicalRouter, tables.portGroup]
      .flatMap((table) => [...rowsOf(cluster.northbound.replica, table)].map((row) => `${table.name} ${row.name}`))
      .concat(
        [...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].map(
          (row) =>
            `port ${row.name} ${row.type} ${[...row.addresses].join()} ${JSON.stringify([...row.options])} ${row.external_ids.get('vendor')}`,
        ),
      )
      .concat(
        [...rowsOf(cluster.northbound.replica, tables.logicalRouterPort)].map(
          (row) => `router port ${row.name} ${row.mac} ${[...row.networks].join()}`,
        ),
      )
      .concat(
        [...rowsOf(cluster.northbound.replica, tables.logicalRouterPolicy)].map(
          (row) => `policy ${row.priority} ${row.match} ${row.action} ${[...row.nexthops].join()}`,
        ),
      )
      .concat(
        [...rowsOf(cluster.northbound.replica, tables.logicalRouterStaticRoute)].map((row) => `route ${row.ip_prefix} ${row.nexthop}`),
      )
      .concat([...rowsOf(cluster.northbound.replica, tables.portGroup)].map((row) => `group ${row.name} of ${row.ports.length}`))
      .toSorted();

  it.each<[string, readonly Operation[]]>([
    [
      'a port deleted from its switch',
      [{ op: 'update', table: 'Logical_Switch', where: [['name', '==', 'ovn-default']], row: { ports: [] } }],
    ],
    [
      'a port with another address',
      [
        {
          op: 'update',
          table: 'Logical_Switch_Port',
          where: [['name', '==', 'a.shop']],
          row: { addresses: ['0a:00:00:00:00:01 10.16.9.9'] },
        },
      ],
    ],
    [
      'a port that lost our mark',
      [
        {
          op: 'update',
          table: 'Logical_Switch_Port',
          where: [['name', '==', 'b.shop']],
          row: { external_ids: new Map([['pod', 'shop/b']]) },
        },
      ],
    ],
    [
      'a policy with another next hop',
      [{ op: 'update', table: 'Logical_Router_Policy', where: [['priority', '==', 29_000]], row: { nexthops: ['100.64.9.9'] } }],
    ],
    [
      'all policies and routes gone',
      [{ op: 'update', table: 'Logical_Router', where: [['name', '==', 'ovn-cluster']], row: { policies: [], static_routes: [] } }],
    ],
    ['a port group emptied', [{ op: 'update', table: 'Port_Group', where: [], row: { ports: [] } }]],
    ['a switch deleted', [{ op: 'delete', table: 'Logical_Switch', where: [['name', '==', 'join']] }]],
    ['the router deleted', [{ op: 'delete', table: 'Logical_Router', where: [['name', '==', 'ovn-cluster']] }]],
  ])('%s is put back', async (_name, operations) => {
    await running.settled();
    const before = content();
    await cluster.northbound.transact(operations);
    expect(content()).not.toEqual(before);
    await eventually(() => JSON.stringify(content()) === JSON.stringify(before), 5000);
    expect(await contradictions(cluster)).toEqual([]);
  });

  it('rows of others are left alone', async () => {
    await cluster.northbound.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'foreign' } }]);
    await cluster.kube.create(resources.pod, podObject('d'));
    await allocated(cluster, 'shop/d');
    await running.settled();
    expect(content()).toContain('Logical_Switch foreign');
  });

  it('annotations that somebody changed are put right', async () => {
    const { ip_address } = await allocated(cluster, 'shop/a');
    await cluster.kube.patch(resources.pod, 'shop/a', {
      metadata: { annotations: { 'ovn.kubernetes.io/ip_address': '10.16.9.9', 'ovn.kubernetes.io/allocated': null } },
    });
    await eventually(
      async () => (await cluster.kube.get(resources.pod, 'shop/a')).metadata.annotations?.['ovn.kubernetes.io/ip_address'] === ip_address,
    );
    await running.settled();
    expect(await contradictions(cluster)).toEqual([]);
  });

  it('the database restarts: nothing is written again, and what was asked for meanwhile comes', async () => {
    await running.settled();
    const before = running.controller.leadership.northboundTotals.operations;
    await cluster.restartDatabase();
    await eventually(() => running.controller.northbound.isLive.peek());
    await running.settled();
    expect(running.controller.leadership.northboundTotals.operations).toBe(before);
    await cluster.kube.create(resources.pod, podObject('after'));
    await allocated(cluster, 'shop/after');
    await eventually(async () => (await contradictions(cluster)).length === 0);
  });
});
