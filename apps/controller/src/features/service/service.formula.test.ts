import type { EndpointInput, ServiceInput, SliceInput } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { isSpreadEvenly, serviceFragment } from './service.formula.ts';

const group = 'kube-ovn.services';
const service: ServiceInput = {
  key: 'shop/web',
  clusterIps: [
    { family: 4, address: '10.96.0.10' },
    { family: 6, address: 'fd00:96::a' },
  ],
  externalIps: [],
  ports: [{ name: 'web', protocol: 'tcp', port: 80 }],
  isInternalLocal: false,
  isExternalLocal: false,
};
const endpoint = (address: string, change: Partial<EndpointInput> = {}): EndpointInput => ({
  address,
  node: 'node1',
  isReady: true,
  isDraining: false,
  ...change,
});
const slice = (endpoints: readonly EndpointInput[], change: Partial<SliceInput> = {}): SliceInput => ({
  service: 'shop/web',
  family: 4,
  endpoints,
  ports: [{ name: 'web', protocol: 'tcp', port: 8080 }],
  ...change,
});
const vipsOf = (slices: readonly SliceInput[], change: Partial<ServiceInput> = {}): unknown =>
  serviceFragment({ ...service, ...change }, slices, { group })?.rows[0]?.columns['vips'];

describe('serviceFragment', () => {
  it('wants one load balancer for each protocol, in the group of all services', () => {
    const ports = (['tcp', 'udp', 'sctp'] as const).map((protocol) => ({ name: protocol, protocol, port: 53 }));
    const fragment = serviceFragment({ ...service, ports }, [], { group });
    expect(fragment?.rows.map(({ key, columns }) => [key, columns['protocol']])).toEqual([
      ['shop/web/tcp', 'tcp'],
      ['shop/web/udp', 'udp'],
      ['shop/web/sctp', 'sctp'],
    ]);
    expect(fragment?.members[0]).toMatchObject({ table: 'Load_Balancer_Group', key: 'kube-ovn.services', column: 'load_balancer' });
    expect(fragment?.members[0]?.set).toHaveLength(3);
  });

  it('backends are those of the family, once each and in order, whatever the slices are', () => {
    const slices = [
      slice([endpoint('10.16.0.7'), endpoint('10.16.0.5')]),
      slice([endpoint('10.16.0.5')]),
      slice([endpoint('fd00:16::5')], { family: 6 }),
    ];
    const expected = { '10.96.0.10:80': '10.16.0.5:8080,10.16.0.7:8080', '[fd00:96::a]:80': '[fd00:16::5]:8080' };
    expect(vipsOf(slices)).toEqual(expected);
    expect(vipsOf(slices.toReversed())).toEqual(expected);
  });

  it('answers pods at the addresses that the outside knows as well, whatever the policy for the outside is', () => {
    const externalIps = [{ family: 4, address: '198.51.100.7' }] as const;
    expect(vipsOf([slice([endpoint('10.16.0.5')])], { externalIps, isExternalLocal: true })).toMatchObject({
      '10.96.0.10:80': '10.16.0.5:8080',
      '198.51.100.7:80': '10.16.0.5:8080',
    });
  });

  it('one name of a port may be another number on another pod', () => {
    const other = slice([endpoint('10.16.0.6')], { ports: [{ name: 'web', protocol: 'tcp', port: 9090 }] });
    expect(vipsOf([slice([endpoint('10.16.0.5')]), other])).toMatchObject({ '10.96.0.10:80': '10.16.0.5:8080,10.16.0.6:9090' });
  });

  it('ports of another name or protocol are not its own', () => {
    const ports = [
      { name: 'web', protocol: 'udp', port: 1 },
      { name: 'admin', protocol: 'tcp', port: 2 },
    ] as const;
    expect(vipsOf([slice([endpoint('10.16.0.5')], { ports })])).toMatchObject({ '10.96.0.10:80': '' });
  });

  it('what is not ready is not asked; what drains is, when nothing else is there', () => {
    const draining = endpoint('10.16.0.8', { isReady: false, isDraining: true });
    const absent = endpoint('10.16.0.9', { isReady: false });
    expect(vipsOf([slice([endpoint('10.16.0.5'), draining, absent])])).toMatchObject({ '10.96.0.10:80': '10.16.0.5:8080' });
    expect(vipsOf([slice([draining, absent])])).toMatchObject({ '10.96.0.10:80': '10.16.0.8:8080' });
    expect(vipsOf([slice([absent])])).toMatchObject({ '10.96.0.10:80': '' });
  });

  it('refuses where nobody serves, and chooses by the client where one is to stay', () => {
    const columns = (isSticky: boolean): unknown =>
      serviceFragment({ ...service, ...(isSticky && { stickySeconds: 90 }) }, [], { group })?.rows[0]?.columns;
    expect(columns(false)).toMatchObject({ options: { reject: 'true' }, selection_fields: [] });
    expect(columns(true)).toMatchObject({ selection_fields: ['ip_src', 'ip_dst'] });
  });

  it('connections are spread by their addresses and ports where the datapath would spread them badly', () => {
    const fields = (count: number): unknown => {
      const slices = [slice(Array.from({ length: count }, (_, index) => endpoint(`10.16.0.${index + 1}`)))];
      return serviceFragment(service, slices, { group })?.rows[0]?.columns['selection_fields'];
    };
    expect(fields(4)).toEqual([]);
    expect(fields(10)).toEqual(['ip_src', 'ip_dst', 'tp_src', 'tp_dst']);
  });

  it('the datapath spreads few counts well', () => {
    const even = Array.from({ length: 65 }, (_, count) => count).filter((count) => isSpreadEvenly(count));
    expect(even).toEqual([0, 1, 2, 3, 4, 8, 16, 32, 64]);
  });

  it('SCTP is served as TCP is; OVN does not ask its backends whether they live', () => {
    const ports = [{ name: 'web', protocol: 'sctp', port: 80 }] as const;
    const slices = [slice([endpoint('10.16.0.5'), endpoint('10.16.0.7')], { ports: [{ name: 'web', protocol: 'sctp', port: 8080 }] })];
    const fragment = serviceFragment({ ...service, ports }, slices, { group, probes: () => ({ port: 'web.shop', source: '10.16.0.9' }) });
    expect(fragment?.rows.map(({ table, key }) => [table, key])).toEqual([['Load_Balancer', 'shop/web/sctp']]);
    expect(fragment?.rows[0]?.columns).toMatchObject({
      protocol: 'sctp',
      vips: { '10.96.0.10:80': '10.16.0.5:8080,10.16.0.7:8080', '[fd00:96::a]:80': '' },
      options: { reject: 'true' },
    });
  });

  it('a service without ports wants nothing', () => {
    expect(serviceFragment({ ...service, ports: [] }, [], { group })).toBeUndefined();
  });
});
