import { describe, expect, test } from 'vitest';
import { dpdkLabel } from './label.formula.ts';
import { dpdkNotices } from './notices.ts';

const dpdk = { isInitialized: true, version: 'DPDK 22.11.11', hasVhostUser: true, isUserspaceDatapath: true };
const node = { name: 'node1', uid: 'n1' };

describe('events of a node', () => {
  test('each change once; a start without DPDK is no news, and nothing is said of a node that is not known', () => {
    const told: string[] = [];
    const look = dpdkNotices({
      event: ({ name = '' }: { readonly name?: string }, type: string, reason: string, message: string) =>
        void told.push(`${name} ${type} ${reason}: ${message}`),
    } as never);
    look({ dpdk: { ...dpdk, isInitialized: false }, node });
    look({ dpdk, node: undefined });
    look({ dpdk, node });
    look({ dpdk, node });
    look({ dpdk: { ...dpdk, hasVhostUser: false }, node });
    expect(told).toEqual([
      'node1 Normal DPDKReady: Open vSwitch has DPDK 22.11.11: pods can have interfaces over vhost-user',
      expect.stringMatching(/^node1 Warning DPDKLost: .*built without DPDK/),
    ]);
  });
});

describe('label of a node', () => {
  const key = 'ovn.kubernetes.io/dpdk';
  test.each([
    [true, {}, { [key]: 'true' }],
    [false, {}, {}],
    [false, { [key]: 'true' }, { [key]: null }],
  ])('DPDK %s on a node with %j', (has, present, label) => {
    expect(dpdkLabel(has, present)).toEqual(label);
  });
});
