import { resources, type QoSPolicy } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

const KEY = 'ovn.kubernetes.io/dscp';

describe('marks of packets, and policies of bandwidth', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    await cluster.kube.create(resources.pod, podObject('web-0'));
    await allocated(cluster, 'shop/web-0');
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const marks = (): readonly string[] =>
    [...rowsOf(cluster.northbound.replica, tables.qos)].map(
      ({ direction, match, action }) => `${direction} ${match} ${action.get('dscp') ?? ''}`,
    );
  const becomes = (wanted: readonly string[]) => eventually(() => (JSON.stringify(marks()) === JSON.stringify(wanted) ? true : undefined));
  const mark = (value: string | null) => cluster.kube.patch(resources.pod, 'shop/web-0', { metadata: { annotations: { [KEY]: value } } });
  const row = (dscp: number): string => `from-lport inport == "web-0.shop" && ip ${dscp}`;

  it('come from the Subnet, the Namespace, and before them the pod, each as it is now', async () => {
    await cluster.kube.patch(resources.subnet, 'ovn-default', { metadata: { annotations: { [KEY]: '8' } } });
    await becomes([row(8)]);
    await cluster.kube.patch(resources.namespace, 'shop', { metadata: { annotations: { [KEY]: '10' } } });
    await becomes([row(10)]);
    await mark('46');
    await becomes([row(46)]);
    await mark('sixty');
    await becomes([row(10)]);
    const told = await eventually(async () => {
      const { items } = await cluster.kube.list(resources.event);
      return items.find(({ reason, involvedObject }) => reason === 'PodQoSFailed' && involvedObject?.name === 'web-0');
    });
    expect(told.message).toContain(`metadata.annotations[${KEY}] is "sixty"`);
    await cluster.kube.patch(resources.subnet, 'ovn-default', { metadata: { annotations: { [KEY]: null } } });
    await cluster.kube.patch(resources.namespace, 'shop', { metadata: { annotations: { [KEY]: null } } });
    await mark(null);
    await becomes([]);
  });

  it('a policy for gateways is refused in its status, one for pods is in force', async () => {
    const create = (name: string, bindingType: string) =>
      cluster.kube.create(resources.qosPolicy, { metadata: { name }, spec: { bindingType, shared: true } } as QoSPolicy);
    await create('gate', 'NATGW');
    await create('gold', 'POD');
    const ready = (name: string) =>
      eventually(async () => (await cluster.kube.get(resources.qosPolicy, name)).status?.conditions?.find(({ type }) => type === 'Ready'));
    expect(await ready('gate')).toMatchObject({ status: 'False', message: expect.stringContaining('spec.bindingType is "NATGW"') });
    expect(await ready('gold')).toMatchObject({ status: 'True' });
  });
});
