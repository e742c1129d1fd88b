/** A cluster of IPv6 alone, end to end: everything that the matrix measures, static and sticky addresses, and no IPv4 anywhere. */
import { resources } from '@kube-ovn/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../src/infra/layout.ts';
import { describeLeftovers, findLeftovers, linksWithLabNames } from '../src/infra/leftovers.ts';
import { startLab, type Lab } from '../src/lab/lab.ts';
import { connectivity } from './cluster/connectivity.ts';
import { eventually, ips, namespaceObject, readyPod, remove, subnet } from './cluster/support.ts';
import { sweepDeadLabs, testLabName } from './names.ts';

const layout = layoutOf({ name: testLabName('t6'), nodes: 3, raft: false, families: 'ipv6' });
const linksBefore = linksWithLabNames();

describe('a lab of three nodes, IPv6 alone', () => {
  let running: Lab;
  const lab = (): Lab => running;

  beforeAll(async () => {
    await sweepDeadLabs();
    running = await startLab({ layout, progress: () => undefined });
  }, 120_000);

  afterAll(async () => {
    await running?.stop();
  }, 60_000);

  connectivity(lab);

  it('no object and no node has an IPv4 address', async () => {
    expect((await ips(lab())).filter(({ spec }) => (spec.v4IpAddress ?? '') !== '')).toEqual([]);
    const { items } = await lab().client.list(resources.node);
    expect(
      items.flatMap(({ status }) => status?.addresses ?? []).filter(({ type, address }) => type === 'InternalIP' && address.includes('.')),
    ).toEqual([]);
  });

  it('a static address, written in any way that IPv6 allows; it is kept from others', async () => {
    const { client } = lab();
    await client.create(resources.namespace, namespaceObject('six'));
    await client.create(resources.subnet, subnet('six', { cidrBlock: 'fd00:6::/64', namespaces: ['six'] }));
    await eventually(
      'bound',
      async () => (await client.get(resources.namespace, 'six')).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === 'six',
    );
    const pod = await readyPod(lab(), {
      name: 'fixed',
      namespace: 'six',
      node: 'node1',
      annotations: { 'ovn.kubernetes.io/ip_address': 'fd00:6:0:0::00a0' },
    });
    expect(pod.status?.podIPs).toEqual([{ ip: 'fd00:6::a0' }]);
    const other = await readyPod(lab(), { name: 'other', namespace: 'six', node: 'node2' });
    expect(other.status?.podIP).toBe('fd00:6::2');
    for (const name of ['fixed', 'other']) await remove(lab(), resources.pod, `six/${name}`);
    await remove(lab(), resources.namespace, 'six');
    await remove(lab(), resources.subnet, 'six');
  }, 90_000);

  it('taken down, it leaves nothing', async () => {
    await running.stop();
    expect(describeLeftovers(findLeftovers({ ...layout, linksBefore }))).toEqual([]);
  }, 60_000);
});
