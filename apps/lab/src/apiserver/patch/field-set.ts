/**
 * Sets of field paths, as server-side apply keeps them in managedFields.
 *
 * A path is its elements, each as FieldsV1 writes it (`f:spec`, `k:{"name":"a"}`, `v:"x"`), joined by a character that
 * no element holds. A flat set of such paths makes every operation of apply a set operation.
 *
 * @source Kubernetes meta/v1 FieldsV1; structured-merge-diff fieldpath
 */
import { asArray, asObject, formatJson, isObject, type JsonObject, type JsonValue } from '../json.ts';
import { memberSchema, type StructuralSchema } from '../schema/structural.ts';

/** Separates the elements of a path. */
const separator = '\u0000';

/** The leaves of an object: path → value; a keyed item stands for itself with an undefined value. */
export type Leaves = ReadonlyMap<string, JsonValue | undefined>;

/** Fields that nobody owns: the API machinery writes them. @source apimachinery managedfields stripmeta */
const unowned: readonly (readonly string[])[] = [
  ['apiVersion'],
  ['kind'],
  ...[
    'name',
    'namespace',
    'uid',
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'selfLink',
    'managedFields',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ].map((field) => ['metadata', field]),
];
const unownedPaths: ReadonlySet<string> = new Set(unowned.map((path) => path.map((name) => `f:${name}`).join(separator)));

/** Every ownable leaf of an object with its value. */
export function leavesOf(object: JsonObject, schema: StructuralSchema | undefined): Leaves {
  const leaves = new Map<string, JsonValue | undefined>();
  collect(object, schema, { path: '', leaves });
  for (const path of leaves.keys()) if (isUnowned(path)) leaves.delete(path);
  return leaves;
}

function isUnowned(path: string): boolean {
  const parts = path.split(separator);
  return unownedPaths.has(parts[0] ?? '') || unownedPaths.has(parts.slice(0, 2).join(separator)) || path === 'f:metadata';
}

interface Walk {
  readonly path: string;
  readonly leaves: Map<string, JsonValue | undefined>;
}

function collect(value: JsonValue, schema: StructuralSchema | undefined, walk: Walk): void {
  if (Array.isArray(value) && (schema?.listType === 'map' || schema?.listType === 'set'))
    collectList(value as readonly JsonValue[], schema, walk);
  else if (isObject(value) && schema?.mapType !== 'atomic' && Object.keys(value).length > 0) collectObject(value, schema, walk);
  else walk.leaves.set(walk.path, value);
}

function collectObject(value: JsonObject, schema: StructuralSchema | undefined, walk: Walk): void {
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    collect(entry, memberSchema(schema, key), { ...walk, path: join(walk.path, `f:${key}`) });
  }
}

function collectList(value: readonly JsonValue[], schema: StructuralSchema, walk: Walk): void {
  for (const item of value) {
    const path = join(walk.path, itemElement(item, schema));
    if (schema.listType === 'map' && isObject(item)) {
      walk.leaves.set(path, undefined);
      collectObject(item, schema.items, { ...walk, path });
    } else walk.leaves.set(path, item);
  }
}

/** The path element of a list item. */
export function itemElement(item: JsonValue, schema: StructuralSchema): string {
  if (schema.listType !== 'map' || !isObject(item)) return `v:${formatJson(item)}`;
  const keys = [...(schema.listMapKeys ?? [])].toSorted();
  return `k:${formatJson(Object.fromEntries(keys.map((key) => [key, item[key] ?? memberSchema(schema.items, key)?.default ?? null])))}`;
}

/** A path and an element below it. */
export function join(path: string, element: string): string {
  return path === '' ? element : `${path}${separator}${element}`;
}

/** Whether a set holds the path or anything below it. */
export function coversBelow(set: Pick<ReadonlySet<string>, 'has' | 'keys'>, path: string): boolean {
  if (set.has(path)) return true;
  const prefix = path + separator;
  for (const owned of set.keys()) if (owned.startsWith(prefix)) return true;
  return false;
}

/** Print a set as FieldsV1. */
export function encodeFields(set: Iterable<string>): JsonObject {
  const root: Tree = new Map();
  for (const path of set) {
    let here = root;
    for (const element of path.split(separator)) {
      let next = here.get(element);
      if (next === undefined) here.set(element, (next = new Map()));
      here = next;
    }
    here.set('.', new Map());
  }
  return printTree(root);
}

type Tree = Map<string, Tree>;

function printTree(tree: Tree): JsonObject {
  const entries = [...tree.entries()]
    .filter(([key]) => key !== '.' || tree.size > 1)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, printTree(child)]));
}

/** Read FieldsV1; what is not a tree of objects counts as empty. */
export function decodeFields(fields: JsonValue | undefined): ReadonlySet<string> {
  const set = new Set<string>();
  readTree(asObject(fields), '', set);
  return set;
}

function readTree(tree: JsonObject, path: string, set: Set<string>): void {
  const keys = Object.keys(tree);
  if (path !== '' && (keys.length === 0 || keys.includes('.'))) set.add(path);
  for (const key of keys) if (key !== '.') readTree(asObject(tree[key]), join(path, key), set);
}

/** A path as conflict messages show it: `.spec.ports[port=80].name`. @source fieldpath.Path.String */
export function formatPath(path: string): string {
  return path
    .split(separator)
    .map((element) => {
      const body = element.slice(2);
      if (element.startsWith('f:')) return `.${body}`;
      if (!element.startsWith('k:')) return `[=${body}]`;
      const keys = asObject(JSON.parse(body) as JsonValue);
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${formatJson(value ?? null)}`)
        .join(',')}]`;
    })
    .join('');
}

/** The items of a keyed list that stand under an element. */
export function itemIndex(list: JsonValue | undefined, element: string, schema: StructuralSchema | undefined): number {
  if (schema === undefined) return -1;
  return asArray(list).findIndex((item) => itemElement(item, schema) === element);
}
