import { type KubeObject, madeByUs } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { jobOf } from './made-objects.ts';

type Thing = KubeObject & { readonly spec: Readonly<Record<string, unknown>> };
const ours = { [madeByUs.key]: madeByUs.value };
const thing = (spec: Thing['spec'], labels: Readonly<Record<string, string>> = ours): Thing => ({ metadata: { name: 'a', labels }, spec });
const byLabel = ({ metadata }: KubeObject): boolean => metadata.labels?.[madeByUs.key] === madeByUs.value;

describe('jobOf', () => {
  it('what is missing is created, what is ours and not wanted goes, what is somebody else’s stays', () => {
    const wanted = thing({ port: 1 });
    expect(jobOf(wanted, undefined, byLabel)).toEqual({ do: 'create', object: wanted });
    expect(jobOf(undefined, thing({}), byLabel)).toEqual({ do: 'delete', object: undefined });
    for (const unwanted of [undefined, wanted]) expect(jobOf(unwanted, thing({ port: 2 }, {}), byLabel)).toBeUndefined();
    expect(jobOf(wanted, thing({ port: 2 }, {}), () => true)).toMatchObject({ do: 'replace', object: wanted });
  });

  it('what servers and others add makes no difference, and survives a change', () => {
    const found: Thing = {
      ...thing({ ports: [{ port: 1, protocol: 'TCP' }], clusterIP: 'None' }),
      metadata: { name: 'a', uid: 'u', labels: { ...ours, more: 'x' } },
    };
    expect(jobOf(thing({ ports: [{ port: 1 }] }), found, byLabel)).toBeUndefined();
    expect(jobOf(thing({ ports: [{ port: 2 }] }), found, byLabel)).toEqual({
      do: 'replace',
      object: { metadata: found.metadata, spec: { ports: [{ port: 2 }], clusterIP: 'None' } },
    });
  });

  it('a selector is one value, and none is as good as an empty one', () => {
    expect(jobOf(thing({ selector: { a: '1' } }), thing({ selector: { a: '1', b: '2' } }), byLabel)).toMatchObject({
      object: { spec: { selector: { a: '1' } } },
    });
    expect(jobOf(thing({ selector: {} }), thing({}), byLabel)).toBeUndefined();
  });

  it('what is being deleted is left to that', () => {
    const leaving = { ...thing({ port: 2 }), metadata: { name: 'a', labels: ours, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    for (const wanted of [undefined, thing({ port: 1 })]) expect(jobOf(wanted, leaving, byLabel)).toBeUndefined();
  });
});
