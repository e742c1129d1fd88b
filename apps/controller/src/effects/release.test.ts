import { describe, expect, it } from 'vitest';
import { ipLabels, type KubeObject } from '@kube-ovn/api';
import type { AddressDemand, HeldLease, Holder } from './demand.ts';
import { ipObject } from './ip-object.ts';
import { type EndedLease, releaseOf, releasesText } from './release.ts';

const now = '2026-01-01T11:00:00Z';
const since = '2026-01-01T10:00:00Z';
const holders = {
  pod: { kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'u1' },
  node: { kind: 'Node', namespace: '', name: 'n1', uid: 'u1' },
  vip: { kind: 'Vip', namespace: '', name: 'float', uid: 'u1' },
  eip: { kind: 'OvnEip', namespace: '', name: 'eip', uid: 'u1' },
  subnet: { kind: 'Subnet', namespace: '', name: '', uid: 'u1' },
} as const satisfies Record<string, Holder>;

interface Case {
  readonly holder?: Holder;
  readonly podType?: EndedLease['podType'];
  readonly next?: Holder;
  readonly entry?: { readonly deletionTimestamp?: string; readonly labels?: Readonly<Record<string, string>> };
}

function ended({ holder = holders.pod, podType = '', next, entry = {} }: Case = {}): EndedLease {
  const lease: HeldLease = {
    owner: 'web-0.shop',
    subnet: 'net',
    v4: '10.0.0.9',
    v6: 'fd00::9',
    mac: '00:00:00:00:00:09',
    node: 'n1',
    holder,
  };
  const ip = ipObject('web-0.shop', { lease, podType, isReserved: false });
  return {
    lease,
    podType,
    entry: { ...ip, metadata: { ...ip.metadata, creationTimestamp: since, ...entry } },
    demand: next === undefined ? undefined : ({ holder: next } as AddressDemand),
  };
}

const there = (more: object = {}, status: object = {}): KubeObject => ({ metadata: { name: 'web-0', uid: 'u1', ...more }, ...status });

describe('releaseOf', () => {
  it('says who had which addresses, where, since and until when', () => {
    expect(releaseOf(ended(), { object: undefined, now })).toEqual({
      addresses: ['10.0.0.9', 'fd00::9'],
      mac: '00:00:00:00:00:09',
      subnet: 'net',
      holder: 'Pod shop/web-0',
      node: 'n1',
      since,
      until: now,
      why: 'pod deleted',
    });
  });

  const isLeaving = { deletionTimestamp: now };
  const reserved = { ...isLeaving, labels: { [ipLabels.reserved]: 'true' } };
  const later: Holder = { ...holders.pod, uid: 'u2' };
  const succeeded = { spec: { restartPolicy: 'Never' }, status: { phase: 'Succeeded' } };
  it.each<readonly [string, Case, KubeObject | undefined, string]>([
    ['a later pod has its name', {}, there({ uid: 'u2' }), 'Pod shop/web-0: pod deleted'],
    ['a pod on its way out', {}, there(isLeaving, succeeded), 'Pod shop/web-0: pod deleted'],
    ['a pod that has ended', {}, there({}, succeeded), 'Pod shop/web-0: pod has ended (Succeeded)'],
    ['a pod that lives', {}, there(), 'Pod shop/web-0: pod asks for the address no more'],
    [
      'a later pod asks for others',
      { next: later },
      there({ uid: 'u2' }),
      'Pod shop/web-0: pod deleted, and the next one of its name asks for others',
    ],
    ['its IP object was being deleted too', { entry: isLeaving }, undefined, 'Pod shop/web-0: pod deleted'],
    ['a reservation', { entry: reserved }, undefined, 'Pod shop/web-0: its IP object, which kept the address, was deleted'],
    [
      'a StatefulSet became smaller',
      { podType: 'StatefulSet' },
      undefined,
      'Pod shop/web-0: pod deleted, and its StatefulSet makes it no more',
    ],
    [
      'what a StatefulSet kept',
      { podType: 'StatefulSet', entry: isLeaving },
      undefined,
      'Pod shop/web-0: its IP object, which kept the address, was deleted',
    ],
    [
      'a virtual machine',
      { podType: 'VirtualMachine' },
      undefined,
      'VirtualMachine shop/web-0: pod deleted, and its virtual machine keeps the address no more',
    ],
    ['a node', { holder: holders.node }, undefined, 'Node n1: node deleted'],
    ['a Vip', { holder: holders.vip, entry: isLeaving }, there(isLeaving), 'Vip float: Vip deleted'],
    ['a Vip that asks for no address', { holder: holders.vip }, there(), 'Vip float: Vip asks for the address no more'],
    ['an OvnEip', { holder: holders.eip }, undefined, 'OvnEip eip: OvnEip deleted'],
    ['a Subnet', { holder: holders.subnet }, there(), 'Subnet net: joined to its Vpc no more'],
    ['a Subnet that moves', { holder: holders.subnet, next: holders.subnet }, there(), 'Subnet net: joined to its Vpc by another address'],
  ])('why: %s', (_what, of, object, expected) => {
    const release = releaseOf(ended(of), { object, now });
    expect(`${release?.holder}: ${release?.why}`).toBe(expected);
  });

  it('nothing is told of what the journal did not say', () => {
    const known = ended();
    const withoutAddresses = { ...known.entry, spec: {} };
    const ofOther = { ...known.entry, spec: { ...known.entry.spec, v4IpAddress: '10.0.0.10' } };
    expect([withoutAddresses, ofOther].map((entry) => releaseOf({ ...known, entry }, { object: undefined, now }))).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('releasesText', () => {
  const release = releaseOf(ended(), { object: undefined, now })!;
  it('names the first, and how many there are besides', () => {
    const one = `Pod shop/web-0 on n1 had 10.0.0.9,fd00::9 since ${since}: pod deleted`;
    expect([1, 5].map((count) => releasesText(Array.from({ length: count }, () => release)))).toEqual([
      one,
      `${one}; ${one}; ${one}; and 2 more: ko ip ADDRESS`,
    ]);
  });

  it('leaves out what is not known', () => {
    expect(releasesText([{ ...release, node: '', since: '' }])).toBe('Pod shop/web-0 had 10.0.0.9,fd00::9: pod deleted');
  });
});
