import type { Pod, VirtualMachineInstance } from '@kube-ovn/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { launchersOf, machineKeyOf, machinePortOptions } from './launchers.ts';

const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'db', uid: 'vmi', controller: true };
const pod = (name: string, node: string, second: number, more: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: {
    name,
    namespace: 'shop',
    creationTimestamp: `2026-01-01T00:00:0${second}Z`,
    ownerReferences: [owner],
    ...more,
  },
  spec: { nodeName: node, restartPolicy: 'Never' },
});
const on = (nodeName: string): VirtualMachineInstance => ({ metadata: { name: 'db', namespace: 'shop' }, status: { nodeName } });
const [first, second] = [pod('a', 'node1', 1), pod('b', 'node2', 2)];
const target = { ...second, metadata: { ...second.metadata, annotations: { 'kubevirt.io/migrationJobName': 'move' } } };
const leaving = { ...first, metadata: { ...first.metadata, deletionTimestamp: '2026-01-01T00:01:00Z' } };

describe('machineKeyOf', () => {
  it.each<[string, Pod, string | undefined]>([
    ['a pod of an instance', first, 'shop/db'],
    ['one of another owner', pod('a', 'node1', 1, { ownerReferences: [{ ...owner, kind: 'ReplicaSet' }] }), undefined],
    [
      'one of a kind of that name in another group',
      pod('a', 'node1', 1, { ownerReferences: [{ ...owner, apiVersion: 'x/v1' }] }),
      undefined,
    ],
    ['one without owner', pod('a', 'node1', 1, { ownerReferences: [] }), undefined],
    ['one without node', pod('a', '', 1), undefined],
    ['one that has ended', { ...first, status: { phase: 'Succeeded' } }, undefined],
  ])('%s', (_name, object, expected) => {
    expect(machineKeyOf(object)).toBe(expected);
  });
});

describe('launchersOf', () => {
  it.each<[string, readonly Pod[], VirtualMachineInstance | undefined, string, string | undefined]>([
    ['one pod', [first], undefined, 'a', undefined],
    ['one beside it that was made for a move', [first, target], undefined, 'a', 'b'],
    ['the same, when KubeVirt has said where it runs', [first, target], on('node1'), 'a', 'b'],
    ['moved: the one it came from is nothing any more', [first, target], on('node2'), 'b', undefined],
    [
      'moved again: nor is one that it came to before',
      [
        target,
        { ...target, metadata: { ...target.metadata, name: 'c', creationTimestamp: '2026-01-01T00:00:05Z' }, spec: { nodeName: 'node3' } },
      ],
      on('node3'),
      'c',
      undefined,
    ],
    ['a younger one that was made for no move waits', [first, second], on('node1'), 'a', undefined],
    ['the next one beside one that is being deleted', [leaving, second], undefined, 'b', undefined],
    ['one that is being deleted where it still runs', [leaving, target], on('node1'), 'a', 'b'],
    ['one that is being deleted, alone', [leaving], undefined, 'a', undefined],
    ['one on the same node is no move', [first, { ...target, spec: first.spec! }], undefined, 'a', undefined],
    ['a node that none of them is on', [first, target], on('node9'), 'a', 'b'],
    ['of one second: by name', [pod('b', 'node2', 1), first], undefined, 'a', undefined],
  ])('%s', (...[, pods, instance, active, target]) => {
    const found = launchersOf(pods, instance);
    expect([found?.active.pod, found?.target?.pod]).toEqual([`shop/${active}`, target === undefined ? undefined : `shop/${target}`]);
  });

  it('the order of pods does not matter', () => {
    const pods = [first, target, leaving, pod('c', 'node3', 2), pod('d', 'node1', 3)].map((each, at) => ({
      ...each,
      metadata: { ...each.metadata, name: `${each.metadata.name}${at}` },
    }));
    fc.assert(
      fc.property(fc.shuffledSubarray(pods, { minLength: 1 }), fc.constantFrom(undefined, on('node1'), on('node3')), (some, instance) => {
        const inOrder = pods.filter((each) => some.includes(each));
        expect(launchersOf(some, instance)).toEqual(launchersOf(inOrder, instance));
      }),
    );
  });
});

describe('machinePortOptions', () => {
  it('the node it runs on alone; on its way also the one that it goes to, blocked there until it announces itself', () => {
    const active = { pod: 'shop/a', node: 'node1' };
    expect(machinePortOptions({ active, target: undefined })).toEqual({ 'requested-chassis': 'node1' });
    expect(machinePortOptions({ active, target: { pod: 'shop/b', node: 'node2' } })).toEqual({
      'requested-chassis': 'node1,node2',
      'activation-strategy': 'rarp',
    });
  });
});
