import { resources } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { eventually } from './support/wait.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject } from './support/objects.ts';

describe('from a pod to its port and back', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  it('creates the default Vpc and its Subnets, and says so in their status', async () => {
    const subnet = await eventually(async () => {
      const found = await cluster.kube.get(resources.subnet, 'ovn-default');
      return found.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true ? found : undefined;
    });
    expect(subnet.spec).toMatchObject({
      cidrBlock: '10.16.0.0/16',
      gateway: '10.16.0.1',
      protocol: 'IPv4',
      excludeIps: ['10.16.0.1'],
      default: true,
    });
    expect(subnet.metadata.finalizers).toEqual(['kubeovn.io/kube-ovn-controller']);
  });

  it('gives a node its port and a pod its address, port and annotations', async () => {
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    await cluster.kube.create(resources.pod, podObject('web-0'));
    const values = await allocated(cluster, 'shop/web-0');
    expect(values).toMatchObject({
      allocated: 'true',
      routed: 'true',
      ip_address: '10.16.0.2',
      cidr: '10.16.0.0/16',
      gateway: '10.16.0.1',
      logical_switch: 'ovn-default',
      logical_router: 'ovn-cluster',
      pod_nic_type: 'veth-pair',
    });
    const port = [...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].find(({ name }) => name === 'web-0.shop');
    expect(port?.addresses).toEqual([`${values['mac_address']} 10.16.0.2`]);
    const ip = await cluster.kube.get(resources.ip, 'web-0.shop');
    expect(ip.spec).toMatchObject({
      podName: 'web-0',
      namespace: 'shop',
      subnet: 'ovn-default',
      nodeName: 'node1',
      v4IpAddress: '10.16.0.2',
      macAddress: values['mac_address'],
    });
  });

  it('takes everything back when the pod goes', async () => {
    await cluster.kube.delete(resources.pod, 'shop/web-0', { gracePeriodSeconds: 0 });
    await eventually(async () =>
      (await cluster.kube.list(resources.ip)).items.every(({ metadata }) => metadata.name !== 'web-0.shop') ? true : undefined,
    );
    expect([...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].map(({ name }) => name)).not.toContain('web-0.shop');
  });
});
