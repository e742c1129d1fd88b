import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerSpec, PodObject } from '../pod/types.ts';
import { environmentOf, expand, referencesOf } from './environment.ts';

const pod: PodObject = {
  metadata: { name: 'web', namespace: 'shop', uid: 'u', labels: { 'a/b': 'c' } },
  spec: { nodeName: 'node1', containers: [] },
};
const of = (container: Partial<ContainerSpec>, data: Record<string, Record<string, string>> = {}) =>
  environmentOf({
    pod,
    container: { name: 'main', ...container },
    podAddresses: ['10.0.0.2', 'fd00::2'],
    hostAddresses: ['192.0.2.1'],
    data: new Map(Object.entries(data)),
  });

describe('expand', () => {
  it.each([
    ['$(A)', 'x'],
    ['-$(A)-$(A)-', '-x-x-'],
    ['$$(A)', '$(A)'],
    ['$(NONE)', '$(NONE)'],
    ['$A', '$A'],
    ['$(A', '$(A'],
    ['$$$(A)', '$x'],
  ])('%s becomes %s', (text, wanted) => expect(expand(text, { A: 'x' })).toBe(wanted));

  it('leaves text without a dollar sign as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('$')),
        (text) => {
          expect(expand(text, { A: 'x' })).toBe(text);
        },
      ),
    );
  });
});

describe('environmentOf', () => {
  it('a later variable may use an earlier one, and not the other way', () => {
    expect(
      of({
        env: [
          { name: 'A', value: '$(B)' },
          { name: 'B', value: 'b' },
          { name: 'C', value: '$(B)c' },
        ],
      }),
    ).toEqual({ A: '$(B)', B: 'b', C: 'bc' });
  });

  it("knows the downward API's fields", () => {
    const field = (fieldPath: string) => of({ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] })['X'];
    expect(
      [
        'metadata.name',
        'metadata.namespace',
        'spec.nodeName',
        'status.podIP',
        'status.podIPs',
        'status.hostIP',
        "metadata.labels['a/b']",
      ].map(field),
    ).toEqual(['web', 'shop', 'node1', '10.0.0.2', '10.0.0.2,fd00::2', '192.0.2.1', 'c']);
    expect(() => field('spec.containers')).toThrow(/"spec.containers"/);
  });

  it('takes ConfigMaps and Secrets, whole and by key', () => {
    const container: Partial<ContainerSpec> = {
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'c' } }],
      env: [
        { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        { name: 'O', valueFrom: { secretKeyRef: { name: 'none', key: 'k', optional: true } } },
      ],
    };
    expect(referencesOf({ name: 'main', ...container })).toEqual(['secret/s', 'secret/none', 'configmap/c']);
    expect(of(container, { 'configmap/c': { a: '1' }, 'secret/s': { k: 'v' } })).toEqual({ P_a: '1', S: 'v' });
  });

  it('a source that is missing is named', () => {
    expect(() => of({ env: [{ name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] })).toThrow(
      'env S: secret "s" has no key "k"',
    );
    expect(() => of({ envFrom: [{ configMapRef: { name: 'c' } }] })).toThrow('configmap "c" not found');
  });
});
