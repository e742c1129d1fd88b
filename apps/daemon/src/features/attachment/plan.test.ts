import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CniRequest } from '@kube-ovn/api';
import type { PodInterface } from '../../inputs/pod-interface.ts';
import { attachmentFragment } from './attachment.formula.ts';
import { hostLinkName } from './link-name.ts';
import { nodeSubnet } from '../../../test/node-subnet.ts';
import { planAttach, planDelegated, type AttachInput } from './plan.ts';
import { printAttachment, readAttachment } from './record.ts';

const containerId = '0123456789abcdef'.repeat(4);
const request: CniRequest = {
  cni_type: 'kube-ovn',
  network: 'kube-ovn',
  pod_name: 'web-0',
  pod_namespace: 'shop',
  container_id: containerId,
  net_ns: '/run/netns/x',
  if_name: 'eth0',
  provider: 'ovn',
};
const pod: PodInterface = {
  provider: 'ovn',
  port: 'web-0.shop',
  subnet: 'ovn-default',
  mac: '0a:00:00:10:00:05',
  addresses: [
    { family: 4, address: '10.16.0.5', cidr: '10.16.0.0/16', gateway: '10.16.0.1' },
    { family: 6, address: 'fd00::5', cidr: 'fd00::/64', gateway: 'fd00::1' },
  ],
  isDefaultRoute: undefined,
  routes: [],
  isActivatedLater: false,
};
const subnet = { ...nodeSubnet('ovn-default', '10.16.0.0/16', { natOutgoing: true }), blocks: [] };
const input: AttachInput = {
  request,
  pod,
  podUid: 'u1',
  subnet,
  overlayMtuBytes: 1400,
  underlayMtuBytes: () => 1500,
  isUserspaceDatapath: false,
};

describe('planAttach', () => {
  test('golden: the first interface of a dual-stack pod', () => {
    expect(planAttach(input)).toEqual({
      attachment: {
        containerId,
        ifName: 'eth0',
        network: 'kube-ovn',
        namespace: 'shop',
        pod: 'web-0',
        podUid: 'u1',
        netns: '/run/netns/x',
        provider: 'ovn',
        port: 'web-0.shop',
        hostLink: '0123456789ab_h',
        mac: '0a:00:00:10:00:05',
        answer: {
          ips: [
            { protocol: 'IPv4', ip: '10.16.0.5', cidr: '10.16.0.0/16', gateway: '10.16.0.1' },
            { protocol: 'IPv6', ip: 'fd00::5', cidr: 'fd00::/64', gateway: 'fd00::1' },
          ],
          mac_address: '0a:00:00:10:00:05',
          routes: [
            { dst: '0.0.0.0/0', gw: '10.16.0.1' },
            { dst: '::/0', gw: 'fd00::1' },
          ],
          mtu: 1400,
          nicname: 'eth0',
          host_nicname: '0123456789ab_h',
        },
      },
      mtuBytes: 1400,
      addresses: [
        { address: '10.16.0.5', prefix: '10.16.0.5/16', isIpv6: false },
        { address: 'fd00::5', prefix: 'fd00::5/64', isIpv6: true },
      ],
      routes: [
        { dst: '0.0.0.0/0', via: '10.16.0.1' },
        { dst: '::/0', via: 'fd00::1' },
      ],
      listenMs: 50,
      gateways: [
        { own: '10.16.0.5', gateway: '10.16.0.1' },
        { own: 'fd00::5', gateway: 'fd00::1' },
      ],
      checksumInPod: false,
    });
  });

  test('a further interface has no default route, and its addresses name no gateway', () => {
    const plan = planAttach({ ...input, request: { ...request, if_name: 'net1' } });
    expect(plan.routes).toEqual([]);
    expect(plan.attachment.answer.ips.map(({ gateway }) => gateway)).toEqual([undefined, undefined]);
    expect(plan.gateways).toHaveLength(2);
  });

  test('an annotation decides about the default route', () => {
    expect(planAttach({ ...input, pod: { ...pod, isDefaultRoute: false } }).routes).toEqual([]);
    expect(planAttach({ ...input, pod: { ...pod, isDefaultRoute: true }, request: { ...request, if_name: 'net1' } }).routes).toHaveLength(
      2,
    );
  });

  test('further routes: of the annotation, then of the configuration; the gateway of the family when they name none', () => {
    const plan = planAttach({
      ...input,
      request: { ...request, if_name: 'net1', routes: [{ dst: '172.16.0.0/12' }, { dst: 'fd99::/16' }] },
      pod: { ...pod, routes: [{ dst: '192.168.0.0/16', gw: '10.16.0.9' }, { gw: '10.16.0.8' }] },
    });
    expect(plan.routes).toEqual([
      { dst: '192.168.0.0/16', via: '10.16.0.9' },
      { dst: '0.0.0.0/0', via: '10.16.0.8' },
      { dst: '172.16.0.0/12', via: '10.16.0.1' },
      { dst: 'fd99::/16', via: 'fd00::1' },
    ]);
  });

  test('MTU: of the subnet, of the underlay, of the overlay', () => {
    expect(planAttach({ ...input, subnet: { ...subnet, mtuBytes: 1300, vlan: 'vlan1' } }).mtuBytes).toBe(1300);
    expect(planAttach({ ...input, subnet: { ...subnet, vlan: 'vlan1' } })).toMatchObject({
      mtuBytes: 1500,
      listenMs: 200,
    });
  });

  test('disableGatewayCheck and live migration', () => {
    expect(planAttach({ ...input, subnet: { ...subnet, checkGateway: false } }).gateways).toEqual([]);
    expect(planAttach({ ...input, pod: { ...pod, isActivatedLater: true } })).toMatchObject({ gateways: [], listenMs: 0 });
  });

  test('for another plugin: addresses with gateways, no interface', () => {
    expect(planDelegated(pod, request)).toEqual({ ips: planAttach(input).attachment.answer.ips, mac_address: pod.mac, routes: [] });
  });
});

describe('the record of an attachment', () => {
  test('survives the round trip through external_ids', () => {
    const { attachment } = planAttach(input);
    const row = { name: attachment.hostLink, external_ids: new Map(Object.entries(printAttachment(attachment))) };
    expect(readAttachment(row)).toEqual(attachment);
  });

  test('rows of others, and damaged ones, are no attachments', () => {
    const good = printAttachment(planAttach(input).attachment);
    for (const change of [{ cni_answer: '{' }, { cni_answer: '[]' }, { container_id: '' }, { 'iface-id': '' }]) {
      expect(readAttachment({ name: 'x', external_ids: new Map(Object.entries({ ...good, ...change })) })).toBeUndefined();
    }
    expect(readAttachment({ name: 'x', external_ids: new Map([['iface-id', 'web-0.shop']]) })).toBeUndefined();
  });

  test('its fragment is a Port and an Interface of the same name on br-int', () => {
    const { rows } = attachmentFragment(planAttach(input).attachment);
    expect(rows.map(({ table, key, parent }) => [table, key, parent?.key])).toEqual([
      ['Port', '0123456789ab_h', 'br-int'],
      ['Interface', '0123456789ab_h', undefined],
    ]);
  });
});

describe('hostLinkName', () => {
  test.for([
    ['eth0', '0123456789ab_h'],
    ['net1', '01234567_net1_h'],
    ['a-long-name-0', /^[0-9a-f]{12}_h$/],
  ] as const)('%s', ([ifName, expected]) => {
    expect(hostLinkName({ containerId, ifName })).toMatch(expected);
  });

  test('any container and interface: at most 15 bytes, and different ones have different names', () => {
    const names = fc.record({
      containerId: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,70}$/),
      ifName: fc.stringMatching(/^[a-z][a-z0-9]{0,14}$/),
    });
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(Buffer.byteLength(hostLinkName(a))).toBeLessThanOrEqual(15);
        const isSame = a.containerId === b.containerId && a.ifName === b.ifName;
        expect(hostLinkName(a) === hostLinkName(b)).toBe(isSame);
      }),
    );
  });

  test('ids that differ only at their end', () => {
    expect(hostLinkName({ containerId: 'sandbox-of-web-0', ifName: 'eth0' })).not.toBe(
      hostLinkName({ containerId: 'sandbox-of-web-1', ifName: 'eth0' }),
    );
  });
});
