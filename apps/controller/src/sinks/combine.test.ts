import { sourceTable } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import { expect, it } from 'vitest';
import { combine, mergePatches } from './combine.ts';

it('mergePatches: fields of several features side by side; the first feature wins where two want one', () => {
  expect(
    mergePatches([
      { annotations: { a: '1', b: '1' }, finalizers: { f: true } },
      { annotations: { b: '2', c: null }, status: { x: 1 } },
    ]),
  ).toEqual({
    annotations: { a: '1', b: '1', c: null },
    finalizers: { f: true },
    status: { x: 1 },
  });
});

it('combine: an object that two features patch has one patch, which follows both', () => {
  const [first, second] = [sourceTable<ObjectPatch>('first'), sourceTable<ObjectPatch>('second')];
  const { patches } = combine([{ patches: { pod: first } }, { patches: { pod: second } }, {}]);
  first.set('shop/a', { annotations: { x: '1' } });
  second.set('shop/a', { annotations: { y: '2' } });
  expect(patches.pod.peek('shop/a')).toEqual({ annotations: { x: '1', y: '2' } });
  first.delete('shop/a');
  expect(patches.pod.peek('shop/a')).toEqual({ annotations: { y: '2' } });
  expect(patches.node.size).toBe(0);
});
