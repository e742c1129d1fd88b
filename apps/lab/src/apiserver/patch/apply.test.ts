import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { BuiltinSchemas } from '../schema/index.ts';
import { serverSideApply, type ApplyOutcome } from './apply.ts';
import { decodeFields, encodeFields, leavesOf } from './field-set.ts';
import { trackUpdate } from './track.ts';

const builtins = new BuiltinSchemas();
const schema = builtins.schemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' })!;
const now = '2026-11-23T10:00:00Z';
const later = '2026-11-23T11:00:00Z';

interface Step {
  readonly by: string;
  readonly force?: boolean;
  readonly at?: string;
}

function apply(current: JsonObject | undefined, patch: JsonObject, { by, force = false, at = now }: Step): ApplyOutcome {
  return serverSideApply({
    current,
    patch: { apiVersion: 'apps/v1', kind: 'Deployment', ...patch },
    schema,
    fieldManager: by,
    force,
    apiVersion: 'apps/v1',
    now: at,
  });
}
function applied(current: JsonObject | undefined, patch: JsonObject, step: Step): JsonObject {
  const outcome = apply(current, patch, step);
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.object;
}
function update(before: JsonObject | undefined, after: JsonObject, by: string, at = now): JsonObject {
  return trackUpdate({ before, after, schema, fieldManager: by, operation: 'Update', apiVersion: 'apps/v1', now: at });
}
function owners(object: JsonObject): Record<string, unknown> {
  const entries =
    (object['metadata'] as { managedFields?: { manager: string; operation: string; fieldsV1: unknown }[] }).managedFields ?? [];
  return Object.fromEntries(entries.map((entry) => [`${entry.manager}/${entry.operation}`, entry.fieldsV1]));
}

const container = (name: string, image: string): JsonObject => ({ name, image });
const withContainers = (...containers: JsonObject[]): JsonObject => ({
  metadata: { name: 'web' },
  spec: { template: { spec: { containers } } },
});

describe('server-side apply', () => {
  it('records keyed items, leaves and the dot of each item', () => {
    const object = applied(undefined, withContainers(container('a', 'x')), { by: 'one' });
    expect(owners(object)).toEqual({
      'one/Apply': {
        'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:name': {} } } } } },
      },
    });
  });

  it('two managers own their own items; each takes only its own away', () => {
    const first = applied(undefined, withContainers(container('a', 'x')), { by: 'one' });
    const both = applied(first, withContainers(container('b', 'y')), { by: 'two' });
    expect(both['spec']).toEqual({ template: { spec: { containers: [container('a', 'x'), container('b', 'y')] } } });
    const left = applied(
      both,
      { metadata: { name: 'web' }, spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } },
      { by: 'one' },
    );
    expect(left['spec']).toEqual({ template: { spec: { containers: [container('b', 'y')], terminationGracePeriodSeconds: 1 } } });
  });

  it('a foreign value is a conflict that names manager and field; force takes it over', () => {
    const object = applied(undefined, { metadata: { name: 'web' }, spec: { replicas: 1 } }, { by: 'one' });
    const refused = apply(object, { metadata: { name: 'web' }, spec: { replicas: 2 } }, { by: 'two' });
    expect(refused).toMatchObject({
      ok: false,
      code: 409,
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
      conflicts: [{ manager: 'one', field: '.spec.replicas' }],
    });
    const forced = applied(object, { metadata: { name: 'web' }, spec: { replicas: 2 } }, { by: 'two', force: true });
    expect(forced['spec']).toEqual({ replicas: 2 });
    expect(owners(forced)).toEqual({ 'two/Apply': { 'f:spec': { 'f:replicas': {} } } });
  });

  it('the same value is shared, and stays when one of two owners lets go', () => {
    const one = applied(undefined, { metadata: { name: 'web' }, spec: { replicas: 3 } }, { by: 'one' });
    const two = applied(one, { metadata: { name: 'web' }, spec: { replicas: 3, paused: true } }, { by: 'two' });
    const left = applied(two, { metadata: { name: 'web', labels: { a: 'b' } } }, { by: 'one' });
    expect(left['spec']).toEqual({ replicas: 3, paused: true });
    const gone = applied(left, { metadata: { name: 'web' }, spec: { paused: true } }, { by: 'two' });
    expect(gone['spec']).toEqual({ paused: true });
  });

  it('an atomic map is one value', () => {
    const one = applied(undefined, { metadata: { name: 'web' }, spec: { selector: { matchLabels: { a: '1' } } } }, { by: 'one' });
    expect(owners(one)).toEqual({ 'one/Apply': { 'f:spec': { 'f:selector': {} } } });
    const two = apply(one, { metadata: { name: 'web' }, spec: { selector: { matchLabels: { b: '1' } } } }, { by: 'two' });
    expect(two).toMatchObject({ ok: false, conflicts: [{ field: '.spec.selector' }] });
  });

  it('an update takes ownership from an apply, which then conflicts', () => {
    const one = applied(undefined, { metadata: { name: 'web' }, spec: { replicas: 1 } }, { by: 'one' });
    const scaled = update(one, { ...one, spec: { replicas: 5 } }, 'kubectl');
    expect(owners(scaled)).toEqual({ 'kubectl/Update': { 'f:spec': { 'f:replicas': {} } } });
    expect(apply(scaled, { metadata: { name: 'web' }, spec: { replicas: 1 } }, { by: 'one' })).toMatchObject({
      ok: false,
      conflicts: [{ manager: 'kubectl' }],
    });
  });

  it('conflicts with an update say since when, several fields of one manager are listed', () => {
    const one = update(undefined, { metadata: { name: 'web' }, spec: { replicas: 1, paused: true } }, 'kubectl');
    const refused = apply(one, { metadata: { name: 'web' }, spec: { replicas: 2, paused: false } }, { by: 'one' });
    expect(refused).toMatchObject({
      message: `Apply failed with 2 conflicts: conflicts with "kubectl" using apps/v1 at ${now}:\n- .spec.paused\n- .spec.replicas`,
    });
  });

  it('an object that was never tracked belongs to a manager of old', () => {
    const refused = apply(
      { metadata: { name: 'web' }, spec: { replicas: 1 } },
      { metadata: { name: 'web' }, spec: { replicas: 2 } },
      { by: 'one' },
    );
    expect(refused).toMatchObject({ ok: false, conflicts: [{ manager: 'before-first-apply' }] });
  });

  it('a set list: items belong to whoever stated them', () => {
    const one = applied(undefined, { metadata: { name: 'web', finalizers: ['a'] } }, { by: 'one' });
    const two = applied(one, { metadata: { name: 'web', finalizers: ['b'] } }, { by: 'two' });
    expect(two['metadata']).toMatchObject({ finalizers: ['a', 'b'] });
    const left = applied(two, { metadata: { name: 'web' } }, { by: 'one' });
    expect(left['metadata']).toMatchObject({ finalizers: ['b'] });
  });

  it('ports without a protocol have the key of TCP', () => {
    const service = builtins.schemaFor({ group: '', version: 'v1', kind: 'Service' })!;
    const live = { metadata: { name: 's' }, spec: { ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }] } };
    const request = { current: live, schema: service, fieldManager: 'one', force: true, apiVersion: 'v1', now };
    const outcome = serverSideApply({ ...request, patch: { metadata: { name: 's' }, spec: { ports: [{ port: 80, name: 'http' }] } } });
    expect(outcome).toMatchObject({
      ok: true,
      object: { spec: { ports: [{ port: 80, protocol: 'TCP', nodePort: 30080, name: 'http' }] } },
    });
  });

  it('applying the same again changes nothing, times included', () => {
    const text = fc.constantFrom('a', 'b', 'c');
    const config = fc.record({
      replicas: fc.nat(3),
      containers: fc.uniqueArray(fc.record({ name: text, image: text }), { selector: (item) => item.name, minLength: 1 }),
      labels: fc.dictionary(text, text),
    });
    fc.assert(
      fc.property(config, config, (first, second) => {
        const of = (value: typeof first): JsonObject => ({
          metadata: { name: 'web', labels: value.labels },
          spec: { replicas: value.replicas, template: { spec: { containers: value.containers } } },
        });
        const live = applied(applied(undefined, of(first), { by: 'one' }), of(second), { by: 'two', force: true });
        expect(applied(live, of(second), { by: 'two', at: later })).toEqual(live);
        // what the last applier stated is what the object holds
        const leaves = leavesOf(live, schema);
        const stated = [...leavesOf(of(second), schema)].filter(([path]) => path !== 'f:metadata\u0000f:labels');
        expect(stated.map(([path]) => [path, leaves.get(path)])).toEqual(stated);
      }),
    );
  });

  it('a single manager: the object is what it applied last', () => {
    const text = fc.constantFrom('a', 'b', 'c', 'd');
    const config = fc.record({
      containers: fc.uniqueArray(fc.record({ name: text, image: text }), { selector: (item) => item.name }),
      labels: fc.dictionary(text, text),
      replicas: fc.option(fc.nat(3), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(config, { minLength: 1, maxLength: 4 }), (configs) => {
        let live: JsonObject | undefined;
        for (const { containers, labels, replicas } of configs)
          live = applied(
            live,
            {
              metadata: { name: 'web', labels: { keep: 'x', ...labels } },
              spec: { paused: true, replicas, template: { spec: { hostname: 'h', containers } } },
            },
            { by: 'one' },
          );
        const last = configs.at(-1)!;
        const { template, replicas } = live!['spec'] as { replicas?: number; template: { spec: { containers?: { name: string }[] } } };
        expect(replicas).toBe(last.replicas);
        expect(new Set(template.spec.containers ?? [])).toEqual(new Set(last.containers));
        expect((live!['metadata'] as JsonObject)['labels']).toEqual({ keep: 'x', ...last.labels });
      }),
    );
  });
});

describe('managedFields of updates', () => {
  it('a create gives all fields to its manager, and nothing of the machinery', () => {
    const object = update(
      undefined,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', uid: 'u', resourceVersion: '1', labels: { a: 'b' } },
        spec: { replicas: 1 },
      },
      'kubectl',
    );
    expect(owners(object)).toEqual({ 'kubectl/Update': { 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:spec': { 'f:replicas': {} } } });
  });

  it('a write that changes nothing leaves entries and times alone', () => {
    const object = update(undefined, { metadata: { name: 'web' }, spec: { replicas: 1 } }, 'kubectl', now);
    expect(update(object, object, 'kubectl', later)).toEqual(object);
    expect(update(object, object, 'other', later)).toEqual(object);
  });

  it("a removed field is nobody's", () => {
    const object = update(undefined, { metadata: { name: 'web' }, spec: { replicas: 1, paused: true } }, 'kubectl');
    expect(owners(update(object, { ...object, spec: { replicas: 1 } }, 'other'))).toEqual({
      'kubectl/Update': { 'f:spec': { 'f:replicas': {} } },
    });
  });

  it('the number of entries stays bounded', () => {
    let object: JsonObject = { metadata: { name: 'web' } };
    for (let index = 0; index < 30; index += 1) {
      const labels = (object['metadata'] as JsonObject)['labels'] as JsonObject | undefined;
      const after = { ...object, metadata: { ...(object['metadata'] as JsonObject), labels: { ...labels, [`l${index}`]: 'x' } } };
      object = update(object, after, `manager-${index}`, `2026-11-23T10:00:${String(index).padStart(2, '0')}Z`);
    }
    expect(Object.keys(owners(object)).length).toBeLessThanOrEqual(10);
    expect(Object.keys(owners(object))).toContain('ancient-changes/Update');
  });
});

describe('FieldsV1', () => {
  it('decode(encode(set)) is the set', () => {
    const element = fc.oneof(fc.stringMatching(/^f:[a-z.]+$/), fc.constantFrom('k:{"name":"a"}', 'v:"x"', 'v:1'));
    const path = fc.array(element, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('\u0000'));
    fc.assert(
      fc.property(fc.uniqueArray(path), (paths) => {
        expect([...decodeFields(encodeFields(paths))].toSorted()).toEqual(paths.toSorted());
      }),
    );
  });
});
