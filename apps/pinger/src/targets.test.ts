import type { Node, Pod } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { targetsOf, type TargetInputs } from './targets.ts';

const node = (name: string, ...addresses: readonly string[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { addresses: [...addresses.map((address) => ({ type: 'InternalIP', address }) as const), { type: 'Hostname', address: name }] },
});
const pod = (nodeName: string, addresses: readonly string[], more: Partial<Pod> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `pinger-${nodeName}` },
  spec: { nodeName } as never,
  status: {
    phase: 'Running',
    podIPs: addresses.map((ip) => ({ ip })),
    hostIPs: [{ ip: '192.0.2.2' }, { ip: '2001:db8::2' }],
    hostIP: '192.0.2.2',
  },
  ...more,
});
const inputs: TargetInputs = {
  nodeName: 'node1',
  podAddresses: ['10.16.0.4', 'fd00::4'],
  nodes: [node('node1', '192.0.2.1', '2001:db8::1'), node('node2', '192.0.2.2')],
  pods: [pod('node2', ['10.16.0.5', 'fd00::5'])],
  externalAddresses: ['198.51.100.7'],
};
const addresses = (more: Partial<TargetInputs> = {}): readonly string[] =>
  targetsOf({ ...inputs, ...more }).map(({ kind, address }) => `${kind} ${address}`);

describe('targetsOf', () => {
  it('nodes, pingers and addresses outside, in both families', () => {
    expect(addresses()).toEqual([
      'node 192.0.2.1',
      'node 2001:db8::1',
      'node 192.0.2.2',
      'pod 10.16.0.5',
      'pod fd00::5',
      'external 198.51.100.7',
    ]);
  });

  it('labels are of one family', () => {
    expect(targetsOf(inputs).find(({ address }) => address === 'fd00::5')?.labels).toEqual({
      src_node_name: 'node1',
      src_node_ip: '2001:db8::1',
      src_pod_ip: 'fd00::4',
      target_node_name: 'node2',
      target_node_ip: '2001:db8::2',
      target_pod_ip: 'fd00::5',
    });
  });

  it('nothing of a family that the pod does not have', () => {
    expect(addresses({ podAddresses: ['fd00::4'] })).toEqual(['node 2001:db8::1', 'pod fd00::5']);
    expect(addresses({ podAddresses: [] })).toEqual([]);
  });

  it('no pods that are not there yet, or go', () => {
    expect(addresses({ pods: [pod('node2', [], { status: { phase: 'Pending' } })], nodes: [], externalAddresses: [] })).toEqual([]);
    const leaving = { metadata: { name: 'gone', deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(addresses({ pods: [pod('node2', ['10.16.0.5'], leaving)], nodes: [], externalAddresses: [] })).toEqual([]);
  });

  it('what others wrote in place of an address is no target', () => {
    expect(addresses({ nodes: [node('node1', '--help', '')], pods: [pod('node2', ['x'])], externalAddresses: [] })).toEqual([]);
  });
});
