import { beforeEach, describe, expect, test } from 'vitest';
import type { CniRequest, Pod } from '@kube-ovn/api';
import { sourceCell, sourceTable } from '@kube-ovn/dataflow';
import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { readSubnet, type NodeSubnet } from '../../inputs/subnet.ts';
import { awaitPod } from './await-pod.ts';

const request: CniRequest = {
  cni_type: 'kube-ovn',
  network: 'kube-ovn',
  pod_name: 'web-0',
  pod_namespace: 'shop',
  container_id: 'c',
  net_ns: '/run/netns/x',
  if_name: 'eth0',
  provider: 'ovn',
};
const pod = (uid: string, annotations: Readonly<Record<string, string>> = {}): Pod => ({
  metadata: { name: 'web-0', namespace: 'shop', uid, annotations },
});
const laidDown = {
  'ovn.kubernetes.io/allocated': 'true',
  'ovn.kubernetes.io/ip_address': '10.16.0.5',
  'ovn.kubernetes.io/mac_address': '0a:00:00:10:00:05',
  'ovn.kubernetes.io/logical_switch': 'ovn-default',
};
const subnet = readSubnet(
  { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 'ovn-default' }, spec: { cidrBlock: '10.16.0.0/16' } },
  'ovn-cluster',
);

function setup() {
  const pods = sourceTable<Pod>('pods');
  const subnets = sourceTable<NodeSubnet>('subnets');
  const apiProblem = sourceCell<string | undefined>(undefined);
  const scheduler = new FakeScheduler();
  subnets.set('ovn-default', subnet);
  const ask = (change: Partial<CniRequest> = {}): Promise<unknown> =>
    awaitPod({ ...request, ...change }, { pods, subnets, apiProblem }, scheduler);
  return { pods, subnets, apiProblem, scheduler, ask };
}

let world: ReturnType<typeof setup>;
beforeEach(() => {
  world = setup();
});

/** The failure after the deadline. */
async function failure(waiting: Promise<unknown>): Promise<unknown> {
  const caught = waiting.then(
    () => 'succeeded',
    (error: unknown) => error,
  );
  await world.scheduler.advance(30_000);
  return caught;
}

describe('awaitPod', () => {
  test('a pod that has everything is not waited for, and no timer stays', async () => {
    world.pods.set('shop/web-0', pod('u1', laidDown));
    await expect(world.ask()).resolves.toMatchObject({ podUid: 'u1', subnet, pod: { port: 'web-0.shop' } });
    expect(world.scheduler.pendingTimers).toBe(0);
  });

  test('whatever comes last: the pod, its annotations, or the subnet', async () => {
    world.subnets.delete('ovn-default');
    const waiting = world.ask();
    world.pods.set('shop/web-0', pod('u1'));
    await world.scheduler.advance(1_000);
    world.pods.set('shop/web-0', pod('u1', laidDown));
    await world.scheduler.advance(1_000);
    world.subnets.set('ovn-default', subnet);
    await expect(waiting).resolves.toMatchObject({ podUid: 'u1' });
  });

  test('the predecessor of the same name is not taken for the pod', async () => {
    world.pods.set('shop/web-0', pod('old', laidDown));
    const waiting = world.ask({ pod_uid: 'new' });
    await world.scheduler.advance(1_000);
    world.pods.set('shop/web-0', pod('new', { ...laidDown, 'ovn.kubernetes.io/ip_address': '10.16.0.6' }));
    await expect(waiting).resolves.toMatchObject({ podUid: 'new', pod: { addresses: [{ address: '10.16.0.6' }] } });
  });

  test.for([
    ['an unknown pod', undefined, {}, 'pod shop/web-0 is not known on this node'],
    ['a pod without address', pod('u1'), {}, 'ovn.kubernetes.io/allocated'],
    ['a predecessor', pod('old', laidDown), { pod_uid: 'new' }, 'still known as old'],
    ['an unknown subnet', pod('u1', { ...laidDown, 'ovn.kubernetes.io/logical_switch': 'gone' }), {}, 'subnet gone'],
  ] as const)('after 30 s %s is refused with code 11 and the reason', async ([, object, change, says]) => {
    if (object !== undefined) world.pods.set('shop/web-0', object);
    expect(await failure(world.ask(change))).toMatchObject({ code: 11, details: expect.stringContaining(says) });
  });

  test('when the API server is away, the reason says so', async () => {
    world.apiProblem.set('connection refused');
    expect(await failure(world.ask())).toMatchObject({ code: 11, details: expect.stringContaining('connection refused') });
  });

  test('an annotation that cannot be read is refused at once with code 7', async () => {
    world.pods.set('shop/web-0', pod('u1', { ...laidDown, 'ovn.kubernetes.io/mac_address': 'nonsense' }));
    await expect(world.ask()).rejects.toMatchObject({ code: 7, message: expect.stringContaining('nonsense') });
  });
});
