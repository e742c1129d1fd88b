import type { KubeObject } from '@kube-ovn/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from '../testing/fake-objects.ts';
import { type JsonObject, type ObjectPatch, planPatch, stampConditions } from './object-patch.ts';

const subnet = (more: object = {}, metadata: object = {}): KubeObject => ({
  metadata: { name: 'a', resourceVersion: '7', ...metadata },
  ...more,
});

describe('planPatch', () => {
  it.each<[string, KubeObject, ObjectPatch, unknown]>([
    ['nothing wanted', subnet(), {}, undefined],
    ['an annotation that is there', subnet({}, { annotations: { a: '1', b: '2' } }), { annotations: { a: '1' } }, undefined],
    [
      'one that differs',
      subnet({}, { annotations: { a: '1', b: '2' } }),
      { annotations: { a: '2' } },
      { object: { metadata: { annotations: { a: '2' } } } },
    ],
    [
      'one that must go',
      subnet({}, { annotations: { a: '1' } }),
      { annotations: { a: null, b: null } },
      { object: { metadata: { annotations: { a: null } } } },
    ],
    ['a label where there are none', subnet(), { labels: { a: '1' } }, { object: { metadata: { labels: { a: '1' } } } }],
    [
      'a finalizer, beside that of another',
      subnet({}, { finalizers: ['other'] }),
      { finalizers: { mine: true } },
      { object: { metadata: { finalizers: ['other', 'mine'], resourceVersion: '7' } } },
    ],
    [
      'a finalizer that must go',
      subnet({}, { finalizers: ['other', 'mine'] }),
      { finalizers: { mine: false } },
      { object: { metadata: { finalizers: ['other'], resourceVersion: '7' } } },
    ],
    ['a finalizer on an object that is being deleted', subnet({}, { deletionTimestamp: 'now' }), { finalizers: { mine: true } }, undefined],
    [
      'a field of the spec',
      subnet({ spec: { a: 1, b: { c: 2, d: 3 } } }),
      { spec: { b: { c: 5 } } },
      { object: { spec: { b: { c: 5 } } } },
    ],
    [
      'a list as a whole',
      subnet({ spec: { a: [1, 2] } }),
      { spec: { a: [2] } },
      { object: { spec: { a: [2] }, metadata: { resourceVersion: '7' } } },
    ],
    ['an undefined field', subnet({ spec: { a: 1 } }), { spec: { a: undefined, b: undefined } }, undefined],
    [
      'status beside the object',
      subnet({ status: { a: 1 } }),
      { labels: { l: '1' }, status: { a: 2 } },
      { object: { metadata: { labels: { l: '1' } } }, status: { status: { a: 2 } } },
    ],
    ['a counter that the server rounded', subnet({ status: { n: Number(2n ** 64n) } }), { status: { n: 2n ** 64n - 2n } }, undefined],
    ['a counter that differs', subnet({ status: { n: 5 } }), { status: { n: 6 } }, { status: { status: { n: 6 } } }],
  ])('%s', (_, observed, wanted, expected) => {
    expect(planPatch(observed, wanted)).toEqual(expected);
  });

  const text = fc.constantFrom('a', 'b', 'c');
  const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), text, fc.boolean(), fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }));
  const tree = fc.dictionary(
    text,
    fc.oneof(leaf, fc.dictionary(text, fc.oneof(leaf, fc.dictionary(text, leaf, { noNullPrototype: true })), { noNullPrototype: true })),
    { noNullPrototype: true },
  );
  const withNulls = fc.dictionary(
    text,
    fc.oneof(leaf, fc.constant(null), fc.dictionary(text, fc.oneof(leaf, fc.constant(null)), { noNullPrototype: true })),
    { noNullPrototype: true },
  );

  it('what is planned makes it so, changes nothing else, and then there is nothing left to do', () => {
    fc.assert(
      fc.property(tree, withNulls, withNulls, fc.dictionary(text, text, { noNullPrototype: true }), (before, spec, status, annotations) => {
        const observed = subnet({ spec: before, status: before }, { annotations: { other: 'x' } });
        const wanted = { spec, status, annotations };
        const plan = planPatch(observed, wanted);
        const after = {
          ...(mergePatch(observed, plan?.object ?? {}) as object),
          status: (mergePatch(observed, plan?.status ?? {}) as JsonObject)['status'],
        };
        // Merging all that is wanted, differing or not, is what a naive writer would do.
        const naive = mergePatch(mergePatch(observed, { metadata: { annotations } }), { spec, status });
        expect(after).toEqual(naive);
        expect(planPatch(after as unknown as KubeObject, wanted)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe('conditions', () => {
  const ready = { type: 'Ready', status: 'True', reason: 'Done', message: 'all good', lastUpdateTime: 't1', lastTransitionTime: 't0' };
  const other = { type: 'Other', status: 'False', reason: 'Theirs', lastTransitionTime: 't9' };
  const observed = subnet({ status: { conditions: [other, ready] } });
  const patched = (condition: JsonObject): unknown => {
    const plan = planPatch(observed, { status: { conditions: [condition] } });
    return plan?.status === undefined ? undefined : stampConditions(plan.status, plan.news ?? [], 't2', 'lastUpdateTime');
  };

  it('that say the same are not written, whatever their times', () => {
    expect(patched({ type: 'Ready', status: 'True', reason: 'Done', message: 'all good' })).toBeUndefined();
    expect(patched({ type: 'Ready', status: 'True', reason: 'Done', lastUpdateTime: 't7', lastTransitionTime: 't8' })).toBeUndefined();
  });

  it('of others stay as they are, and the time of the last transition stays while the status does', () => {
    expect(patched({ type: 'Ready', status: 'True', reason: 'Done', message: 'still good' })).toEqual({
      metadata: { resourceVersion: '7' },
      status: { conditions: [other, { ...ready, message: 'still good', lastUpdateTime: 't2', lastTransitionTime: 't0' }] },
    });
  });

  it('that change their status get the time', () => {
    expect(patched({ type: 'Ready', status: 'False', reason: 'Broken', message: 'no' })).toEqual({
      metadata: { resourceVersion: '7' },
      status: {
        conditions: [
          other,
          { type: 'Ready', status: 'False', reason: 'Broken', message: 'no', lastUpdateTime: 't2', lastTransitionTime: 't2' },
        ],
      },
    });
  });

  it('that are new are added', () => {
    expect(patched({ type: 'New', status: 'True' })).toMatchObject({
      status: { conditions: [other, ready, { type: 'New', status: 'True', lastUpdateTime: 't2', lastTransitionTime: 't2' }] },
    });
  });
});
