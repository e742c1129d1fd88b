/**
 * Strategic merge patch: a merge patch that knows which lists are keyed, and the directives that kubectl writes.
 *
 * @source Kubernetes design "strategic-merge-patch" and apimachinery pkg/util/strategicpatch (behaviour)
 */
import { asArray, asObject, isObject, jsonEqual, type JsonObject, type JsonValue } from '../json.ts';
import { memberSchema, type StructuralSchema } from '../schema/structural.ts';

/** A patch that contradicts itself or the schema. */
export class StrategicPatchError extends Error {}

const directive = '$patch';
const retainKeys = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/**
 * Merge a patch into an object.
 *
 * @throws {StrategicPatchError} a directive is unknown or a list item lacks its merge key
 */
export function strategicMerge(current: JsonObject, patch: JsonObject, schema: StructuralSchema | undefined): JsonObject {
  const how = patch[directive];
  if (how === 'replace') return withoutDirectives(patch);
  if (how === 'delete') return {};
  if (how !== undefined && how !== 'merge')
    throw new StrategicPatchError(`unknown patch type ${JSON.stringify(how)} in ${directive}: use merge, replace or delete`);
  const merged = new Map<string, JsonValue | undefined>(Object.entries(retained(current, patch)));
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined || key.startsWith('$')) continue;
    if (value === null) {
      merged.delete(key);
      continue;
    }
    const next = mergeMember({ key, value, patch, current: merged.get(key), schema: memberSchema(schema, key) });
    if (next === undefined) merged.delete(key);
    else merged.set(key, next);
  }
  applyListDirectives(merged, patch, schema);
  return Object.fromEntries(merged);
}

interface Member {
  readonly key: string;
  readonly value: JsonValue;
  readonly patch: JsonObject;
  readonly current: JsonValue | undefined;
  readonly schema: StructuralSchema | undefined;
}

function mergeMember(member: Member): JsonValue | undefined {
  const { value, current, schema } = member;
  const strategy = schema?.patchStrategy?.split(',') ?? [];
  if (isObject(value)) {
    if (value[directive] === 'delete') return undefined;
    if (strategy.includes('replace')) return withoutDirectives(value);
    return strategicMerge(asObject(current), value, schema);
  }
  if (!Array.isArray(value)) return value;
  const items = value as readonly JsonValue[];
  if (!strategy.includes('merge')) return items.map((item) => (isObject(item) ? strategicMerge({}, item, schema?.items) : item));
  return mergeList(asArray(current), items, { ...member, strategy });
}

/** @source directive `$retainKeys`: keys of the current object that the list does not name go */
function retained(current: JsonObject, patch: JsonObject): Record<string, JsonValue | undefined> {
  const keep = patch[retainKeys];
  if (keep === undefined) return { ...current };
  if (!Array.isArray(keep)) throw new StrategicPatchError(`${retainKeys} must be a list of field names`);
  for (const key of Object.keys(patch)) {
    if (!key.startsWith('$') && patch[key] !== null && !keep.includes(key))
      throw new StrategicPatchError(`${retainKeys} does not name ${key}, which the same patch sets`);
  }
  return Object.fromEntries(Object.entries(current).filter(([key]) => keep.includes(key)));
}

interface ListMerge {
  readonly key: string;
  readonly patch: JsonObject;
  readonly schema: StructuralSchema | undefined;
  readonly strategy: readonly string[];
}

function mergeList(current: readonly JsonValue[], patch: readonly JsonValue[], about: ListMerge): readonly JsonValue[] {
  const mergeKey = about.schema?.patchMergeKey;
  if (mergeKey === undefined) return [...current, ...patch.filter((item) => !current.some((known) => jsonEqual(known, item)))];
  const objects = patch.filter(isObject);
  // The list as it stands in the patch: items that share a merge key, such as a node's addresses of one type, all stay.
  if (objects.some((item) => item[directive] === 'replace'))
    return objects.flatMap((item) => (item[directive] === 'replace' ? [] : [strategicMerge({}, item, about.schema?.items)]));
  const merged: JsonValue[] = [...current];
  for (const item of objects) {
    const identity = item[mergeKey];
    if (identity === undefined)
      throw new StrategicPatchError(
        `${about.key}: map does not contain the merge key ${JSON.stringify(mergeKey)}: ${JSON.stringify(Object.keys(item))}`,
      );
    const index = merged.findIndex((known) => isObject(known) && jsonEqual(known[mergeKey], identity));
    if (item[directive] === 'delete') {
      if (index >= 0) merged.splice(index, 1);
    } else if (index >= 0) merged[index] = strategicMerge(asObject(merged[index]), item, about.schema?.items);
    else merged.push(strategicMerge({}, item, about.schema?.items));
  }
  return merged;
}

/** `$deleteFromPrimitiveList/x` and `$setElementOrder/x` stand beside the list they speak of. */
function applyListDirectives(merged: Map<string, JsonValue | undefined>, patch: JsonObject, schema: StructuralSchema | undefined): void {
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(deletePrefix)) continue;
    const field = key.slice(deletePrefix.length);
    const list = merged.get(field);
    if (Array.isArray(list))
      merged.set(
        field,
        (list as readonly JsonValue[]).filter((item) => !asArray(value).some((gone) => jsonEqual(gone, item))),
      );
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    const field = key.slice(orderPrefix.length);
    const list = merged.get(field);
    if (Array.isArray(list))
      merged.set(field, ordered(list as readonly JsonValue[], asArray(value), memberSchema(schema, field)?.patchMergeKey));
  }
}

/**
 * Put the items that the order names in its order; items that it doesn't name keep their place before the first named
 * item that followed them.
 */
function ordered(list: readonly JsonValue[], order: readonly JsonValue[], mergeKey: string | undefined): readonly JsonValue[] {
  const identity = (item: JsonValue): JsonValue | undefined => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
  const rank = (item: JsonValue): number => order.findIndex((wanted) => jsonEqual(identity(wanted), identity(item)));
  const named = list.filter((item) => rank(item) >= 0).toSorted((left, right) => rank(left) - rank(right));
  const others = list.filter((item) => rank(item) < 0);
  const result: JsonValue[] = [];
  while (named.length > 0 || others.length > 0) {
    const [left, right] = [named[0], others[0]];
    const takeOther = left === undefined || (right !== undefined && list.indexOf(right) < list.indexOf(left));
    const next = takeOther ? others.shift() : named.shift();
    if (next !== undefined) result.push(next);
  }
  return result;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key, value]) => !key.startsWith('$') && value !== null));
}
