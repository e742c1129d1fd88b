/** Laws that hold for any object and any schema of a small universe. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../json.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { strategicMerge } from '../patch/strategic.ts';
import { BuiltinSchemas } from './builtin.ts';
import { structuralFromCrd } from './crd.ts';
import { normalise } from './normalise.ts';

const builtins = new BuiltinSchemas();
const key = fc.constantFrom('a', 'b', 'c');
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>(null, true, 0, 7, -1.5, '', 'x', 'long text'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
}));
const object = fc.dictionary(key, value, { maxKeys: 3 });

/** Structural schemas over the same few keys; defaults fit their types. */
const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonObject>(
      { type: 'string' },
      { type: 'string', default: 'd', maxLength: 5 },
      { type: 'integer', minimum: 0, default: 1 },
      { type: 'number', nullable: true },
      { type: 'boolean', default: false },
      { 'x-kubernetes-int-or-string': true },
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    ),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(key, tie('schema'), { maxKeys: 3 }) }),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
  ),
}));
const rootSchema = fc
  .dictionary(key, schema, { maxKeys: 3 })
  .map((properties) => structuralFromCrd({ type: 'object', properties }, builtins));

describe('normalise', () => {
  it('a second time changes nothing, drops nothing and finds the same errors', () => {
    fc.assert(
      fc.property(rootSchema, object, (root, input) => {
        expect(root.problems).toEqual([]);
        const once = normalise(input as JsonObject, root.schema);
        const twice = normalise(once.object, root.schema);
        expect(twice.object).toEqual(once.object);
        expect(twice.unknown).toEqual([]);
        expect(twice.errors).toEqual(once.errors);
      }),
    );
  });

  it('never changes its input', () => {
    fc.assert(
      fc.property(rootSchema, object, (root, input) => {
        const before = structuredClone(input);
        normalise(input as JsonObject, root.schema);
        expect(input).toEqual(before);
      }),
    );
  });
});

describe('merge patches', () => {
  it('without a schema the strategic one is the plain one, where no list holds objects', () => {
    fc.assert(
      fc.property(
        object,
        object.filter((patch) => !hasObjectsInLists(patch)),
        (current, patch) => {
          expect(strategicMerge(current as JsonObject, patch as JsonObject, undefined)).toEqual(
            mergePatch(current as JsonObject, patch as JsonObject),
          );
        },
      ),
    );
  });

  it('are idempotent', () => {
    fc.assert(
      fc.property(object, object, (current, patch) => {
        const merged = mergePatch(current as JsonObject, patch as JsonObject) as JsonObject;
        expect(mergePatch(merged, patch as JsonObject)).toEqual(merged);
        const strategic = strategicMerge(current as JsonObject, patch as JsonObject, undefined);
        expect(strategicMerge(strategic, patch as JsonObject, undefined)).toEqual(strategic);
      }),
    );
  });
});

function hasObjectsInLists(node: JsonValue | undefined, inList = false): boolean {
  if (Array.isArray(node)) return node.some((item) => hasObjectsInLists(item as JsonValue, true));
  if (typeof node !== 'object' || node === null) return false;
  return inList || Object.values(node as JsonObject).some((entry) => hasObjectsInLists(entry));
}
