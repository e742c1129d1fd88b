import { readAttachmentConfig } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { type PodInput, readPod } from '../../inputs/pod.ts';
import { readSubnet, type SubnetInput } from '../../inputs/subnet.ts';
import { podDemands } from './demand.ts';
import type { Offers } from './places.ts';

const subnet = (name: string, provider: string): SubnetInput => {
  const names = { clusterRouter: 'ovn-cluster', defaultSubnet: 'd', joinSubnet: 'j' };
  const reading = readSubnet({ metadata: { name }, spec: { cidrBlock: '10.1.0.0/16', provider } }, names);
  if (!reading.ok) throw new Error('bad example');
  return reading.input;
};
const known = [subnet('plain', 'ovn'), subnet('second', 'net.shop.ovn'), subnet('lan', 'mac.shop')];
const offers: Offers = {
  binding: ['plain'],
  ofProvider: (provider) => known.filter((each) => each.provider === provider).map(({ name }) => name),
  findSubnet: (name) => known.find((each) => each.name === name),
  subnetProblems: () => [],
  findVip: () => undefined,
  boundPools: [],
  findPool: () => undefined,
};
const configs: Readonly<Record<string, string>> = {
  'shop/net': '{"type":"kube-ovn","provider":"net.shop.ovn"}',
  'shop/other': '{"type":"kube-ovn"}',
  'shop/mac': '{"type":"macvlan","ipam":{"type":"kube-ovn","provider":"mac.shop"}}',
  'shop/mac2': '{"type":"macvlan","ipam":{"type":"kube-ovn"}}',
};

function pod(networks: string, annotations: Readonly<Record<string, string>> = {}): PodInput {
  const metadata = { name: 'web', namespace: 'shop', uid: 'u', annotations: { 'k8s.v1.cni.cncf.io/networks': networks, ...annotations } };
  const read = readPod({ metadata, spec: { nodeName: 'n' } }, (key) => {
    const [namespace = '', name = ''] = key.split('/');
    const config = configs[key];
    return config === undefined ? undefined : readAttachmentConfig({ metadata: { namespace, name }, spec: { config } });
  });
  if (read === undefined) throw new Error('bad example');
  return read;
}
const running = { 'ovn.kubernetes.io/allocated': 'true' };
const asked = (input: PodInput, more: Partial<Offers> = {}): unknown =>
  podDemands(input, { ...offers, ...more }).demands.map(([port, { subnets, together }]) => [port, subnets, together?.length]);

describe('podDemands', () => {
  it.each<[string, PodInput, unknown]>([
    ['one interface is by itself', pod(''), [['web.shop', ['plain'], undefined]]],
    [
      'Subnets of the provider, and all together',
      pod('net,mac'),
      [
        ['web.shop', ['plain'], 3],
        ['web.shop.net.shop.ovn', ['second'], 3],
        ['web.shop.mac.shop', ['lan'], 3],
      ],
    ],
    [
      'the Subnets of the namespace where no Subnet has the provider of a port of ours',
      pod('other'),
      [
        ['web.shop', ['plain'], 2],
        ['web.shop.other.shop.ovn', ['plain'], 2],
      ],
    ],
    [
      'a Subnet named for the interface',
      pod('other', { 'other.shop.ovn.kubernetes.io/logical_switch': 'second' }),
      [
        ['web.shop', ['plain'], 2],
        ['web.shop.other.shop.ovn', ['second'], 2],
      ],
    ],
    ['nothing for any while one can not be had', pod('net,gone'), []],
    [
      'of a pod that runs, everything else',
      pod('net,gone,mac', running),
      [
        ['web.shop', ['plain'], undefined],
        ['web.shop.net.shop.ovn', ['second'], 2],
        ['web.shop.mac.shop', ['lan'], 2],
      ],
    ],
    [
      'of a pod that runs, not the one whose annotation can not be read',
      pod('net', { ...running, 'net.shop.ovn.kubernetes.io/ip_address': 'x' }),
      [['web.shop', ['plain'], undefined]],
    ],
  ])('%s', (_name, input, expected) => {
    expect(asked(input)).toEqual(expected);
  });

  it('a namespace that has not been seen is waited for by all', () => {
    expect(asked(pod('net'), { binding: undefined })).toEqual([]);
  });

  it.each<[string, PodInput, string, string]>([
    ['addresses for another plugin without a Subnet', pod('mac2'), 'POD_NO_SUBNET', 'mac2.shop'],
    ['a Subnet of OVN for another plugin', pod('mac', { 'mac.shop.kubernetes.io/logical_switch': 'plain' }), 'POD_WRONG_SUBNET', 'plain'],
    ['addresses of another plugin for a port of ours', pod('', { 'ovn.kubernetes.io/logical_switch': 'lan' }), 'POD_WRONG_SUBNET', 'lan'],
  ])('%s', (_name, input, code, value) => {
    const { demands, problems } = podDemands(input, offers);
    expect(demands).toEqual([]);
    expect(problems).toMatchObject([{ code, value, object: 'Pod shop/web' }]);
  });

  describe('Subnets that are refused', () => {
    const bad = { code: 'SUBNET_OVERLAP', object: 'Subnet bad', field: 'f', value: 'v', hint: 'h', message: 'Subnet bad: overlaps' };
    const refusing: Partial<Offers> = { subnetProblems: (name) => (name.startsWith('bad') ? [bad] : []) };
    const problemsOf = (input: PodInput, binding: readonly string[]) => podDemands(input, { ...offers, ...refusing, binding }).problems;

    it.each<[string, PodInput, readonly string[], string]>([
      ['those of the namespace', pod(''), ['bad', 'bad2'], 'bad,bad2'],
      ['one named for the pod', pod('', { 'ovn.kubernetes.io/logical_switch': 'bad' }), ['plain'], 'bad'],
    ])('%s: the pod waits and says why', (_name, input, binding, value) => {
      expect(podDemands(input, { ...offers, ...refusing, binding }).demands).toEqual([]);
      const [found] = problemsOf(input, binding);
      expect(found).toMatchObject({ code: 'POD_SUBNET_REFUSED', value });
      expect(found?.message).toContain('Subnet bad: overlaps');
    });

    it('one that is in force serves beside them', () => {
      expect(problemsOf(pod(''), ['bad', 'plain'])).toEqual([]);
    });

    it('a pod that has its addresses keeps them', () => {
      const has = pod('', { ...running, 'ovn.kubernetes.io/logical_switch': 'bad', 'ovn.kubernetes.io/ip_address': '10.1.0.2' });
      expect(problemsOf(has, ['bad'])).toEqual([]);
    });
  });
});
