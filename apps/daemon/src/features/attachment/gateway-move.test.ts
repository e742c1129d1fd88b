import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNetns, deleteNetns, rtnl, type Netns } from '@kube-ovn/host';
import type { CniResponse, Pod } from '@kube-ovn/api';
import { sourceTable } from '@kube-ovn/dataflow';
import { movedAnswer, movedAttachment, moveRoutes } from './gateway-move.ts';
import type { Attachment } from './record.ts';

const answer: CniResponse = {
  ips: [
    { protocol: 'IPv4', ip: '10.16.0.5', cidr: '10.16.0.0/24', gateway: '10.16.0.1' },
    { protocol: 'IPv6', ip: 'fd00::5', cidr: 'fd00::/64', gateway: 'fd00::1' },
  ],
  mac_address: '0a:00:00:10:00:05',
  routes: [
    { dst: '0.0.0.0/0', gw: '10.16.0.1' },
    { dst: '::/0', gw: 'fd00::1' },
    { dst: '10.99.0.0/16', gw: '10.16.0.9' },
  ],
};
const attachment: Attachment = {
  containerId: 'c',
  ifName: 'eth0',
  network: 'kube-ovn',
  namespace: 'shop',
  pod: 'web-0',
  podUid: 'u1',
  netns: '',
  provider: 'ovn',
  port: 'web-0.shop',
  hostLink: 'c_h',
  mac: '0a:00:00:10:00:05',
  answer,
};
const podWith = (gateway: string, uid = 'u1'): Pod => ({
  metadata: {
    name: 'web-0',
    namespace: 'shop',
    uid,
    annotations: {
      'ovn.kubernetes.io/allocated': 'true',
      'ovn.kubernetes.io/ip_address': '10.16.0.5,fd00::5',
      'ovn.kubernetes.io/mac_address': '0a:00:00:10:00:05',
      'ovn.kubernetes.io/cidr': '10.16.0.0/24,fd00::/64',
      'ovn.kubernetes.io/gateway': gateway,
      'ovn.kubernetes.io/logical_switch': 'shop',
    },
  },
});
const moved = (gateway: string, uid?: string): Attachment | undefined => {
  const pods = sourceTable<Pod>('pods');
  pods.set('shop/web-0', podWith(gateway, uid));
  return movedAttachment(attachment, pods);
};

describe('movedAttachment', () => {
  test('the gateways of the answer and the routes by them follow the annotation, each family by itself', () => {
    expect(moved('10.16.0.254,fd00::1')?.answer).toEqual({
      ...answer,
      ips: [{ protocol: 'IPv4', ip: '10.16.0.5', cidr: '10.16.0.0/24', gateway: '10.16.0.254' }, answer.ips[1]],
      routes: [
        { dst: '0.0.0.0/0', gw: '10.16.0.254' },
        { dst: '::/0', gw: 'fd00::1' },
        { dst: '10.99.0.0/16', gw: '10.16.0.9' },
      ],
    });
  });

  test('the same gateways, another pod of that name, and a pod that is not known move nothing', () => {
    expect(moved('10.16.0.1,fd00::1')).toBeUndefined();
    expect(moved('10.16.0.254,fd00::fe', 'u2')).toBeUndefined();
    expect(movedAttachment(attachment, sourceTable<Pod>('pods'))).toBeUndefined();
  });

  test('an interface without default route has no gateway that could move', () => {
    const ips = answer.ips.map(({ protocol, ip, cidr }) => ({ protocol, ip, cidr }));
    const addresses = [{ family: 4 as const, address: '10.16.0.5', cidr: '10.16.0.0/24', gateway: '10.16.0.254' }];
    expect(movedAnswer({ ...answer, ips, routes: [] }, { addresses })).toBeUndefined();
  });
});

describe('moveRoutes, on the real kernel', () => {
  let ns: Netns;
  beforeEach(() => {
    ns = createNetns(`/run/netns/ko-d-move-${randomBytes(3).toString('hex')}`);
  });
  afterEach(() => {
    ns[Symbol.dispose]();
    deleteNetns(ns.path);
  });
  const routes = async (): Promise<readonly string[]> => {
    using inside = rtnl(ns);
    const found = (await inside.routes()).filter(({ via }) => via !== undefined);
    return found.map(({ dst, via }) => `${dst} ${via ?? ''}`).toSorted();
  };
  /** The pod as ADD left it, except that its own program has changed the third route. */
  const started = async (): Promise<Attachment> => {
    using inside = rtnl(ns);
    await inside.addVeth({ name: 'eth0', up: true, peer: { name: 'peer' } });
    await inside.changeLink('peer', { up: true });
    await inside.changeLink('eth0', { up: true });
    for (const prefix of ['10.16.0.5/24', 'fd00::5/64']) await inside.addAddress('eth0', prefix, { noDad: true });
    for (const { dst, gw } of answer.routes ?? [])
      await inside.replaceRoute({ dst: dst ?? '', link: 'eth0', ...(gw === undefined ? {} : { via: gw }) });
    await inside.replaceRoute({ dst: '10.99.0.0/16', link: 'eth0', via: '10.16.0.77' });
    return { ...attachment, netns: ns.path };
  };

  test('default routes are replaced, one outside of the prefix too; what the pod has made of others stays', async () => {
    const before = await started();
    const gateways = new Map([
      ['10.16.0.1', '10.16.1.254'],
      ['fd00::1', 'fd00::fe'],
      ['10.16.0.9', '10.16.0.10'],
    ]);
    const after = {
      ...before,
      answer: { ...answer, routes: (answer.routes ?? []).map((route) => ({ ...route, gw: gateways.get(route.gw ?? '') ?? '' })) },
    };
    await moveRoutes(before, after);
    expect(await routes()).toEqual(['0.0.0.0/0 10.16.1.254', '10.99.0.0/16 10.16.0.77', '::/0 fd00::fe']);
    await moveRoutes(before, after);
    expect(await routes()).toEqual(['0.0.0.0/0 10.16.1.254', '10.99.0.0/16 10.16.0.77', '::/0 fd00::fe']);
  });

  test('a pod that is gone is no failure', async () => {
    await moveRoutes({ ...attachment, netns: '/run/netns/ko-d-not-there' }, attachment);
    await moveRoutes({ ...attachment, netns: ns.path }, attachment);
    expect(await routes()).toEqual([]);
  });
});
