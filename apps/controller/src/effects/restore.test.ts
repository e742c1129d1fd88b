import { FINALIZER, type IP, type Node, type Pod } from '@kube-ovn/api';
import { Allocator } from '@kube-ovn/ipam';
import { describe, expect, it } from 'vitest';
import type { HeldLease } from './demand.ts';
import { takeOver, type Witness, type WitnessKind } from './restore.ts';
import { readWitnesses } from './witnesses.ts';

const lease = (owner: string, v4: string, more: Partial<HeldLease> = {}): HeldLease => ({
  owner,
  subnet: 's',
  v4,
  mac: `0a:00:00:00:00:${(v4.split('.')[3] ?? '0').padStart(2, '0')}`,
  node: 'n',
  holder: { kind: 'Pod', namespace: 'shop', name: owner, uid: '' },
  ...more,
});
const says = (kind: WitnessKind, held: HeldLease): Witness => ({ kind, lease: held, podType: '' });
function restored(...witnesses: readonly Witness[]) {
  const allocator = new Allocator({ random: Math.random });
  allocator.setSubnet({ name: 's', cidr: '10.0.0.0/24' });
  const { leases, disagreements } = takeOver(allocator, witnesses);
  return { allocator, leases: Object.fromEntries(leases.map((each) => [each.lease.owner, each.lease.v4])), all: leases, disagreements };
}

describe('takeOver', () => {
  it('three witnesses that agree are one lease', () => {
    const { leases, disagreements } = restored(
      says('port', lease('a', '10.0.0.5')),
      says('IP object', lease('a', '10.0.0.5')),
      says('annotations', lease('a', '10.0.0.5')),
    );
    expect([leases, disagreements]).toEqual([{ a: '10.0.0.5' }, []]);
  });
  it.each<WitnessKind>(['IP object', 'annotations', 'port'])('the %s alone is enough', (kind) => {
    const { leases, allocator } = restored(says(kind, lease('a', '10.0.0.5')));
    expect([leases, allocator.holder('s', '10.0.0.5')]).toEqual([{ a: '10.0.0.5' }, 'a']);
  });
  it('the IP object counts for more than annotations and port, whose addresses stay taken too', () => {
    const { leases, allocator, all, disagreements } = restored(
      says('annotations', lease('a', '10.0.0.6')),
      says('port', lease('a', '10.0.0.7')),
      says('IP object', lease('a', '10.0.0.5')),
    );
    expect(leases).toEqual({ a: '10.0.0.5' });
    expect(['10.0.0.5', '10.0.0.6', '10.0.0.7'].map((address) => allocator.holder('s', address) !== undefined)).toEqual([true, true, true]);
    expect(disagreements.map(({ witness }) => witness.kind)).toEqual(['annotations', 'port']);
    for (const owner of all[0]?.alsoHeldAs ?? []) allocator.release(owner, { final: true });
    expect(allocator.holder('s', '10.0.0.6')).toBeUndefined();
  });
  it('of two that claim one address the better witness has it, and the other is told', () => {
    const { leases, disagreements } = restored(says('port', lease('b', '10.0.0.5')), says('IP object', lease('a', '10.0.0.5')));
    expect(leases).toEqual({ a: '10.0.0.5' });
    expect(disagreements[0]).toMatchObject({ witness: { lease: { owner: 'b' } }, conflict: { holder: 'a' } });
  });
  it('an address outside its Subnet, or of a Subnet that is not in force, stays with its pod', () => {
    expect(restored(says('IP object', lease('a', '10.9.9.9'))).leases).toEqual({ a: '10.9.9.9' });
    expect(restored(says('IP object', lease('a', '10.0.0.5', { subnet: 'gone' }))).leases).toEqual({ a: '10.0.0.5' });
  });
  it('annotations that agree tell which pod the lease is for', () => {
    const holder = { kind: 'Pod', namespace: 'shop', name: 'a', uid: 'u7' } as const;
    expect(
      restored(says('IP object', lease('a', '10.0.0.5')), says('annotations', lease('a', '10.0.0.5', { holder }))).all[0]?.lease.holder.uid,
    ).toBe('u7');
    expect(
      restored(says('IP object', lease('a', '10.0.0.5')), says('annotations', lease('a', '10.0.0.6', { holder }))).all[0]?.lease.holder.uid,
    ).toBe('');
  });
});

describe('readWitnesses', () => {
  const annotations = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value]));
  const full = { allocated: 'true', ip_address: '10.0.0.5,fd00::5', mac_address: '0a:00:00:00:00:05', logical_switch: 's' };
  const pod = (values: Readonly<Record<string, string>>): Pod => ({
    metadata: { name: 'a', namespace: 'shop', uid: 'u', annotations: annotations(values) },
    spec: { nodeName: 'n' },
  });
  const ip: IP = {
    metadata: { name: 'a.shop', finalizers: [FINALIZER] },
    spec: {
      podName: 'a',
      namespace: 'shop',
      subnet: 's',
      v4IpAddress: '10.0.0.5',
      v6IpAddress: 'fd00::5',
      macAddress: '0a:00:00:00:00:05',
      nodeName: 'n',
    },
  };
  const none = { ips: [], vips: [], eips: [], pods: [], nodes: [], ports: [], attachment: () => undefined };
  const same = { owner: 'a.shop', subnet: 's', v4: '10.0.0.5', v6: 'fd00::5', mac: '0a:00:00:00:00:05' };

  it('an IP object that a user made is none before the controller has taken its addresses', () => {
    expect(readWitnesses({ ...none, ips: [{ ...ip, metadata: { name: 'a.shop' } }] })).toEqual([]);
  });
  it('IP object, pod and port say the same in their own ways', () => {
    const port = { addresses: ['0a:00:00:00:00:05 10.0.0.5 fd00::5'], pod: 'shop/a', node: '', logicalSwitch: 's', vip: '' };
    const read = readWitnesses({ ...none, ips: [ip], pods: [pod(full)], ports: [['a.shop', port]] });
    expect(read.map(({ kind }) => kind)).toEqual(['IP object', 'annotations', 'port']);
    for (const { lease: held } of read) expect(held).toMatchObject(same);
  });
  it('a node speaks by its annotations', () => {
    const node: Node = {
      metadata: {
        name: 'n',
        uid: 'u',
        annotations: annotations({ ip_address: '100.64.0.2', mac_address: '0a:00:00:00:00:02', logical_switch: 'join' }),
      },
    };
    expect(readWitnesses({ ...none, nodes: [node] })[0]?.lease).toMatchObject({
      owner: 'node-n',
      v4: '100.64.0.2',
      holder: { kind: 'Node', name: 'n' },
    });
  });
  it.each<[string, Parameters<typeof readWitnesses>[0]]>([
    ['a pod that asks for an address has none yet', { ...none, pods: [pod({ ...full, allocated: 'false' })] }],
    ['a pod whose annotations were spoilt', { ...none, pods: [pod({ ...full, ip_address: 'x' })] }],
    ['an IP object without an address', { ...none, ips: [{ ...ip, spec: { subnet: 's' } }] }],
    ['a router port', { ...none, ports: [['s-vpc', { addresses: ['router'], pod: '', node: '', logicalSwitch: 's', vip: '' }]] }],
    [
      'a port whose addresses are no addresses',
      { ...none, ports: [['a.shop', { addresses: ['dynamic'], pod: 'shop/a', node: '', logicalSwitch: 's', vip: '' }]] },
    ],
    ['a node without annotations', { ...none, nodes: [{ metadata: { name: 'n' } }] }],
  ])('%s: no witness', (_name, sources) => {
    expect(readWitnesses(sources)).toEqual([]);
  });
});
