/** A cluster of IPv6 alone, end to end: everything that the matrix measures, static and sticky addresses, and no IPv4 anywhere. */
import { resources } from '@kube-ovn/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../src/infra/layout.ts';
import { describeLeftovers, findLeftovers, linksWithLabNames } from '../src/infra/leftovers.ts';
import { startLab, type Lab } from '../src/lab/lab.ts';
import { requireKubectl } from './apiserver/kubectl.ts';
import { connectivity } from './cluster/connectivity.ts';
import { ipv6Addresses } from './cluster/ipv6-addresses.ts';
import { ips } from './cluster/support.ts';
import { sweepDeadLabs, testLabName } from './names.ts';

const layout = layoutOf({ name: testLabName('t6'), nodes: 3, raft: false, families: 'ipv6' });
const linksBefore = linksWithLabNames();

describe('a lab of three nodes, IPv6 alone', () => {
  let running: Lab;
  const lab = (): Lab => running;

  beforeAll(async () => {
    await requireKubectl();
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

  ipv6Addresses(lab);

  it('taken down, it leaves nothing', async () => {
    await running.stop();
    expect(describeLeftovers(findLeftovers({ ...layout, linksBefore }))).toEqual([]);
  }, 60_000);
});
