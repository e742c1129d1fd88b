import { describe, expect, it } from 'vitest';
import { checkCluster } from './check.ts';
import type { ClusterFacts, IpFact, PodFact, PoolFact, PortFact, SubnetFact, VipFact } from './facts.ts';

const addresses = { v4: '10.16.0.5', v6: undefined, mac: '02:00:00:00:00:05' };

const ip: IpFact = {
  ...addresses,
  name: 'web-0.shop',
  subnet: 'shop',
  namespace: 'shop',
  workload: 'web-0',
  podType: '',
  reserved: false,
  terminating: false,
};
const pod: PodFact = {
  namespace: 'shop',
  name: 'web-0',
  node: 'node1',
  terminating: false,
  ready: true,
  nics: [{ ...addresses, port: 'web-0.shop', subnet: 'shop' }],
};
const port: PortFact = { ...addresses, name: 'web-0.shop', logicalSwitch: 'shop' };
const subnet: SubnetFact = {
  name: 'shop',
  cidr: '10.16.0.0/24',
  gateway: '10.16.0.1',
  excludeIps: ['10.16.0.1', '10.16.0.200..10.16.0.210'],
  isOvn: true,
  isRefused: false,
  v4UsingIps: 1n,
  v6UsingIps: 0n,
};
const pool: PoolFact = { name: 'few', subnet: 'shop', ips: ['10.16.0.4..10.16.0.9'], v4UsingIps: 1n, v6UsingIps: 0n, isRefused: false };
/** A second interface, made by macvlan, with addresses of ours. */
const lent = {
  subnets: [subnet, { ...subnet, name: 'lan', cidr: '10.17.0.0/24', gateway: '10.17.0.1', excludeIps: [], isOvn: false }],
  ips: [ip, { ...ip, name: 'web-0.shop.lan.shop', subnet: 'lan', v4: '10.17.0.7', mac: '02:00:00:00:00:07' }],
  pods: [
    {
      ...pod,
      nics: [...pod.nics, { v4: '10.17.0.7', v6: undefined, mac: '02:00:00:00:00:07', port: 'web-0.shop.lan.shop', subnet: 'lan' }],
    },
  ],
};
const sound: ClusterFacts = {
  subnets: [subnet],
  pools: [],
  ips: [ip],
  vips: [],
  pods: [pod],
  nodes: [],
  statefulSets: [],
  machines: [],
  ports: [port],
  interfaces: [{ node: 'node1', name: 'abc_h', port: 'web-0.shop', device: addresses }],
};

const codes = (facts: Partial<ClusterFacts>): readonly string[] => [
  ...new Set(checkCluster({ ...sound, ...facts }).map(({ code }) => code)),
];

/** Two pods of one machine, and an interface for it on both nodes. */
const moving = {
  machines: [{ namespace: 'shop', name: 'web-0' }],
  ips: [{ ...ip, podType: 'VirtualMachine' }],
  pods: [
    { ...pod, name: 'virt-launcher-web-0-a', machine: 'web-0' },
    { ...pod, name: 'virt-launcher-web-0-b', machine: 'web-0', node: 'node2' },
  ],
  interfaces: [
    { node: 'node1', name: 'abc_h', port: 'web-0.shop', device: addresses },
    { node: 'node2', name: 'def_h', port: 'web-0.shop', device: addresses },
  ],
};

const vip: VipFact = { name: 'shared', subnet: 'shop', v4: '10.16.0.6', mac: '02:00:00:00:00:06' };
const secondIp: IpFact = { ...ip, name: 'web-1.shop', workload: 'web-1' };
const statefulSet = { namespace: 'shop', name: 'web', start: 0, replicas: 1 };

describe('checkCluster', () => {
  it('finds nothing where all witnesses agree', () => {
    expect(checkCluster(sound)).toEqual([]);
  });

  it.each<[string, Partial<ClusterFacts>, readonly string[]]>([
    [
      'two journals of one address',
      { ips: [ip, secondIp], pods: [pod, { ...pod, name: 'web-1', nics: [] }] },
      ['DUPLICATE_ADDRESS', 'DUPLICATE_MAC', 'WRONG_COUNTER', 'NO_PORT'],
    ],
    ['the same address in two subnets', { ports: [port, { ...port, name: 'other', logicalSwitch: 'bank' }] }, ['ORPHANED_PORT']],
    ['an address outside its subnet', { subnets: [{ ...subnet, cidr: '10.17.0.0/24' }] }, ['ADDRESS_OUTSIDE_SUBNET']],
    ['a counter that is off', { subnets: [{ ...subnet, v4UsingIps: 2n }] }, ['WRONG_COUNTER']],
    ['a counter without a static address of excludeIps', { subnets: [{ ...subnet, excludeIps: ['10.16.0.5'], v4UsingIps: 0n }] }, []],
    ['a counter with a static address of excludeIps', { subnets: [{ ...subnet, excludeIps: ['10.16.0.5'] }] }, ['WRONG_COUNTER']],
    [
      'a counter with a static address of a range of excludeIps',
      { subnets: [{ ...subnet, excludeIps: ['10.16.0.2..10.16.0.9'] }] },
      ['WRONG_COUNTER'],
    ],
    ['a text that is not in force', { subnets: [{ ...subnet, cidr: '10.17.0.0/24', v4UsingIps: 9n, isRefused: true }] }, []],
    ['a Vip that is counted', { vips: [vip], subnets: [{ ...subnet, v4UsingIps: 2n }] }, []],
    ['a Vip that is not counted', { vips: [vip] }, ['WRONG_COUNTER']],
    [
      'a Vip that is counted in its pool',
      { vips: [vip], subnets: [{ ...subnet, v4UsingIps: 2n }], pools: [{ ...pool, v4UsingIps: 2n }] },
      [],
    ],
    ['a Vip with the address of a pod', { vips: [{ ...vip, v4: ip.v4 }], subnets: [{ ...subnet, v4UsingIps: 2n }] }, ['DUPLICATE_ADDRESS']],
    [
      'a Vip outside its subnet',
      { vips: [{ ...vip, v4: '10.17.0.6' }], subnets: [{ ...subnet, v4UsingIps: 2n }] },
      ['ADDRESS_OUTSIDE_SUBNET'],
    ],
    ['a pod that has the address of a Vip', { ips: [{ ...ip, lender: 'shared' }], vips: [{ ...vip, ...addresses }] }, []],
    [
      'two pods that have the address of one Vip',
      {
        ips: [
          { ...ip, lender: 'shared' },
          { ...secondIp, lender: 'shared' },
        ],
        vips: [{ ...vip, ...addresses }],
        pods: [pod, { ...pod, name: 'web-1', nics: [] }],
      },
      ['DUPLICATE_ADDRESS', 'DUPLICATE_MAC', 'WRONG_COUNTER', 'NO_PORT'],
    ],
    ['a pool', { pools: [pool] }, []],
    ['a pool whose counter is off', { pools: [{ ...pool, v4UsingIps: 0n }] }, ['WRONG_COUNTER']],
    ['a pool that counts what is not of it', { pools: [{ ...pool, ips: ['10.16.0.6'] }] }, ['WRONG_COUNTER']],
    [
      'a pool whose one address in use is excluded',
      { pools: [{ ...pool, v4UsingIps: 0n }], subnets: [{ ...subnet, excludeIps: ['10.16.0.5'], v4UsingIps: 0n }] },
      [],
    ],
    ['two pools of one address', { pools: [pool, { ...pool, name: 'more', ips: ['10.16.0.1..10.16.0.5'] }] }, ['POOL_OVERLAP']],
    ['two pools of which one is refused', { pools: [pool, { ...pool, name: 'more', v4UsingIps: 0n, isRefused: true }] }, []],
    [
      'two pools of different subnets',
      { ...lent, pools: [pool, { ...pool, name: 'more', subnet: 'lan', ips: ['10.17.0.4..10.17.0.9'] }] },
      [],
    ],
    ['a pool outside its subnet', { pools: [{ ...pool, ips: ['10.16.0.5', '10.17.0.5'] }] }, ['POOL_OUTSIDE_SUBNET']],
    ['an interface of another plugin: no port, nothing in Open vSwitch', lent, []],
    ['the same interface, were it ours', { ...lent, subnets: [subnet, { ...lent.subnets[1]!, isOvn: true }] }, ['NO_PORT', 'NO_INTERFACE']],
    [
      'a port for an interface of another plugin',
      { ...lent, ports: [port, { name: 'web-0.shop.lan.shop', logicalSwitch: 'lan', v4: '10.17.0.7', mac: '02:00:00:00:00:07' }] },
      ['ORPHANED_PORT'],
    ],
    [
      'an address of another plugin with two owners',
      { ...lent, ips: [...lent.ips, { ...lent.ips[1]!, name: 'x.shop' }] },
      ['DUPLICATE_ADDRESS', 'DUPLICATE_MAC', 'WRONG_COUNTER'],
    ],
    ['a journal whose pod is gone', { pods: [] }, ['LEAKED_ADDRESS']],
    ['a journal of a gone pod of a StatefulSet', { pods: [], statefulSets: [statefulSet], ips: [{ ...ip, podType: 'StatefulSet' }] }, []],
    [
      'a journal beyond the replicas of a StatefulSet',
      { pods: [], statefulSets: [{ ...statefulSet, replicas: 0 }], ips: [{ ...ip, podType: 'StatefulSet' }] },
      ['LEAKED_ADDRESS'],
    ],
    [
      'a journal of a virtual machine that is stopped',
      { pods: [], machines: [{ namespace: 'shop', name: 'web-0' }], ips: [{ ...ip, podType: 'VirtualMachine' }], ports: [] },
      [],
    ],
    ['a journal of a virtual machine that is gone', { pods: [], ips: [{ ...ip, podType: 'VirtualMachine' }] }, ['LEAKED_ADDRESS']],
    ['a virtual machine that is being moved', moving, []],
    [
      'the same, were it two pods',
      { ...moving, ips: [ip], pods: moving.pods.map((each) => ({ ...each, machine: undefined })) },
      ['DUPLICATE_ADDRESS', 'DUPLICATE_MAC', 'LEAKED_ADDRESS'],
    ],
    ['a reservation', { pods: [], ips: [{ ...ip, reserved: true }] }, []],
    ['a pod without journal', { ips: [], ports: [], subnets: [], interfaces: undefined }, ['NO_JOURNAL']],
    ['a journal without port', { ports: [] }, ['NO_PORT']],
    [
      'a port without journal',
      { ports: [port, { ...port, name: 'ghost.shop', v4: '10.16.0.9', mac: '02:00:00:00:00:09' }] },
      ['ORPHANED_PORT'],
    ],
    ['a port with another address', { ports: [{ ...port, v4: '10.16.0.6' }] }, ['DISAGREEMENT']],
    [
      'annotations with another MAC',
      { pods: [{ ...pod, nics: [{ ...addresses, mac: '02:00:00:00:00:06', port: 'web-0.shop', subnet: 'shop' }] }] },
      ['DISAGREEMENT'],
    ],
    [
      'a device with another address',
      { interfaces: [{ node: 'node1', name: 'abc_h', port: 'web-0.shop', device: { ...addresses, v4: undefined } }] },
      ['DISAGREEMENT'],
    ],
    ['a device nobody could look at', { interfaces: [{ node: 'node1', name: 'abc_h', port: 'web-0.shop', device: undefined }] }, []],
    ['a ready pod bound nowhere', { interfaces: [] }, ['NO_INTERFACE']],
    [
      'a ready pod bound on another node',
      { interfaces: [{ node: 'node2', name: 'abc_h', port: 'web-0.shop', device: addresses }] },
      ['NO_INTERFACE'],
    ],
    [
      'an interface of a vanished port',
      { interfaces: [...(sound.interfaces ?? []), { node: 'node1', name: 'def_h', port: 'ghost.shop', device: undefined }] },
      ['ORPHANED_INTERFACE'],
    ],
  ])('%s', (_name, facts, expected) => {
    expect(codes(facts)).toEqual(expected);
  });
});
