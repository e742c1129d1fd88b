import type { IP, StatefulSet } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import type { HeldLease } from '../../effects/demand.ts';
import type { IpPoolInput } from '../../inputs/ip-pool.ts';
import { type PodInput, readPod } from '../../inputs/pod.ts';
import { podCondition } from './condition.formula.ts';
import type { AddressDemand } from '../../effects/demand.ts';
import { podDemands } from './demand.ts';
import type { Offers } from './places.ts';
import { interfaceFragment } from './pod.formula.ts';
import { isRetained, type Keepers } from './retained.formula.ts';

function pod(annotations: Readonly<Record<string, string>> = {}, condition?: PodInput['condition']): PodInput {
  const prefixed = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value]));
  const metadata = { name: 'web-0', namespace: 'shop', uid: 'u', annotations: prefixed };
  const read = readPod({ metadata, spec: { nodeName: 'node1' } }, () => undefined);
  if (read === undefined) throw new Error('bad example');
  return { ...read, condition };
}
const progress = { problems: [], isComplete: false, refusals: [] };
const holder = { kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'u' } as const;
const lease: HeldLease = {
  owner: 'web-0.shop',
  subnet: 's1',
  v4: '10.0.0.2',
  v6: 'fd00::2',
  mac: '0a:00:00:00:00:01',
  holder,
  node: 'node1',
};

const ipPool = (name: string, subnet: string, families: IpPoolInput['families'] = [4, 6]): IpPoolInput => ({
  name,
  subnet,
  families,
  ranges: [],
  namespaces: [],
  isTerminating: false,
  created: '',
  isAccepted: true,
});
const pools = [ipPool('blue', 'a'), ipPool('green', 'b', [4])];
function demand(input: PodInput, binding: Offers['binding'], boundPools: Offers['boundPools'] = []): AddressDemand | undefined {
  const findPool: Offers['findPool'] = (name) => pools.find((pool) => pool.name === name);
  const { demands } = podDemands(input, {
    binding,
    boundPools,
    findPool,
    ofProvider: () => [],
    findSubnet: () => undefined,
    subnetProblems: () => [],
    findVip: () => undefined,
  });
  return demands[0]?.[1];
}

describe('interfaceFragment', () => {
  it.each<[string, Readonly<Record<string, string>>, object]>([
    ['plain', {}, { addresses: ['0a:00:00:00:00:01 10.0.0.2 fd00::2'], port_security: [] }],
    ['port security', { port_security: 'true' }, { port_security: ['0a:00:00:00:00:01 10.0.0.2 fd00::2'] }],
    ['layer 2 forwarding', { layer2_forward: 'true' }, { addresses: ['0a:00:00:00:00:01 10.0.0.2 fd00::2', 'unknown'] }],
  ])('%s', (_name, annotations, columns) => {
    const [row] = interfaceFragment(pod(annotations).interfaces[0]!, lease)?.rows ?? [];
    expect(row).toMatchObject({
      table: 'Logical_Switch_Port',
      key: 'web-0.shop',
      columns,
      parent: { table: 'Logical_Switch', key: 's1', column: 'ports' },
    });
  });
});

describe('podDemand', () => {
  it('a Subnet named on the pod is the only candidate', () => {
    expect(demand(pod({ logical_switch: 'mine' }), ['a', 'b'])?.subnets).toEqual(['mine']);
    expect(demand(pod(), ['a', 'b'])?.subnets).toEqual(['a', 'b']);
  });
  it('a namespace that has not been seen is waited for, unless the pod names its Subnet', () => {
    expect(demand(pod(), undefined)).toBeUndefined();
    expect(demand(pod({ logical_switch: 'mine' }), undefined)?.subnets).toEqual(['mine']);
  });
  it('an annotation that can not be read demands nothing, unless the pod has its address', () => {
    expect(demand(pod({ ip_address: 'x' }), ['a'])).toBeUndefined();
    expect(demand(pod({ ip_address: 'x', allocated: 'true' }), ['a'])).toBeDefined();
  });
  it('a list of addresses: the first that is free, in any of the Subnets', () => {
    const candidates = [{ v4: '10.0.0.3' }, { v4: '10.0.0.4' }];
    expect(demand(pod({ ip_pool: '10.0.0.3,10.0.0.4' }), ['a', 'b'])).toMatchObject({ subnets: ['a', 'b'], candidates });
    expect(demand(pod({ ip_pool: '10.0.0.3,10.0.0.4', ip_address: '10.0.0.9' }), ['a'], pools)).not.toHaveProperty('candidates');
  });
  it('an IPPool named on the pod: its Subnet and its families; one that is not there is asked for all the same, and so refused by name', () => {
    expect(demand(pod({ ip_pool: 'green' }), ['a'], pools)).toMatchObject({
      subnets: ['b'],
      pools: { b: { names: ['green'], families: [4] } },
    });
    expect(demand(pod({ ip_pool: 'grey' }), ['a'])).toMatchObject({ subnets: ['a'], pools: { a: { names: ['grey'] } } });
  });
  it('IPPools of the namespace: their Subnets and addresses alone, unless the pod asks for others by name', () => {
    expect(demand(pod(), ['c'], pools)).toMatchObject({
      subnets: ['a', 'b'],
      pools: { a: { names: ['blue'], families: [4, 6] }, b: { names: ['green'], families: [4] } },
    });
    expect(demand(pod({ logical_switch: 'b' }), ['c'], pools)?.pools).toEqual({ b: { names: ['green'], families: [4] } });
    expect(demand(pod({ logical_switch: 'c' }), ['c'], pools)).not.toHaveProperty('pools');
    expect(demand(pod({ ip_address: '10.0.0.9' }), ['c'], pools)).not.toHaveProperty('pools');
  });
});

describe('podCondition', () => {
  const refusal = { demand: demand(pod(), ['a'])!, code: 'IPAM_EXHAUSTED', message: 'none left' };
  it('says nothing of a pod that gets its address at once', () => {
    expect(podCondition(pod(), { ...progress, isComplete: true })).toBeUndefined();
    expect(podCondition(pod(), progress)).toBeUndefined();
  });
  it('says why, and that it is over', () => {
    expect(podCondition(pod(), { ...progress, refusals: [refusal] })).toEqual({
      status: 'False',
      reason: 'AcquireAddressFailed',
      message: 'none left',
    });
    expect(podCondition(pod(), { ...progress, problems: pod({ mac_address: 'x' }).problems })).toMatchObject({
      status: 'False',
      reason: 'ValidatePodNetworkFailed',
    });
    const told = pod({}, { status: 'False', reason: 'x', message: 'y' });
    expect(podCondition(told, { ...progress, isComplete: true })).toMatchObject({ status: 'True' });
  });
});

type Found = ReturnType<Keepers['statefulSet']>;
const noMachines = {
  virtualMachine: () => undefined,
  virtualMachineInstance: () => undefined,
  attachment: () => undefined,
  isHidden: () => false,
};

describe('isRetained', () => {
  const ip = (podName: string, podType: 'StatefulSet' | '' = 'StatefulSet'): IP => ({
    metadata: { name: 'x' },
    spec: { podName, namespace: 'shop', podType },
  });
  const set = (spec: NonNullable<StatefulSet['spec']>, more: object = {}): StatefulSet => ({
    metadata: { name: 'db', namespace: 'shop', ...more },
    spec,
  });
  it.each<[string, IP, Found, boolean]>([
    ['a pod that the set wants', ip('db-1'), set({ replicas: 2 }), true],
    ['one that was scaled away', ip('db-2'), set({ replicas: 2 }), false],
    ['ordinals that begin later', ip('db-5'), set({ replicas: 2, ordinals: { start: 5 } }), true],
    ['one below the first ordinal', ip('db-4'), set({ replicas: 2, ordinals: { start: 5 } }), false],
    ['one replica when nothing is said', ip('db-0'), set({}), true],
    ['a set that is gone', ip('db-0'), undefined, false],
    ['a set that is being deleted', ip('db-0'), set({}, { deletionTimestamp: 'now' }), false],
    ['a pod of no set', ip('db-0', ''), set({}), false],
  ])('%s', (_name, object, found, expected) => {
    expect(isRetained(object, { ...noMachines, statefulSet: (key) => (key === 'shop/db' ? found : undefined) })).toBe(expected);
  });
});
