import { describe, expect, test } from 'vitest';
import type { Node, Pod, Subnet } from '@kube-ovn/api';
import { internalAddresses, labelledDatapath, readJoinInterface } from './join-interface.ts';
import { readPodInterface } from './pod-interface.ts';
import { readSubnet } from './subnet.ts';
import { trimPod } from './trim.ts';

const podWith = (annotations: Readonly<Record<string, string>>): Pod => ({
  metadata: { name: 'web-0', namespace: 'shop', uid: 'u1', annotations },
});
const laidDown = {
  'ovn.kubernetes.io/allocated': 'true',
  'ovn.kubernetes.io/ip_address': '10.16.0.5,fd00::5',
  'ovn.kubernetes.io/mac_address': '0A:00:00:10:00:05',
  'ovn.kubernetes.io/cidr': '10.16.0.0/16,fd00::/64',
  'ovn.kubernetes.io/gateway': '10.16.0.1,fd00::1',
  'ovn.kubernetes.io/logical_switch': 'ovn-default',
};

describe('readPodInterface', () => {
  test('what the controller has laid down', () => {
    expect(readPodInterface(podWith(laidDown), { provider: 'ovn', ifName: 'eth0' })).toEqual({
      state: 'ready',
      value: {
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
      },
    });
  });

  test('a further interface has annotations and a port of its own', () => {
    const annotations = Object.fromEntries(Object.entries(laidDown).map(([key, value]) => [key.replace('ovn.', 'net1.shop.ovn.'), value]));
    expect(readPodInterface(podWith(annotations), { provider: 'net1.shop.ovn', ifName: 'net1' })).toMatchObject({
      state: 'ready',
      value: { port: 'web-0.shop.net1.shop.ovn' },
    });
    expect(readPodInterface(podWith(annotations), { provider: 'ovn', ifName: 'eth0' }).state).toBe('waiting');
  });

  test('of a network that is attached twice each interface has its own, and waits for them', () => {
    const under = (provider: string, name: string) => ({
      ...Object.fromEntries(Object.entries(laidDown).map(([key, value]) => [key.replace('ovn.', `${provider}.`), value])),
      [`${provider}.kubernetes.io/interface`]: name,
    });
    const of = (ifName: string) => ({ provider: 'n.shop.ovn', ifName });
    const first = under('n.shop.ovn', 'net1');
    expect(readPodInterface(podWith(first), of('net1'))).toMatchObject({ value: { port: 'web-0.shop.n.shop.ovn' } });
    expect(readPodInterface(podWith(first), of('net2'))).toEqual({
      state: 'waiting',
      reason: expect.stringContaining('n.shop.ovn.net2.kubernetes.io/allocated'),
    });
    expect(readPodInterface(podWith({ ...first, ...under('n.shop.ovn.net2', 'net2') }), of('net2'))).toMatchObject({
      value: { port: 'web-0.shop.n.shop.ovn.net2' },
    });
  });

  test('a further network whose configuration names no provider: what the controller gave that name, never the first interface again', () => {
    const net1 = { provider: 'ovn', ifName: 'net1' };
    const asked = { ...laidDown, 'k8s.v1.cni.cncf.io/networks': 'lan' };
    expect(readPodInterface(podWith(asked), net1)).toMatchObject({ state: 'waiting', reason: expect.stringContaining('interface: net1') });
    const given = {
      'lan.shop.ovn.kubernetes.io/allocated': 'true',
      'lan.shop.ovn.kubernetes.io/interface': 'net1',
      'lan.shop.ovn.kubernetes.io/mac_address': '0a:00:00:00:00:01',
      'lan.shop.ovn.kubernetes.io/logical_switch': 'lan',
    };
    expect(readPodInterface(podWith({ ...asked, ...given }), net1)).toMatchObject({
      value: { port: 'web-0.shop.lan.shop.ovn', subnet: 'lan' },
    });
    expect(readPodInterface(podWith({ ...asked, ...given }), { provider: 'ovn', ifName: 'eth0' })).toMatchObject({
      value: { port: 'web-0.shop' },
    });
  });

  test('a port of a virtual machine bears its name', () => {
    expect(
      readPodInterface(podWith({ ...laidDown, 'ovn.kubernetes.io/virtualmachine': 'vm-1' }), { provider: 'ovn', ifName: 'eth0' }),
    ).toMatchObject({
      value: { port: 'vm-1.shop' },
    });
  });

  test.for([
    ['no', {}, false],
    ['the annotation of Kube-OVN', { 'ovn.kubernetes.io/activation_strategy': 'rarp' }, true],
    ['that of KubeVirt on the pod that a machine moves to', { 'kubevirt.io/migrationJobName': 'move-1' }, true],
  ] as const)('takes over from another port: %s', ([_name, more, isActivatedLater]) => {
    const reading = readPodInterface(podWith({ ...laidDown, ...more }), { provider: 'ovn', ifName: 'eth0' });
    expect(reading).toMatchObject({ value: { isActivatedLater } });
  });

  test.for(['allocated', 'mac_address', 'logical_switch'])('without %s there is something to wait for, and the reason names it', (key) => {
    const { [`ovn.kubernetes.io/${key}` as keyof typeof laidDown]: _, ...rest } = laidDown;
    expect(readPodInterface(podWith(rest), { provider: 'ovn', ifName: 'eth0' })).toEqual({
      state: 'waiting',
      reason: expect.stringMatching(`Pod shop/web-0 .*${key}`),
    });
  });

  test.for([
    ['ip_address', '10.16.0.300'],
    ['mac_address', 'aa:bb'],
    ['routes', '{'],
    ['default_route', 'perhaps'],
  ] as const)('%s "%s" is a problem that names pod, annotation and value', ([key, value]) => {
    const reading = readPodInterface(podWith({ ...laidDown, [`ovn.kubernetes.io/${key}`]: value }), { provider: 'ovn', ifName: 'eth0' });
    expect(reading).toMatchObject({ state: 'bad', problem: { object: 'Pod shop/web-0', field: expect.stringContaining(key), value } });
  });

  test('trimPod keeps all that is read', () => {
    const pod: Pod = { ...podWith(laidDown), spec: { nodeName: 'node1' }, status: { phase: 'Running' } };
    expect(readPodInterface(trimPod(pod), { provider: 'ovn', ifName: 'eth0' })).toEqual(
      readPodInterface(pod, { provider: 'ovn', ifName: 'eth0' }),
    );
    expect(Object.keys(trimPod(pod))).toEqual(['metadata']);
  });
});

describe('readJoinInterface', () => {
  const node = (annotations: Readonly<Record<string, string>>): Node => ({ metadata: { name: 'node1', annotations } });
  const joined = {
    ...laidDown,
    'ovn.kubernetes.io/ip_address': '100.64.0.2',
    'ovn.kubernetes.io/cidr': '100.64.0.0/16',
    'ovn.kubernetes.io/gateway': '100.64.0.1',
  };

  test("what the controller has laid down; the port has the node's name", () => {
    expect(readJoinInterface(node(joined))).toEqual({
      ok: true,
      value: {
        port: 'node-node1',
        mac: '0a:00:00:10:00:05',
        addresses: [{ family: 4, address: '100.64.0.2', cidr: '100.64.0.0/16', gateway: '100.64.0.1' }],
      },
    });
  });

  test('nothing yet, and what cannot be read', () => {
    expect(readJoinInterface(node({}))).toEqual({ ok: true, value: undefined });
    expect(readJoinInterface(node({ ...joined, 'ovn.kubernetes.io/gateway': 'no' }))).toMatchObject({
      ok: false,
      problem: { object: 'Node node1' },
    });
  });

  test('InternalIPs and the datapath label', () => {
    const status = {
      addresses: [
        { type: 'Hostname' as const, address: 'node1' },
        { type: 'InternalIP' as const, address: '192.168.0.10' },
      ],
    };
    expect(internalAddresses({ metadata: { name: 'node1' }, status })).toEqual(['192.168.0.10']);
    const labelled = (value: string): Node => ({ metadata: { name: 'node1', labels: { 'ovn.kubernetes.io/ovs_dp_type': value } } });
    expect(['userspace', 'kernel', 'other'].map((value) => labelledDatapath(labelled(value)))).toEqual(['netdev', 'system', undefined]);
  });
});

describe('readSubnet', () => {
  const subnet = (spec: Subnet['spec']): Subnet => ({ apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 's' }, spec });

  test('defaults', () => {
    expect(readSubnet(subnet({ cidrBlock: '10.16.0.9/16,fd00::/64' }), 'ovn-cluster')).toEqual({
      name: 's',
      vpc: 'ovn-cluster',
      blocks: [
        { family: 4, cidr: '10.16.0.0/16' },
        { family: 6, cidr: 'fd00::/64' },
      ],
      isRouted: true,
      isPrimary: true,
      natOutgoing: false,
      natRules: [],
      egressRoute: undefined,
      isCentralized: false,
      gatewayNodes: [],
      mtuBytes: 0,
      checkGateway: true,
      vlan: undefined,
    });
  });

  test.for([
    [{ vlan: 'v' }, false],
    [{ vlan: 'v', logicalGateway: true }, true],
    [{ vlan: 'v', u2oInterconnection: true }, true],
    [{ provider: 'net1.shop.ovn' }, true],
    [{ provider: 'macvlan.shop' }, false],
  ] as const)('%j hangs on a router: %s', ([spec, isRouted]) => {
    expect(readSubnet(subnet({ cidrBlock: '10.16.0.0/16', ...spec }), 'ovn-cluster').isRouted).toBe(isRouted);
  });

  test('exceptions to natOutgoing that cannot be read are none, and neither is such a way out', () => {
    const natOutgoingPolicyRules = [
      { match: { srcIPs: 'here' }, action: 'forward' as const },
      { match: { dstIPs: '192.0.2.1' }, action: 'forward' as const },
    ];
    const wanted = { cidrBlock: '10.16.0.0/16', natOutgoing: true, natOutgoingPolicyRules, externalEgressGateway: '192.0.2.1' };
    expect(readSubnet(subnet(wanted), 'ovn-cluster')).toMatchObject({
      natRules: [{ family: 4, sources: [], destinations: ['192.0.2.1/32'], action: 'forward' }],
      egressRoute: undefined,
    });
  });

  test('while an edit is not accepted the node goes on with the spec that was', () => {
    const accepted = { 'ovn.kubernetes.io/accepted-spec': JSON.stringify({ cidrBlock: '10.16.0.0/16', natOutgoing: true }) };
    const edited = {
      ...subnet({ cidrBlock: '10.16.0.0/99', natOutgoing: false, mtu: 1300 }),
      metadata: { name: 's', annotations: accepted },
    };
    expect(readSubnet(edited, 'ovn-cluster')).toMatchObject({
      blocks: [{ family: 4, cidr: '10.16.0.0/16' }],
      natOutgoing: true,
      mtuBytes: 1300,
    });
  });

  test('a block that cannot be read is no block', () => {
    expect(readSubnet(subnet({ cidrBlock: '10.16.0.0/99' }), 'ovn-cluster').blocks).toEqual([]);
  });
});
