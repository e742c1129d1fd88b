import type { Node, Pod } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { choosePair } from './nodes.ts';
import { addressesOf, bedPod, whyNotReady } from './pods.ts';

const node = (name: string, more: { readonly ready?: boolean; readonly spec?: NonNullable<Node['spec']> } = {}): Node => ({
  metadata: { name, labels: { 'kubernetes.io/os': 'linux' } },
  spec: more.spec ?? {},
  status: { conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }] },
});

const nodes = [
  node('b'),
  node('down', { ready: false }),
  node('cordoned', { spec: { unschedulable: true } }),
  node('control', { spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } }),
  node('a'),
];

describe('the nodes of a test', () => {
  it('are two that take pods, whatever their order', () => {
    for (const order of [nodes, nodes.toReversed()]) expect(choosePair(order, [])).toEqual({ here: 'a', there: 'b' });
  });

  it('are those that are named, also if they take none', () => {
    expect(choosePair(nodes, ['control', 'a'])).toEqual({ here: 'control', there: 'a' });
    expect(choosePair(nodes, ['b'])).toEqual({ here: 'b', there: undefined });
  });

  it.each([
    [nodes, ['x'], 'there is no node x'],
    [nodes, ['a', 'b', 'control'], '3 nodes are named'],
    [[node('down', { ready: false })], [], 'no node takes pods'],
  ])('%#: are refused', (all, named, message) => {
    expect(() => choosePair(all, named)).toThrow(message);
  });
});

describe('a pod of a test', () => {
  const program = { image: 'node', agent: 'text' };

  it('serves under its name, or is on the network of its node and serves nobody', () => {
    expect(bedPod({ name: 'web', node: 'a', labels: { ko: 'open' } }, 'ns', program)).toMatchObject({
      metadata: { namespace: 'ns', labels: { ko: 'open', 'app.kubernetes.io/managed-by': 'ko' } },
      spec: {
        nodeName: 'a',
        containers: [
          { image: 'node', command: ['sh', '-c', expect.stringContaining('KO_AGENT'), 'ko', expect.stringContaining('"name":"web"')] },
        ],
      },
    });
    expect(bedPod({ name: 'host', node: 'a', isOnHost: true }, 'ns', program)).toMatchObject({
      spec: { hostNetwork: true, containers: [{ command: ['sh', '-c', 'exec sleep 86400'] }] },
    });
  });

  it('has addresses of its families, and says why it is not ready', () => {
    const waiting = { containerStatuses: [{ name: 'agent', state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } }] };
    const pod = { metadata: { name: 'web' }, status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], ...waiting } } as Pod;
    expect(addressesOf(pod)).toEqual([
      { family: 4, address: '10.0.0.1' },
      { family: 6, address: 'fd00::1' },
    ]);
    expect(whyNotReady(pod)).toBe('pod web: no such image');
    expect(whyNotReady({ metadata: { name: 'new' } })).toBe('pod new: not taken by a node yet');
  });
});
