import type { SubnetSpec } from '@kube-ovn/api';
import { parsePrefix } from '@kube-ovn/ipam';
import { describe, expect, it } from 'vitest';
import { readRouterAdvertisements } from './router-advertisements.ts';

const block = (cidr: string) => ({ prefix: parsePrefix(cidr), cidr, gateway: '' });
const read = (spec: SubnetSpec, ...cidrs: readonly string[]) =>
  readRouterAdvertisements('Subnet net', spec, (cidrs.length === 0 ? ['10.0.0.0/24', 'fd00::/64'] : cidrs).map(block));
const usual = { address_mode: 'dhcpv6_stateful', max_interval: '30', min_interval: '5', send_periodic: 'true' };

describe('readRouterAdvertisements: what OVN is told', () => {
  it.each<[string, SubnetSpec, readonly string[], Readonly<Record<string, string>>]>([
    ['nothing, unless it is asked for', { ipv6RAConfigs: 'address_mode=slaac' }, [], {}],
    ["Kube-OVN's defaults", { enableIPv6RA: true }, [], usual],
    ['the same, of an empty text', { enableIPv6RA: true, ipv6RAConfigs: ' ' }, ['fd00::/96'], usual],
    ['nothing without IPv6', { enableIPv6RA: true, ipv6RAConfigs: 'nonsense' }, ['10.0.0.0/24'], {}],
    ['what is written, and nothing else', { enableIPv6RA: true, ipv6RAConfigs: 'address_mode=slaac' }, [], { address_mode: 'slaac' }],
    [
      'spaces do not count; lists go on after a comma',
      {
        enableIPv6RA: true,
        ipv6RAConfigs: 'dnssl=a.example, b.example, mtu = 1400, route_info=HIGH-fd01::/48,LOW-fd02::/48, rdnss=fd00::53',
      },
      [],
      { dnssl: 'a.example,b.example', mtu: '1400', route_info: 'HIGH-fd01::/48,LOW-fd02::/48', rdnss: 'fd00::53' },
    ],
  ])('%s', (_name, spec, cidrs, configs) => {
    expect(read(spec, ...cidrs)).toEqual({ configs, problems: [] });
  });
});

describe('readRouterAdvertisements: problems', () => {
  it.each<[string, string, string]>([
    ['an option that OVN does not know', 'adress_mode=slaac', 'adress_mode=slaac'],
    ['one that every object has', 'constructor=x', 'constructor=x'],
    ['one without a value', 'mtu', 'mtu'],
    ['one without a name', '=5', '=5'],
    ['a mode that there is none of', 'address_mode=auto', 'address_mode=auto'],
    ['a preference in small letters', 'router_preference=high', 'router_preference=high'],
    ['an MTU below what IPv6 needs', 'mtu=1279', 'mtu=1279'],
    ['an interval that RFC 4861 does not allow', 'max_interval=1801', 'max_interval=1801'],
    ['a shortest interval near the longest', 'max_interval=8,min_interval=7', 'min_interval=7'],
    ['the same beside the default longest one', 'min_interval=451', 'min_interval=451'],
    ['an IPv4 name server', 'rdnss=10.0.0.1', 'rdnss=10.0.0.1'],
    ['two name servers, of which OVN takes one', 'rdnss=fd00::1,fd00::2', 'fd00::2'],
    ['a domain that is none', 'dnssl=a.example,-b', 'dnssl=a.example,-b'],
    ['a route without preference', 'route_info=fd01::/48', 'route_info=fd01::/48'],
    ['an option twice', 'mtu=1400,mtu=1500', 'mtu=1500'],
    ['more than anybody needs', `dnssl=${'a,'.repeat(3000)}`, '6006 characters'],
  ])('%s', (_name, ipv6RAConfigs, value) => {
    const { problems } = read({ enableIPv6RA: true, ipv6RAConfigs });
    expect(problems.map((problem) => [problem.code, problem.field, problem.value])).toEqual([
      ['SUBNET_BAD_FIELD', 'spec.ipv6RAConfigs', value],
    ]);
  });

  it.each(['slaac', 'dhcpv6_stateless'])('%s: addresses that guests form by themselves need a block of length 64', (mode) => {
    const { problems } = read({ enableIPv6RA: true, ipv6RAConfigs: `address_mode=${mode}` }, 'fd00::/112');
    expect(problems[0]?.message).toContain('fd00::/112 has 112');
  });
});
