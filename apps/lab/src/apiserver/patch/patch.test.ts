import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../json.ts';
import { BuiltinSchemas } from '../schema/index.ts';
import { applyPatch } from './patch.ts';

const builtins = new BuiltinSchemas();
const deployment = builtins.schemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' })!;
const podSchema = builtins.schemaFor({ group: '', version: 'v1', kind: 'Pod' })!;

function patched(type: 'json' | 'merge' | 'strategic', current: JsonObject, patch: JsonValue, schema = podSchema): JsonObject {
  const outcome = applyPatch({ type, current, patch, schema });
  if (!outcome.ok) throw new Error(`${outcome.code} ${outcome.message}`);
  return outcome.object;
}

describe('merge patch', () => {
  // RFC 7396 appendix A, the rows whose target and result are objects
  it.each<[JsonObject, JsonValue, JsonValue]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j gives %j', (current, patch, expected) => {
    const before = structuredClone(current);
    expect(patched('merge', current, patch)).toEqual(expected);
    expect(current).toEqual(before);
  });
});

describe('keys that JavaScript treats specially', () => {
  const patch = JSON.parse('{"a":{"__proto__":{"x":1},"constructor":2,"toString":3}}') as JsonObject;

  it.each(['merge', 'strategic'] as const)('%s keeps them as members, and no prototype changes', (type) => {
    const { a } = patched(type, { a: { b: 1 } }, patch) as { a: JsonObject };
    expect(Object.keys(a)).toEqual(['b', '__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(a)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('JSON patch', () => {
  it('adds, replaces, removes, moves, copies and tests without touching its input', () => {
    const current = { a: [1, 2], b: { c: 1 } };
    const patch = [
      { op: 'test', path: '/b/c', value: 1 },
      { op: 'add', path: '/a/-', value: 3 },
      { op: 'replace', path: '/b/c', value: 2 },
      { op: 'copy', from: '/b', path: '/d' },
      { op: 'remove', path: '/a/0' },
    ];
    expect(patched('json', current, patch)).toEqual({ a: [2, 3], b: { c: 2 }, d: { c: 2 } });
    expect(current).toEqual({ a: [1, 2], b: { c: 1 } });
  });

  it('keeps big integers exact, copied ones as well', () => {
    const current = { a: 18446744073709551615n };
    expect(patched('json', current, [{ op: 'copy', from: '/a', path: '/b' }])).toEqual({
      a: 18446744073709551615n,
      b: 18446744073709551615n,
    });
  });

  it.each<[JsonValue, number]>([
    [[{ op: 'test', path: '/a', value: 2 }], 422],
    [[{ op: 'remove', path: '/nope' }], 422],
    [[{ op: 'replace', path: '/nope/x', value: 1 }], 422],
    [[{ op: 'juggle', path: '/a' }], 422],
    [[{ op: 'replace', path: '', value: 1 }], 422],
    [{ a: 1 }, 400],
  ])('%j is refused with %i', (patch, code) => {
    expect(applyPatch({ type: 'json', current: { a: 1 }, patch })).toMatchObject({ ok: false, code });
  });

  it('cannot reach the prototype', () => {
    expect(applyPatch({ type: 'json', current: {}, patch: [{ op: 'add', path: '/__proto__/x', value: 1 }] }).ok).toBe(false);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('strategic merge patch', () => {
  const pod = {
    metadata: { finalizers: ['a', 'b'], labels: { app: 'web' } },
    spec: {
      containers: [
        { name: 'one', image: 'x:1', env: [{ name: 'A', value: '1' }], command: ['run'] },
        { name: 'two', image: 'y:1' },
      ],
      tolerations: [{ key: 'k' }],
      volumes: [{ name: 'v', configMap: { name: 'c' } }],
      nodeSelector: { disk: 'ssd' },
    },
  };

  it.each<[string, JsonObject, JsonObject]>([
    [
      'a keyed item merges, a new one is appended',
      {
        spec: {
          containers: [
            { name: 'two', image: 'y:2' },
            { name: 'three', image: 'z' },
          ],
        },
      },
      { containers: [pod.spec.containers[0]!, { name: 'two', image: 'y:2' }, { name: 'three', image: 'z' }] },
    ],
    [
      'nested keyed lists merge',
      { spec: { containers: [{ name: 'one', env: [{ name: 'B', value: '2' }] }] } },
      {
        containers: [
          {
            ...pod.spec.containers[0]!,
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
          },
          pod.spec.containers[1]!,
        ],
      },
    ],
    [
      'an atomic list is replaced',
      { spec: { tolerations: [{ key: 'other' }], containers: [{ name: 'one', command: ['a', 'b'] }] } },
      { tolerations: [{ key: 'other' }], containers: [{ ...pod.spec.containers[0]!, command: ['a', 'b'] }, pod.spec.containers[1]!] },
    ],
    [
      '$patch: delete removes an item',
      { spec: { containers: [{ name: 'one', $patch: 'delete' }] } },
      { containers: [pod.spec.containers[1]!] },
    ],
    [
      '$patch: replace replaces the list',
      { spec: { containers: [{ $patch: 'replace' }, { name: 'new' }] } },
      { containers: [{ name: 'new' }] },
    ],
    [
      '$patch: replace keeps items that share a merge key',
      { spec: { containers: [{ $patch: 'replace' }, { name: 'new', command: ['a'] }, { name: 'new', command: ['b'] }] } },
      {
        containers: [
          { name: 'new', command: ['a'] },
          { name: 'new', command: ['b'] },
        ],
      },
    ],
    ['$patch: replace replaces an object', { spec: { nodeSelector: { $patch: 'replace', zone: 'a' } } }, { nodeSelector: { zone: 'a' } }],
    [
      '$retainKeys drops the rest',
      { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'emptyDir'], emptyDir: {} }] } },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    ],
    [
      '$setElementOrder orders, items it does not name stay before what followed them',
      {
        spec: {
          $setElementOrder$: null,
          '$setElementOrder/containers': [{ name: 'three' }, { name: 'two' }],
          containers: [{ name: 'three' }],
        },
      },
      { containers: [pod.spec.containers[0]!, { name: 'three' }, pod.spec.containers[1]!] },
    ],
    ['null removes a field', { spec: { nodeSelector: null } }, { nodeSelector: undefined as never }],
  ])('%s', (_name, patch, expected) => {
    const before = structuredClone(pod);
    const result = patched('strategic', pod, patch);
    expect(result['spec']).toEqual({ ...pod.spec, ...expected });
    expect(pod).toEqual(before);
  });

  it('primitive lists merge as sets, and lose what $deleteFromPrimitiveList names', () => {
    expect(patched('strategic', pod, { metadata: { finalizers: ['b', 'c'] } })['metadata']).toMatchObject({ finalizers: ['a', 'b', 'c'] });
    const patch = {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], '$setElementOrder/finalizers': ['c', 'b'], finalizers: ['c'] },
    };
    expect(patched('strategic', pod, patch)['metadata']).toMatchObject({ finalizers: ['c', 'b'] });
  });

  it('a change of strategy keeps only the retained keys', () => {
    const current = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(patched('strategic', current, patch, deployment)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
  });

  it('directives never reach the object, also where nothing was before', () => {
    const patch = {
      spec: {
        containers: [
          {
            name: 'one',
            ports: [{ containerPort: 1 }, { containerPort: 2, $patch: 'delete' }],
            '$setElementOrder/ports': [{ containerPort: 1 }],
          },
        ],
      },
    };
    expect(patched('strategic', {}, patch)).toEqual({ spec: { containers: [{ name: 'one', ports: [{ containerPort: 1 }] }] } });
  });

  it.each<[JsonValue, RegExp]>([
    [{ spec: { containers: [{ image: 'x' }] } }, /merge key "name"/],
    [{ spec: { $patch: 'explode' } }, /unknown patch type "explode"/],
    [{ spec: { $retainKeys: ['a'], b: 1 } }, /does not name b/],
  ])('%j is refused', (patch, message) => {
    const outcome = applyPatch({ type: 'strategic', current: pod, patch, schema: podSchema });
    expect(outcome).toMatchObject({ ok: false, code: 422, message: expect.stringMatching(message) as string });
  });

  it('is not for custom resources', () => {
    expect(applyPatch({ type: 'strategic', current: {}, patch: {}, schema: { type: 'object' } })).toMatchObject({ ok: false, code: 415 });
  });
});
