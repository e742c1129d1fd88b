import { resources, type Service } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { createNode, eventMessage, namespaceObject, nodeObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

const ASKS = 'ovn.kubernetes.io/service_external_ip_from_subnet';

describe('services of type LoadBalancer', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await cluster.kube.create(resources.subnet, subnetObject('outside', { cidrBlock: '10.60.0.0/29' }));
    await cluster.kube.create(resources.subnet, subnetObject('other', { cidrBlock: '10.61.0.0/24' }));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const create = (name: string, subnet: string | undefined, spec: Service['spec'] = {}): Promise<Service> =>
    cluster.kube.create(resources.service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'shop', ...(subnet !== undefined && { annotations: { [ASKS]: subnet } }) },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
    });
  const ingress = async (name: string): Promise<string> => {
    const { status } = await cluster.kube.get(resources.service, `shop/${name}`);
    return (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip).join();
  };
  const has = (name: string, address: string) => eventually(async () => (await ingress(name)) === address);
  const vips = async (): Promise<readonly string[]> =>
    (await cluster.kube.list(resources.vip)).items.map(({ metadata }) => metadata.name).toSorted();
  const answered = (name: string): readonly string[] =>
    [
      ...([...rowsOf(cluster.northbound.replica, tables.loadBalancer)].find((row) => row.name === `shop/${name}/tcp`)?.vips.keys() ?? []),
    ].map(String);

  it('an address of the Subnet that the annotation names is in its status and answered', async () => {
    await create('web', 'outside');
    await has('web', '10.60.0.2');
    expect(await vips()).toEqual(['lb.shop.web.outside']);
    await eventually(() => answered('web').includes('10.60.0.2:80'));
  });

  it('an address by name', async () => {
    await create('named', 'outside', { loadBalancerIP: '10.60.0.5' });
    await has('named', '10.60.0.5');
    expect((await cluster.kube.get(resources.vip, 'lb.shop.named.outside')).status?.v4ip).toBe('10.60.0.5');
  });

  it('a restart writes nothing', async () => {
    await running.settled();
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect([running.controller.leadership.term.peek()?.northbound.synchronizer.stats.operations, running.writes]).toEqual([0, []]);
  });

  it('what somebody else wrote into the status is put right where it is ours, and left alone where it is not', async () => {
    await cluster.kube.patch(resources.service, 'shop/web', { status: { loadBalancer: { ingress: [] } } }, { subresource: 'status' });
    await has('web', '10.60.0.2');
    await create('theirs', undefined);
    const theirs = { status: { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } } };
    await cluster.kube.patch(resources.service, 'shop/theirs', theirs, { subresource: 'status' });
    await cluster.kube.patch(resources.service, 'shop/theirs', { metadata: { annotations: { [ASKS]: 'other' } } });
    await eventually(async () => (await vips()).includes('lb.shop.theirs.other'));
    await running.settled();
    expect(await ingress('theirs')).toBe('198.51.100.1');
    await cluster.kube.delete(resources.service, 'shop/theirs');
    await eventually(async () => !(await vips()).includes('lb.shop.theirs.other'));
  });

  it('a Service that comes to another Subnet has an address all the time', async () => {
    await cluster.kube.patch(resources.service, 'shop/named', {
      metadata: { annotations: { [ASKS]: 'other' } },
      spec: { loadBalancerIP: null },
    });
    await eventually(async () => (await ingress('named')).startsWith('10.61.0.'));
    await eventually(async () => (await vips()).length === 2);
    expect(await vips()).toEqual(['lb.shop.named.other', 'lb.shop.web.outside']);
  });

  it.each<[string, string, Service['spec'], string]>([
    ['no-subnet', 'nowhere', {}, '"nowhere" does not exist or is not in force'],
    ['taken', 'outside', { loadBalancerIP: '10.60.0.2' }, 'vip/lb.shop.web.outside holds 10.60.0.2'],
  ])('what keeps %s from an address is told by an event', async (name, subnet, spec, message) => {
    await create(name, subnet, spec);
    expect(await eventMessage(cluster, name, 'AcquireAddressFailed')).toContain(message);
    expect(await ingress(name)).toBe('');
    await cluster.kube.delete(resources.service, `shop/${name}`);
    await eventually(async () => (await vips()).every((each) => !each.startsWith(`lb.shop.${name}`)));
  });

  it('an address is free again once the Service is gone, no LoadBalancer any more, or asks no more', async () => {
    await cluster.kube.patch(resources.service, 'shop/web', { metadata: { annotations: { [ASKS]: null } } });
    await has('web', '');
    await eventually(() => !answered('web').includes('10.60.0.2:80'));
    await cluster.kube.patch(resources.service, 'shop/web', { metadata: { annotations: { [ASKS]: 'outside' } } });
    await eventually(async () => (await ingress('web')).startsWith('10.60.0.'));
    await cluster.kube.patch(resources.service, 'shop/named', { spec: { type: 'ClusterIP' } });
    await cluster.kube.delete(resources.service, 'shop/web');
    await eventually(async () => (await vips()).length === 0);
    await has('named', '');
    await create('next', 'outside', { loadBalancerIP: '10.60.0.2' });
    await has('next', '10.60.0.2');
    expect(await vips()).toEqual(['lb.shop.next.outside']);
  });
});
