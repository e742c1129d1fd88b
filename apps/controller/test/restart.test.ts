import { resources } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readiness } from '../src/health.ts';
import { healthFacts } from '../src/observability.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { eventually } from './support/wait.ts';
import { startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';

describe('a restart on a settled cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterAll(() => cluster?.stop());

  it('sends no operation to OVN and writes nothing to Kubernetes but its lease', async () => {
    const first = await startController(cluster);
    for (const name of ['shop', 'bank', 'idle']) await cluster.kube.create(resources.namespace, namespaceObject(name));
    for (const n of [1, 2, 3]) await createNode(cluster.kube, nodeObject(`node${n}`, `192.0.2.${n}`));
    const privacy = { private: true, allowSubnets: ['10.30.0.0/30'] };
    await cluster.kube.create(
      resources.subnet,
      subnetObject('bank-net', { ...privacy, cidrBlock: '10.20.0.0/24,fd00:20::/64', namespaces: ['bank'] }),
    );
    await cluster.kube.create(resources.subnet, subnetObject('overlapping', { cidrBlock: '10.20.0.0/16' }));
    await cluster.kube.create(resources.subnet, subnetObject('tiny', { cidrBlock: '10.30.0.0/30', namespaces: ['idle'] }));
    for (const [name, ips] of [
      ['pool', ['10.20.0.100..10.20.0.109']],
      ['pool-overlapping', ['10.20.0.105']],
    ] as const) {
      await cluster.kube.create(resources.ipPool, {
        apiVersion: 'kubeovn.io/v1',
        kind: 'IPPool',
        metadata: { name },
        spec: { subnet: 'bank-net', ips },
      });
    }
    const rule = { ipVersion: 'ipv4', protocol: 'all', priority: 1, remoteType: 'address', policy: 'allow' } as const;
    for (const [name, remoteAddress] of [
      ['tellers', '10.20.0.0/24'],
      ['bad', '10.20.0.300'],
    ] as const) {
      await cluster.kube.create(resources.securityGroup, {
        apiVersion: 'kubeovn.io/v1',
        kind: 'SecurityGroup',
        metadata: { name },
        spec: { ingressRules: [{ ...rule, remoteAddress }] },
      });
    }
    await eventually(
      async () =>
        (await cluster.kube.get(resources.namespace, 'bank')).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === 'bank-net',
    );
    const pods = Array.from({ length: 12 }, (_, n) =>
      podObject(`p${n}`, { namespace: n % 2 === 0 ? 'shop' : 'bank', node: `node${(n % 3) + 1}` }),
    );
    pods.push(podObject('pooled', { namespace: 'bank', annotations: { 'ovn.kubernetes.io/ip_pool': 'pool' } }));
    pods.push(podObject('teller', { namespace: 'bank', annotations: { 'ovn.kubernetes.io/security_groups': 'tellers,bad' } }));
    for (const pod of pods) await cluster.kube.create(resources.pod, pod);
    for (const pod of pods) await allocated(cluster, `${pod.metadata.namespace}/${pod.metadata.name}`);
    await eventually(
      async () =>
        (await cluster.kube.get(resources.namespace, 'idle')).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === 'tiny',
    );
    await cluster.kube.create(resources.pod, podObject('fits', { namespace: 'idle' }));
    await cluster.kube.create(resources.pod, podObject('waits', { namespace: 'idle' })); // one address, and it is taken
    await allocated(cluster, 'idle/fits');
    await eventually(async () =>
      (await cluster.kube.get(resources.pod, 'idle/waits')).status?.conditions?.some(({ reason }) => reason === 'AcquireAddressFailed'),
    );
    await first.settled();
    await first.stop();
    expect(first.writes.length).toBeGreaterThan(50);

    const second = await startController(cluster);
    await second.settled();
    expect(second.writes).toEqual([]);
    expect(second.controller.leadership.northboundTotals.operations).toBe(0);
    expect(second.controller.leadership.operationsOnResync).toBe(0);
    await second.stop();
  });
});

describe('the safety brake', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterAll(() => cluster?.stop());

  it('deletes nothing when most objects are gone at start, says so, and lets go on demand', async () => {
    const first = await startController(cluster);
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    const names = Array.from({ length: 70 }, (_, n) => `p${n}`);
    await Promise.all(names.map((name) => cluster.kube.create(resources.pod, podObject(name))));
    for (const name of names) await allocated(cluster, `shop/${name}`);
    await first.settled();
    await first.stop();
    await Promise.all(names.map((name) => cluster.kube.delete(resources.pod, `shop/${name}`, { gracePeriodSeconds: 0 })));
    const ports = () =>
      [...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].filter(({ external_ids }) => external_ids.has('pod')).length;

    const second = await startController(cluster);
    await eventually(() => healthFacts(second.controller).isBrakeEngaged);
    expect(readiness(healthFacts(second.controller)).reasons.join()).toContain('brake');
    await cluster.kube.create(resources.pod, podObject('new'));
    await allocated(cluster, 'shop/new'); // what is new is written all the same
    expect(ports()).toBe(71);
    expect((await cluster.kube.list(resources.ip)).items).toHaveLength(72);
    await second.stop();

    const third = await startController(cluster, ['--safety-brake-share=1']);
    await eventually(() => ports() === 1);
    await eventually(async () => (await cluster.kube.list(resources.ip)).items.length === 2);
    await third.stop();
  }, 60_000);
});
