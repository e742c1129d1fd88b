import { type EndpointSlice, madeByUs, resources, type SwitchLBRule } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

type Spec = SwitchLBRule['spec'];
const spec: Spec = {
  vip: '10.50.0.100,fd00:50::100',
  namespace: 'shop',
  selector: ['app:web'],
  ports: [{ name: 'web', port: 80, targetPort: 8080, protocol: 'TCP' }],
};

describe('SwitchLBRules', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await cluster.kube.create(resources.subnet, subnetObject('dual', { cidrBlock: '10.50.0.0/24,fd00:50::/64', namespaces: ['shop'] }));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const create = (name: string, change: Spec = {}): Promise<SwitchLBRule> =>
    cluster.kube.create(resources.switchLbRule, {
      apiVersion: 'kubeovn.io/v1',
      kind: 'SwitchLBRule',
      metadata: { name },
      spec: { ...spec, ...change },
    });
  const ready = (name: string, status: 'True' | 'False') =>
    eventually(async () => {
      const found = await cluster.kube.get(resources.switchLbRule, name);
      const condition = found.status?.conditions?.find(({ type }) => type === 'Ready');
      return condition?.status === status && condition.observedGeneration === found.metadata.generation ? found.status : undefined;
    });
  const remove = async (name: string): Promise<void> => {
    await cluster.kube.delete(resources.switchLbRule, name);
    await eventually(() => balancer(`shop/slr-${name}/tcp`) === undefined);
  };
  const balancer = (name: string) => [...rowsOf(cluster.northbound.replica, tables.loadBalancer)].find((row) => row.name === name);
  const vipsOf = (name: string) => Object.fromEntries(balancer(name)?.vips ?? []);
  const exists = async (resource: Parameters<Cluster['kube']['get']>[0], key: string): Promise<boolean> =>
    cluster.kube.get(resource, key).then(
      () => true,
      () => false,
    );
  const checks = () => [...rowsOf(cluster.northbound.replica, tables.loadBalancerHealthCheck)].map(({ vip }) => vip).toSorted();
  /** As the cluster's own controller makes it for the Service of a rule: with the labels of that. */
  const endpoints = (family: 4 | 6, addresses: readonly string[]): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `slr-front-${family}`,
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': 'slr-front', [madeByUs.key]: madeByUs.value },
    },
    addressType: `IPv${family}`,
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
  });

  it('a rule with a selector is a headless Service, whose endpoints are the backends, which OVN probes', async () => {
    await cluster.kube.create(resources.pod, podObject('web', { annotations: { 'ovn.kubernetes.io/ip_address': '10.50.0.5,fd00:50::5' } }));
    await allocated(cluster, 'shop/web');
    await create('front');
    expect(await ready('front', 'True')).toMatchObject({ ports: '80/TCP', service: 'shop/slr-front' });
    const service = await eventually(() => cluster.kube.get(resources.service, 'shop/slr-front'));
    expect(service.metadata.annotations).toEqual({ 'ovn.kubernetes.io/switch_lb_vip': '10.50.0.100,fd00:50::100' });
    expect(service.spec).toMatchObject({
      clusterIP: 'None',
      selector: { app: 'web' },
      ports: [{ name: 'web', port: 80, targetPort: 8080 }],
    });

    await cluster.kube.create(resources.endpointSlice, endpoints(4, ['10.50.0.5', '10.50.0.100']));
    await cluster.kube.create(resources.endpointSlice, endpoints(6, ['fd00:50::5']));
    // its own address is no backend of it, whatever an EndpointSlice says
    await eventually(() => vipsOf('shop/slr-front/tcp')['[fd00:50::100]:80'] === '[fd00:50::5]:8080');
    expect(vipsOf('shop/slr-front/tcp')).toEqual({ '10.50.0.100:80': '10.50.0.5:8080', '[fd00:50::100]:80': '[fd00:50::5]:8080' });
    expect(checks()).toEqual(['10.50.0.100:80', '[fd00:50::100]:80']);
    // what asks has the address of a Vip that is named after the Subnet
    const vip = await eventually(async () => {
      const { items } = await cluster.kube.list(resources.vip);
      return items.find((each) => each.metadata.name === 'dual' && each.status?.v4ip !== undefined);
    });
    await eventually(() => balancer('shop/slr-front/tcp')?.ip_port_mappings.size === 2);
    expect(Object.fromEntries(balancer('shop/slr-front/tcp')?.ip_port_mappings ?? [])).toEqual({
      '10.50.0.5': `web.shop:${vip.status?.v4ip}`,
      '[fd00:50::5]': `web.shop:[${vip.status?.v6ip}]`,
    });
  });

  it('a rule says that its address may be given to a pod, until a Vip has it', async () => {
    expect((await ready('front', 'True'))?.conditions?.[0]?.message).toMatch(/10\.50\.0\.100 is reserved by nothing.* Subnet dual/);
    await cluster.kube.create(resources.vip, {
      apiVersion: 'kubeovn.io/v1',
      kind: 'Vip',
      metadata: { name: 'front' },
      spec: { subnet: 'dual', type: 'switch_lb_vip', v4ip: '10.50.0.100', v6ip: 'fd00:50::100' },
    });
    await eventually(async () => (await ready('front', 'True'))?.conditions?.[0]?.message === '');
  });

  it('a restart writes nothing', async () => {
    await running.settled();
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect([running.controller.leadership.term.peek()?.northbound.synchronizer.stats.operations, running.writes]).toEqual([0, []]);
  });

  it('edits of the rule and of its Service are followed and put back', async () => {
    await cluster.kube.patch(resources.switchLbRule, 'front', { spec: { ports: [{ name: 'web', port: 81, targetPort: 8080 }] } });
    await eventually(() => vipsOf('shop/slr-front/tcp')['10.50.0.100:81'] === '10.50.0.5:8080');
    await eventually(async () => (await cluster.kube.get(resources.service, 'shop/slr-front')).spec?.ports?.[0]?.port === 81);
    expect(checks()).toEqual(['10.50.0.100:81', '[fd00:50::100]:81']);
    await cluster.kube.patch(resources.service, 'shop/slr-front', { spec: { selector: { app: 'other', tier: 'x' } } });
    await eventually(
      async () => JSON.stringify((await cluster.kube.get(resources.service, 'shop/slr-front')).spec?.selector) === '{"app":"web"}',
    );
  });

  it('without the rule nothing of it is left', async () => {
    await remove('front');
    await eventually(async () => !(await exists(resources.service, 'shop/slr-front')) && !(await exists(resources.vip, 'dual')));
    expect(checks()).toEqual([]);
  });

  it('backends by their addresses are slices that the controller makes; a selector does not count then', async () => {
    await create('by-hand', { endpoints: ['10.50.0.5', 'fd00:50::5'] });
    await ready('by-hand', 'True');
    await eventually(() => vipsOf('shop/slr-by-hand/tcp')['10.50.0.100:80'] === '10.50.0.5:8080');
    expect((await eventually(() => cluster.kube.get(resources.service, 'shop/slr-by-hand'))).spec?.selector ?? {}).toEqual({});
    await cluster.kube.patch(resources.switchLbRule, 'by-hand', { spec: { endpoints: ['10.50.0.6'] } });
    await eventually(() => vipsOf('shop/slr-by-hand/tcp')['10.50.0.100:80'] === '10.50.0.6:8080');
    await eventually(async () => !(await exists(resources.endpointSlice, 'shop/slr-by-hand-ipv6')));
    await remove('by-hand');
    await eventually(async () => !(await exists(resources.endpointSlice, 'shop/slr-by-hand-ipv4')));
  });

  it.each<[string, Spec, readonly string[]]>([
    ['itself', { endpoints: ['10.50.0.100'] }, ['spec.endpoints[0]', '"10.50.0.100"', 'the rule’s own vip']],
    ['no-address', { vip: 'here' }, ['spec.vip', '"here"']],
    ['of-services', { vip: '10.96.0.10' }, ['spec.vip', '"10.96.0.10"', 'which Services have addresses of']],
    ['of-a-pod', { vip: '10.50.0.5' }, ['spec.vip', 'is the address of web.shop']],
    ['nowhere', { namespace: 'nowhere' }, ['spec.namespace', '"nowhere"', 'does not exist']],
  ])('%s is refused with a condition and an event, until it is mended', async (name, change, parts) => {
    await create(name, change);
    const message = (await ready(name, 'False'))?.conditions?.[0]?.message ?? '';
    for (const part of [`SwitchLBRule ${name}`, ...parts]) expect(message).toContain(part);
    expect(await eventMessage(cluster, name, 'ValidateSwitchLBRuleFailed')).toBe(message);
    await running.settled();
    expect(balancer(`shop/slr-${name}/tcp`)).toBeUndefined();
    await cluster.kube.patch(resources.switchLbRule, name, { spec: { ...spec, endpoints: null } });
    await eventually(() => balancer(`shop/slr-${name}/tcp`) !== undefined);
    await remove(name);
  });

  it('of two rules with one address and port the first by name is served, the other once that is gone', async () => {
    await create('a');
    await create('b');
    expect((await ready('b', 'False'))?.conditions?.[0]?.message).toContain('"10.50.0.100 tcp 80" is served by SwitchLBRule a');
    await remove('a');
    await ready('b', 'True');
    await remove('b');
  });

  it('a Service of that name which somebody else made is left alone', async () => {
    await cluster.kube.create(resources.service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'slr-mine', namespace: 'shop' },
      spec: { ports: [{ port: 1 }] },
    });
    await create('mine');
    expect((await ready('mine', 'False'))?.conditions?.[0]?.message).toContain(
      'needs the Service shop/slr-mine, which somebody else has made',
    );
    await cluster.kube.delete(resources.switchLbRule, 'mine');
    await running.settled();
    expect((await cluster.kube.get(resources.service, 'shop/slr-mine')).spec?.ports).toMatchObject([{ port: 1 }]);
  });
});
