import type { EndpointInput, ServiceInput, SliceInput } from '@kube-ovn/api';
import type { Fragment } from '@kube-ovn/ovsdb';
import { describe, expect, it } from 'vitest';
import type { Place } from './by-node.formula.ts';
import { isAnsweredByPlace, serviceFragment } from './service.formula.ts';

const group = 'kube-ovn.services';
const service: ServiceInput = {
  key: 'my-shop/web',
  clusterIps: [{ family: 4, address: '10.96.0.10' }],
  externalIps: [],
  ports: [{ name: 'web', protocol: 'tcp', port: 80 }],
  isInternalLocal: false,
  isExternalLocal: false,
};
const local: ServiceInput = { ...service, isInternalLocal: true };
const endpoint = (address: string, node: string, change: Partial<EndpointInput> = {}): EndpointInput => ({
  address,
  node,
  isReady: true,
  isDraining: false,
  ...change,
});
const slice = (endpoints: readonly EndpointInput[], change: Partial<SliceInput> = {}): SliceInput => ({
  service: 'my-shop/web',
  family: 4,
  endpoints,
  ports: [{ name: 'web', protocol: 'tcp', port: 8080 }],
  ...change,
});
const places: readonly Place[] = ['a', 'b', 'c'].map((name) => ({
  node: name,
  chassis: `chassis-${name}`,
  zone: name === 'c' ? '' : name,
}));
const fragmentOf = (of: ServiceInput, slices: readonly SliceInput[]): Fragment | undefined =>
  serviceFragment(of, slices, { group, places: () => places });
const vipsOf = (fragment: Fragment | undefined): unknown =>
  Object.fromEntries(fragment?.rows.map(({ key, columns }) => [key, columns['vips']]) ?? []);
const valuesOf = (fragment: Fragment | undefined): unknown =>
  Object.fromEntries(fragment?.members.flatMap(({ table, key, map }) => (table === 'Chassis_Template_Var' ? [[key, map]] : [])) ?? []);

const V4 = 'svc.my_shop.web.tcp.80.10.96.0.10';
const V6 = 'svc.my_shop.web.tcp.80.fd00_96__a';

describe('a service whose inner policy is Local', () => {
  it('is a template, which each chassis fills with its own backends, or refuses by', () => {
    const fragment = fragmentOf(local, [slice([endpoint('10.16.0.5', 'a'), endpoint('10.16.0.6', 'a'), endpoint('10.16.0.7', 'b')])]);
    expect(vipsOf(fragment)).toEqual({ 'my-shop/web/tcp/ip4': { [`^${V4}.at:80`]: `^${V4}.to`, [`^${V4}.none:80`]: '' } });
    expect(valuesOf(fragment)).toEqual({
      'chassis-a': { [`${V4}.at`]: '10.96.0.10', [`${V4}.to`]: '10.16.0.5:8080,10.16.0.6:8080' },
      'chassis-b': { [`${V4}.at`]: '10.96.0.10', [`${V4}.to`]: '10.16.0.7:8080' },
      'chassis-c': { [`${V4}.none`]: '10.96.0.10' },
    });
    expect(fragment?.rows[0]?.columns).toMatchObject({ options: { reject: 'true', template: 'true', 'address-family': 'ipv4' } });
    expect(fragment?.members[0]?.set).toEqual([{ ref: { table: 'Load_Balancer', key: 'my-shop/web/tcp/ip4' } }]);
  });

  it('has one for each family and protocol, whose rows do not depend on where the endpoints are', () => {
    const of: ServiceInput = {
      ...local,
      clusterIps: [...local.clusterIps, { family: 6, address: 'fd00:96::a' }],
      ports: [...local.ports, { name: 'names', protocol: 'udp', port: 53 }],
    };
    const six = slice([endpoint('fd00:16::5', 'b')], { family: 6 });
    const fragment = fragmentOf(of, [six]);
    expect(fragment?.rows.map(({ key }) => key)).toEqual([
      'my-shop/web/tcp/ip4',
      'my-shop/web/tcp/ip6',
      'my-shop/web/udp/ip4',
      'my-shop/web/udp/ip6',
    ]);
    expect(valuesOf(fragment)).toMatchObject({
      'chassis-b': { [`${V4}.none`]: '10.96.0.10', [`${V6}.at`]: 'fd00:96::a', [`${V6}.to`]: '[fd00:16::5]:8080' },
    });
    expect(fragmentOf(of, [])?.rows).toEqual(fragment?.rows);
  });

  it('what drains on a node is asked there, when nothing there is ready', () => {
    const slices = [slice([endpoint('10.16.0.5', 'a', { isReady: false, isDraining: true }), endpoint('10.16.0.6', 'b')])];
    expect(valuesOf(fragmentOf(local, slices))).toMatchObject({ 'chassis-a': { [`${V4}.to`]: '10.16.0.5:8080' } });
  });

  it('the addresses that the outside knows are answered by all', () => {
    const fragment = fragmentOf({ ...local, externalIps: [{ family: 4, address: '198.51.100.7' }] }, [slice([endpoint('10.16.0.5', 'a')])]);
    expect(vipsOf(fragment)).toMatchObject({ 'my-shop/web/tcp': { '198.51.100.7:80': '10.16.0.5:8080' } });
  });

  it('a connection is spread by its addresses and ports where some chassis would spread it badly', () => {
    const of = (count: number): unknown =>
      fragmentOf(local, [slice(Array.from({ length: count }, (_, index) => endpoint(`10.16.0.${index + 1}`, 'a')))])?.rows[0]?.columns[
        'selection_fields'
      ];
    expect([of(2), of(5)]).toEqual([[], ['ip_src', 'ip_dst', 'tp_src', 'tp_dst']]);
  });

  it('with OVN that has no templates all are asked', () => {
    expect(vipsOf(serviceFragment(local, [slice([endpoint('10.16.0.5', 'a')])], { group }))).toEqual({
      'my-shop/web/tcp': { '10.96.0.10:80': '10.16.0.5:8080' },
    });
    expect(isAnsweredByPlace(local, [])).toBe(true);
  });
});

describe('endpoints that say for whom they are', () => {
  const near = [slice([endpoint('10.16.0.5', 'a', { zones: ['a'] }), endpoint('10.16.0.6', 'b', { zones: ['b'] })])];

  it('are asked by those; who is in no zone asks all', () => {
    const fragment = fragmentOf(service, near);
    expect(vipsOf(fragment)).toEqual({ 'my-shop/web/tcp/ip4': { [`^${V4}.at:80`]: `^${V4}.to` } });
    expect(valuesOf(fragment)).toMatchObject({
      'chassis-a': { [`${V4}.to`]: '10.16.0.5:8080' },
      'chassis-b': { [`${V4}.to`]: '10.16.0.6:8080' },
      'chassis-c': { [`${V4}.to`]: '10.16.0.5:8080,10.16.0.6:8080' },
    });
  });

  it('by name of the node before the zone', () => {
    const byNode = [slice(near[0]?.endpoints.map((each) => ({ ...each, nodes: [each.node === 'a' ? 'c' : 'b'] })) ?? [])];
    expect(valuesOf(fragmentOf(service, byNode))).toMatchObject({
      'chassis-a': { [`${V4}.to`]: '10.16.0.5:8080' },
      'chassis-b': { [`${V4}.to`]: '10.16.0.6:8080' },
      'chassis-c': { [`${V4}.to`]: '10.16.0.5:8080' },
    });
  });

  it('all in one zone, or one that does not say, is a load balancer as any other, without a look at nodes', () => {
    const one = near[0]?.endpoints.map((each) => ({ ...each, zones: ['a', 'b'] })) ?? [];
    const plain = { 'my-shop/web/tcp': { '10.96.0.10:80': '10.16.0.5:8080,10.16.0.6:8080' } };
    expect(vipsOf(fragmentOf(service, [slice(one)]))).toEqual(plain);
    const looked = (slices: readonly SliceInput[]): number => {
      let looks = 0;
      serviceFragment(service, slices, { group, places: () => ((looks += 1), places) });
      return looks;
    };
    expect([looked(near), looked([slice([...one.slice(1), endpoint('10.16.0.5', 'a')])])]).toEqual([1, 0]);
    expect(isAnsweredByPlace(service, [slice([endpoint('10.16.0.5', 'a')])])).toBe(false);
  });
});
