import { describe, expect, it } from 'vitest';
import { checkCluster } from './check.ts';
import type { ClusterFacts, IpFact, PodFact, PortFact } from './facts.ts';

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
const sound: ClusterFacts = {
  subnets: [{ name: 'shop', cidr: '10.16.0.0/24', v4UsingIps: 1n, v6UsingIps: 0n }],
  ips: [ip],
  pods: [pod],
  nodes: [],
  statefulSets: [],
  ports: [port],
  interfaces: [{ node: 'node1', name: 'abc_h', port: 'web-0.shop', device: addresses }],
};

const codes = (facts: Partial<ClusterFacts>): readonly string[] => [
  ...new Set(checkCluster({ ...sound, ...facts }).map(({ code }) => code)),
];

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
    [
      'an address outside its subnet',
      { subnets: [{ name: 'shop', cidr: '10.17.0.0/24', v4UsingIps: 1n, v6UsingIps: 0n }] },
      ['ADDRESS_OUTSIDE_SUBNET'],
    ],
    ['a counter that is off', { subnets: [{ name: 'shop', cidr: '10.16.0.0/24', v4UsingIps: 2n, v6UsingIps: 0n }] }, ['WRONG_COUNTER']],
    ['a journal whose pod is gone', { pods: [] }, ['LEAKED_ADDRESS']],
    ['a journal of a gone pod of a StatefulSet', { pods: [], statefulSets: [statefulSet], ips: [{ ...ip, podType: 'StatefulSet' }] }, []],
    [
      'a journal beyond the replicas of a StatefulSet',
      { pods: [], statefulSets: [{ ...statefulSet, replicas: 0 }], ips: [{ ...ip, podType: 'StatefulSet' }] },
      ['LEAKED_ADDRESS'],
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
