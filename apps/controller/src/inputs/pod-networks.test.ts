import { type NetworkAttachmentDefinition, type Pod, readAttachmentConfig } from '@kube-ovn/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PodInput, readPod } from './pod.ts';

const definition = (namespace: string, name: string, config: string): readonly [string, NetworkAttachmentDefinition] => [
  `${namespace}/${name}`,
  { metadata: { namespace, name }, spec: { config } },
];
const definitions = new Map([
  definition('shop', 'net', '{"type":"kube-ovn","provider":"net.shop.ovn"}'),
  definition('shop', 'mac', '{"type":"macvlan","ipam":{"type":"kube-ovn","provider":"mac.shop"}}'),
  definition('shop', 'foreign', '{"type":"bridge"}'),
  definition('shop', 'junk', '{'),
  definition('shop', 'wrong', '{"type":"kube-ovn","provider":"wrong.shop"}'),
  definition('shop', 'cluster', '{"type":"kube-ovn","provider":"ovn"}'),
]);
const networks = 'k8s.v1.cni.cncf.io/networks';
const instead = 'v1.multus-cni.io/default-network';
const status = 'k8s.v1.cni.cncf.io/network-status';

function read(annotations: Readonly<Record<string, string>>): PodInput {
  const pod: Pod = { metadata: { name: 'web', namespace: 'shop', uid: 'u', annotations }, spec: { nodeName: 'n' } };
  const input = readPod(pod, (key) => {
    const found = definitions.get(key);
    return found === undefined ? undefined : readAttachmentConfig(found);
  });
  if (input === undefined) throw new Error('bad example');
  return input;
}
const providers = (annotations: Readonly<Record<string, string>>): readonly string[] =>
  read(annotations).interfaces.map(({ name, provider }) => `${name} ${provider}`);
const told = (provider: string, name: string) => ({
  [`${provider}.kubernetes.io/allocated`]: 'true',
  [`${provider}.kubernetes.io/interface`]: name,
});
const own = { 'ovn.kubernetes.io/allocated': 'true' };

describe('interfaces of a pod', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['the cluster network alone', {}, ['eth0 ovn']],
    ['one network more', { [networks]: 'net' }, ['eth0 ovn', 'net1 net.shop.ovn']],
    ['addresses for another plugin', { [networks]: 'mac@lan0' }, ['eth0 ovn', 'lan0 mac.shop']],
    ['a network that is not ours counts in the names alone', { [networks]: 'foreign,net' }, ['eth0 ovn', 'net2 net.shop.ovn']],
    ['one network twice', { [networks]: 'net,net@b' }, ['eth0 ovn', 'net1 net.shop.ovn.net1', 'b net.shop.ovn.b']],
    ['a network in place of that of the cluster', { [instead]: 'net' }, ['eth0 net.shop.ovn']],
    [
      'one that got its provider alone keeps it when the network is attached again',
      { [networks]: 'net,net', ...own, ...told('net.shop.ovn', 'net1') },
      ['eth0 ovn', 'net1 net.shop.ovn', 'net2 net.shop.ovn.net2'],
    ],
    [
      'one that got its provider as one of two keeps it when the other goes',
      { [networks]: 'net@b', ...own, ...told('net.shop.ovn.b', 'b') },
      ['eth0 ovn', 'b net.shop.ovn.b'],
    ],
    [
      'one that was taken from the list is gone when the runtime lists it no more',
      { ...own, ...told('net.shop.ovn', 'net1') },
      ['eth0 ovn'],
    ],
    [
      'and stays for as long as the runtime lists it',
      { ...own, ...told('net.shop.ovn', 'net1'), [status]: '[{"name":"shop/net","interface":"net1"}]' },
      ['eth0 ovn', 'net1 net.shop.ovn'],
    ],
    [
      'those in use stay while the list can not be read',
      { ...own, ...told('net.shop.ovn', 'net1'), [networks]: '[' },
      ['eth0 ovn', 'net1 net.shop.ovn'],
    ],
    [
      'and while a definition is gone',
      { ...own, ...told('gone.shop.ovn', 'net1'), [networks]: 'gone' },
      ['eth0 ovn', 'net1 gone.shop.ovn'],
    ],
  ])('%s', (_name, annotations, expected) => {
    expect(providers(annotations)).toEqual(expected);
  });

  it('static addresses come from annotations, or from the request', () => {
    const request = '[{"name":"net","interface":"b","ips":["10.1.0.5/24"],"mac":"02:00:00:00:00:05"}]';
    const ofSecond = (more: Readonly<Record<string, string>>) => read({ [networks]: request, ...more }).interfaces[1];
    expect(ofSecond({})).toMatchObject({ addresses: { v4: '10.1.0.5' }, mac: '02:00:00:00:00:05', port: 'web.shop.net.shop.ovn' });
    expect(ofSecond({ 'net.shop.kubernetes.io/ip_address.b': '10.1.0.6' })).toMatchObject({ addresses: { v4: '10.1.0.6' } });
    expect(ofSecond({ 'net.shop.ovn.kubernetes.io/ip_address': '10.1.0.7' })).toMatchObject({ addresses: { v4: '10.1.0.7' } });
  });

  it('annotations of an interface that is gone are named', () => {
    expect(read({ ...own, ...told('net.shop.ovn', 'net1'), 'net.shop.ovn.kubernetes.io/routes': '[]' }).formerKeys.toSorted()).toEqual([
      'net.shop.ovn.kubernetes.io/allocated',
      'net.shop.ovn.kubernetes.io/interface',
    ]);
  });

  it.for<[string, Readonly<Record<string, string>>, string, string, string, string]>([
    ['no list', { [networks]: 'a b' }, 'Pod shop/web', networks, 'a b', 'must be names'],
    ['an unknown network', { [networks]: 'gone' }, 'Pod shop/web', networks, 'shop/gone', 'create it'],
    ['junk as a default network', { [instead]: 'a,b' }, 'Pod shop/web', instead, 'a,b', 'at most 1'],
    ['junk in a definition', { [networks]: 'junk' }, 'NetworkAttachmentDefinition shop/junk', 'spec.config', '{', 'CNI configuration'],
    [
      'a provider that is not ours',
      { [networks]: 'wrong' },
      'NetworkAttachmentDefinition shop/wrong',
      'provider',
      'wrong.shop',
      'wrong.shop.ovn',
    ],
    [
      "the cluster's provider once more",
      { [networks]: 'cluster' },
      'NetworkAttachmentDefinition shop/cluster',
      'provider',
      'ovn',
      'cluster.shop.ovn',
    ],
    ['one name for two', { [networks]: 'net@b,mac@b' }, 'Pod shop/web', networks, 'b', 'another interface'],
    ['the name of the first', { [networks]: 'net@eth0' }, 'Pod shop/web', networks, 'eth0', 'another interface'],
  ])('%s: object, field, value and the way out', ([, annotations, object, field, value, hint]) => {
    const [found] = read(annotations).problems;
    expect(found?.object).toBe(object);
    expect(found?.field).toContain(field);
    expect(found?.value).toBe(value);
    expect(found?.message).toContain(hint);
  });

  it('no annotation makes it throw, and no two interfaces have one port', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.array(fc.constantFrom('net', 'mac', 'net@b', 'junk', 'gone', 'foreign')).map(String));
    fc.assert(
      fc.property(text, text, text, (list, first, present) => {
        const { interfaces } = read({ [networks]: list, [instead]: first, [status]: present, ...own, ...told('net.shop.ovn', 'net1') });
        expect(new Set(interfaces.map(({ port }) => port)).size).toBe(interfaces.length);
      }),
    );
  });
});
