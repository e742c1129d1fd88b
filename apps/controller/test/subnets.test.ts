import { type Condition, resources, type SubnetSpec } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { eventually } from './support/wait.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';

describe('Subnets', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    for (const name of ['shop', 'bank', 'moving']) await cluster.kube.create(resources.namespace, namespaceObject(name));
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const condition = (name: string, type: string, status: 'True' | 'False'): Promise<Condition> =>
    eventually(async () => {
      const { conditions = [] } = (await cluster.kube.get(resources.subnet, name)).status ?? {};
      const found = conditions.find((each) => each.type === type);
      if (found?.status !== status) throw new Error(`Subnet ${name}: ${type} is ${JSON.stringify(found)}`);
      return found;
    });
  const eventOf = (name: string, reason: string): Promise<string> =>
    eventually(async () => {
      const { items } = await cluster.kube.list(resources.event);
      return items.find((event) => event.involvedObject?.name === name && event.reason === reason)?.message;
    });
  const create = (name: string, spec: SubnetSpec) => cluster.kube.create(resources.subnet, subnetObject(name, spec));
  const createVpc = (name: string, namespace: string) =>
    cluster.kube.create(resources.vpc, { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name }, spec: { namespaces: [namespace] } });
  const switches = () => [...rowsOf(cluster.northbound.replica, tables.logicalSwitch)].map(({ name }) => name);

  it.each<[string, SubnetSpec, readonly string[]]>([
    ['no-cidr', {}, ['Subnet no-cidr', 'spec.cidrBlock', 'is empty', 'write an IPv4 block']],
    ['bad-cidr', { cidrBlock: '10.40.0.0/40' }, ['Subnet bad-cidr', 'spec.cidrBlock', '10.40.0.0/40']],
    [
      'bad-gateway',
      { cidrBlock: '10.41.0.0/24', gateway: '10.42.0.1' },
      ['Subnet bad-gateway', 'spec.gateway', '10.42.0.1', '10.41.0.0/24'],
    ],
    ['bad-exclude', { cidrBlock: '10.43.0.0/24', excludeIps: ['10.43.0.9..10.43.0.2'] }, ['spec.excludeIps', '10.43.0.9..10.43.0.2']],
    [
      'overlap',
      { cidrBlock: '10.16.128.0/24' },
      ['spec.cidrBlock', '10.16.128.0/24', 'overlaps Subnet ovn-default', 'choose a free range'],
    ],
    ['holds-node', { cidrBlock: '192.0.2.0/24' }, ['192.0.2.0/24', '192.0.2.1', 'Node node1']],
    ['holds-api', { cidrBlock: '10.96.0.0/24' }, ['10.96.0.1', 'API server']],
    ['no-vpc', { cidrBlock: '10.44.0.0/24', vpc: 'nowhere' }, ['spec.vpc', 'nowhere', 'does not exist']],
    ['small-mtu', { cidrBlock: 'fd00:45::/64', mtu: 1000 }, ['spec.mtu', '1000', '1280']],
    ['no-gateway-node', { cidrBlock: '10.46.0.0/24', gatewayType: 'centralized' }, ['spec.gatewayNode', 'is empty']],
  ])('%s: a condition and an event name object, field, value and way out; OVN hears nothing of it', async (name, spec, parts) => {
    await create(name, spec);
    const { message = '', reason } = await condition(name, 'Validated', 'False');
    expect(reason).toBe('ValidateLogicalSwitchFailed');
    for (const part of parts) expect(message).toContain(part);
    expect(await eventOf(name, 'ValidateLogicalSwitchFailed')).toBe(message);
    expect(switches()).not.toContain(name);
  });

  it.each<[string, SubnetSpec, readonly string[], () => Promise<unknown>]>([
    [
      'same',
      { cidrBlock: '10.47.0.0/24', vpc: 'same', namespaces: ['same'] },
      ['Subnet same: metadata.name "same" is also the name of its Vpc', 'give the Subnet another name'],
      () => create('same-subnet', { cidrBlock: '10.47.0.0/24', vpc: 'same', namespaces: ['same'] }),
    ],
    [
      'early',
      { cidrBlock: '10.48.0.0/24', vpc: 'late', namespaces: ['early'] },
      ['Subnet early: spec.vpc "late" does not exist'],
      () => createVpc('late', 'early'),
    ],
  ])(
    'pods of a namespace whose only Subnet %s is refused wait, are told why, and are served when it is mended',
    async (name, spec, parts, mend) => {
      await cluster.kube.create(resources.namespace, namespaceObject(name));
      if (name === spec.vpc) await createVpc(name, name);
      await create(name, spec);
      await condition(name, 'Validated', 'False');
      await cluster.kube.create(resources.pod, podObject('waiting', { namespace: name }));
      const message = await eventually(async () => {
        const { items } = await cluster.kube.list(resources.event);
        return items.find(({ involvedObject }) => involvedObject?.name === 'waiting' && involvedObject.namespace === name)?.message;
      });
      for (const part of [`Pod ${name}/waiting`, ...parts]) expect(message).toContain(part);
      const { metadata } = await cluster.kube.get(resources.pod, `${name}/waiting`);
      expect(metadata.annotations ?? {}).not.toHaveProperty(['ovn.kubernetes.io/ip_address']);
      expect((await cluster.kube.get(resources.namespace, name)).metadata.annotations ?? {}).not.toHaveProperty([
        'ovn.kubernetes.io/logical_switch',
      ]);
      await mend();
      expect((await allocated(cluster, `${name}/waiting`))['ip_address']).toMatch(/^10\.4[78]\.0\.2$/);
    },
  );

  it('all others are unharmed by those', async () => {
    await create('sound', { cidrBlock: '10.50.0.9/24', namespaces: ['shop'] });
    await condition('sound', 'Ready', 'True');
    expect((await cluster.kube.get(resources.subnet, 'sound')).spec).toMatchObject({
      cidrBlock: '10.50.0.0/24',
      gateway: '10.50.0.1',
      protocol: 'IPv4',
      provider: 'ovn',
      vpc: 'ovn-cluster',
      gatewayType: 'distributed',
      excludeIps: ['10.50.0.1'],
      default: false,
    });
    await cluster.kube.create(resources.pod, podObject('among-bad-ones'));
    expect(await allocated(cluster, 'shop/among-bad-ones')).toMatchObject({ logical_switch: 'sound', ip_address: '10.50.0.2' });
  });

  it('is mended when its input is', async () => {
    await cluster.kube.patch(resources.subnet, 'overlap', { spec: { cidrBlock: '10.51.0.0/24', gateway: null, excludeIps: null } });
    await condition('overlap', 'Ready', 'True');
    await condition('overlap', 'Validated', 'True');
    expect(switches()).toContain('overlap');
  });

  it('an edit that can not be used leaves it as it was, over a restart too, and its pods connected', async () => {
    await create('edited', { cidrBlock: '10.52.0.0/24', namespaces: ['bank'] });
    await condition('edited', 'Ready', 'True');
    await cluster.kube.create(resources.pod, podObject('stays', { namespace: 'bank' }));
    const { ip_address } = await allocated(cluster, 'bank/stays');
    await cluster.kube.patch(resources.subnet, 'edited', { spec: { cidrBlock: '10.16.0.0/24', gateway: '10.16.0.1' } });
    expect((await condition('edited', 'Validated', 'False')).message).toContain('does not hold 10.52.0.2 of stays.bank');
    await cluster.kube.patch(resources.subnet, 'edited', { spec: { cidrBlock: '10.0.0.0/10', gateway: '10.0.0.1' } });
    await eventually(async () => (await condition('edited', 'Validated', 'False')).message?.includes('overlaps Subnet ovn-default'));
    await condition('edited', 'Ready', 'True');
    await condition('ovn-default', 'Validated', 'True');

    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect(running.controller.leadership.northboundTotals.operations).toBe(0);
    const port = [...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].find(({ name }) => name === 'stays.bank');
    expect(port?.addresses[0]).toContain(ip_address);
    await cluster.kube.create(resources.pod, podObject('joins', { namespace: 'bank' }));
    expect((await allocated(cluster, 'bank/joins'))['cidr']).toBe('10.52.0.0/24');
  });

  it('binds namespaces to Subnets, several to several, and says so on the namespace', async () => {
    const annotation = (name: string, key: string): Promise<string | undefined> =>
      cluster.kube.get(resources.namespace, name).then(({ metadata }) => metadata.annotations?.[`ovn.kubernetes.io/${key}`]);
    await create('first', { cidrBlock: '10.60.0.0/30', namespaces: ['moving'] });
    await create('second', { cidrBlock: '10.61.0.0/24', namespaces: ['moving', 'bank'] });
    await create('labelled', { cidrBlock: '10.62.0.0/24', namespaceSelectors: [{ matchLabels: { team: 'blue' } }] });
    await eventually(async () => (await annotation('moving', 'logical_switch')) === 'first,second');
    expect(await annotation('moving', 'cidr')).toBe('10.60.0.0/30;10.61.0.0/24');
    expect(await annotation('moving', 'exclude_ips')).toBe('10.60.0.1;10.61.0.1');
    await cluster.kube.patch(resources.namespace, 'moving', { metadata: { labels: { team: 'blue' } } });
    await eventually(async () => (await annotation('moving', 'logical_switch')) === 'first,second,labelled');
    for (const name of ['a', 'b']) await cluster.kube.create(resources.pod, podObject(name, { namespace: 'moving' }));
    const got = [await allocated(cluster, 'moving/a'), await allocated(cluster, 'moving/b')]
      .map((values) => values['logical_switch'])
      .toSorted();
    expect(got).toEqual(['first', 'second']); // first has one address
    await cluster.kube.patch(resources.subnet, 'first', { spec: { namespaces: [] } });
    await eventually(async () => (await annotation('moving', 'logical_switch')) === 'second,labelled');
  });

  it('counts its addresses from the allocations', async () => {
    const status = await eventually(async () => {
      const { status: found } = await cluster.kube.get(resources.subnet, 'second');
      return Number(found?.v4usingIPs) === 1 ? found : undefined;
    });
    expect(status).toMatchObject({
      v4availableIPs: 252,
      v4usingIPrange: '10.61.0.2',
      v4availableIPrange: '10.61.0.3-10.61.0.254',
      v6usingIPs: 0,
      v6availableIPrange: '',
      activateGateway: '',
      natOutgoingPolicyRules: [],
    });
  });

  it('a Subnet in use is deleted when its last pod goes, and says so until then', async () => {
    await cluster.kube.delete(resources.subnet, 'second');
    expect(await eventOf('second', 'SubnetInUse')).toContain('second');
    expect(switches()).toContain('second');
    const { items } = await cluster.kube.list(resources.ip);
    const users = items.filter(({ spec }) => spec.subnet === 'second');
    for (const { spec } of users) await cluster.kube.delete(resources.pod, `${spec.namespace}/${spec.podName}`, { gracePeriodSeconds: 0 });
    await eventually(async () => !(await cluster.kube.list(resources.subnet)).items.some(({ metadata }) => metadata.name === 'second'));
    await eventually(() => !switches().includes('second'));
    const left = [
      ...rowsOf(cluster.northbound.replica, tables.logicalRouterPort),
      ...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort),
    ].map(({ name }) => name);
    expect(left.filter((name) => name.includes('second'))).toEqual([]);
  });

  it('a Vpc of its own has its router, and is deleted after its Subnets', async () => {
    await cluster.kube.create(resources.vpc, {
      apiVersion: 'kubeovn.io/v1',
      kind: 'Vpc',
      metadata: { name: 'red' },
      spec: { namespaces: ['bank'] },
    });
    await create('red-net', { cidrBlock: '10.16.0.0/16', vpc: 'red' });
    await condition('red-net', 'Ready', 'True');
    await eventually(async () => (await cluster.kube.get(resources.vpc, 'red')).status?.standby);
    expect((await cluster.kube.get(resources.vpc, 'red')).status).toMatchObject({ default: false, router: 'red', subnets: ['red-net'] });
    const routers = () => [...rowsOf(cluster.northbound.replica, tables.logicalRouter)].map(({ name }) => name);
    expect(routers()).toContain('red');
    await cluster.kube.delete(resources.vpc, 'red');
    expect(await eventOf('red', 'VpcInUse')).toContain('red-net');
    expect(routers()).toContain('red');
    await cluster.kube.delete(resources.subnet, 'red-net');
    await eventually(async () => !(await cluster.kube.list(resources.vpc)).items.some(({ metadata }) => metadata.name === 'red'));
    await eventually(() => !routers().includes('red'));
  });
});
