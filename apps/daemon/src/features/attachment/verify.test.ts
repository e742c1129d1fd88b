import { describe, expect, test } from 'vitest';
import type { Attachment } from './record.ts';
import { differences, resultDifferences, type ObservedInterface } from './verify.ts';

const attachment: Attachment = {
  containerId: 'c',
  ifName: 'eth0',
  network: 'kube-ovn',
  namespace: 'shop',
  pod: 'web-0',
  podUid: 'u1',
  netns: '/run/netns/x',
  provider: 'ovn',
  port: 'web-0.shop',
  hostLink: 'c_h',
  mac: '0a:00:00:10:00:05',
  answer: { ips: [{ protocol: 'IPv4', ip: '10.16.0.5', cidr: '10.16.0.0/16' }], routes: [{ dst: '0.0.0.0/0', gw: '10.16.0.1' }] },
};
const link = {
  index: 7,
  name: 'eth0',
  mac: '0a:00:00:10:00:05',
  mtuBytes: 1400,
  up: true,
  lowerUp: true,
  kind: 'veth',
  master: undefined,
  peerIndex: 8,
};
const address = { index: 7, prefix: '10.16.0.5/16', tentative: false, dadFailed: false, scope: 0 };
const route = {
  type: 'unicast',
  dst: '0.0.0.0/0',
  via: '10.16.0.1',
  index: 7,
  src: undefined,
  table: 254,
  metric: 0,
  protocol: 4,
} as const;
const observed: ObservedInterface = { link, addresses: [address], routes: [route] };

describe('differences', () => {
  test('none when all is as ADD left it; what was added beside it does not count', () => {
    expect(differences(attachment, observed)).toEqual([]);
    expect(differences(attachment, { ...observed, addresses: [address, { ...address, prefix: '10.99.0.1/24' }] })).toEqual([]);
  });

  test.for([
    ['the namespace is gone', undefined, '/run/netns/x is gone'],
    ['the link is gone', { link: undefined, addresses: [], routes: [] }, 'eth0 is missing'],
    ['another MAC', { ...observed, link: { ...link, mac: '0a:00:00:00:00:01' } }, '0a:00:00:00:00:01, not 0a:00:00:10:00:05'],
    ['down', { ...observed, link: { ...link, up: false } }, 'is down'],
    ['no address', { ...observed, addresses: [] }, 'lacks the address 10.16.0.5/16'],
    ['another prefix length', { ...observed, addresses: [{ ...address, prefix: '10.16.0.5/24' }] }, 'lacks the address 10.16.0.5/16'],
    ['no route', { ...observed, routes: [] }, 'route 0.0.0.0/0 via 10.16.0.1 is missing'],
    ['another next hop', { ...observed, routes: [{ ...route, via: '10.16.0.9' }] }, 'route 0.0.0.0/0 via 10.16.0.1'],
    ['the route on another link', { ...observed, routes: [{ ...route, index: 9 }] }, 'route 0.0.0.0/0 via 10.16.0.1'],
  ] as const)('%s', ([, found, says]) => {
    expect(differences(attachment, found)).toEqual([expect.stringContaining(says)]);
  });
});

describe('resultDifferences', () => {
  test('the cached result must hold our addresses', () => {
    expect(resultDifferences(attachment.answer, { ips: [{ address: '10.16.0.5/16' }, { address: '192.168.1.1/24' }] })).toEqual([]);
    expect(resultDifferences(attachment.answer, { ips: [{ address: '10.16.0.6/16' }] })).toEqual([
      'prevResult lacks the address 10.16.0.5/16',
    ]);
  });

  test('junk instead of a result is a difference, never a throw', () => {
    for (const junk of [undefined, null, 7, 'x', [], {}, { ips: {} }])
      expect(resultDifferences(attachment.answer, junk)).toEqual(['prevResult has no "ips"']);
    expect(resultDifferences(attachment.answer, { ips: [null, 7, {}] })).toEqual(['prevResult lacks the address 10.16.0.5/16']);
  });
});
