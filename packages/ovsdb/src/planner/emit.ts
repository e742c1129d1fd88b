/**
 * The actions of a draft -> operations: guards, inserts, one update and one mutate per row, deletes.
 *
 * @source RFC 7047 §5.2
 */
import type { WritableAtom, WritableValue } from '../notation/encode.ts';
import { isNamedUuid } from '../notation/encode.ts';
import { isMapValue, isSetValue, normalAtom } from '../notation/value.ts';
import type { Atom, Row, Uuid } from '../notation/value.ts';
import type { Condition, Mutation, Operation } from '../operation.ts';
import type { ColumnSchema, ColumnType } from '../schema/types.ts';
import { atomKey } from './atoms.ts';
import type { Action, Part } from './draft.ts';
import type { Entry, Seed } from './union.ts';

/** Operations, and for each the one seed that needs it; undefined where several do. */
export interface Emitted {
  readonly operations: readonly Operation[];
  readonly seedOf: readonly (Seed | undefined)[];
}

interface ColumnDelta {
  readonly type: ColumnType;
  readonly add: Map<string, Part>;
  readonly remove: Map<string, Part>;
}

interface RowWork {
  readonly table: string;
  readonly row: Row;
  readonly seeds: Set<Seed>;
  readonly columns: Record<string, WritableValue>;
  readonly deltas: Map<string, ColumnDelta>;
}

type InsertAction = Extract<Action, { readonly kind: 'insert' }>;

/** Turn actions into operations. */
export function emitOperations(actions: readonly Action[], weakColumns: (table: string) => readonly ColumnSchema[]): Emitted {
  const inserts = new Map<Entry, { readonly action: InsertAction; readonly deltas: Map<string, ColumnDelta>; readonly seeds: Set<Seed> }>();
  const rows = new Map<Uuid, RowWork>();
  const deletes = new Map<Uuid, { readonly table: string; readonly seeds: Set<Seed> }>();
  const gone = new Set<Atom>();
  for (const action of actions) {
    if (action.kind === 'insert') inserts.set(action.entry, { action, deltas: new Map(), seeds: new Set([action.seed]) });
    else if (action.kind === 'delete') {
      gone.add(action.uuid);
      if (action.isExplicit) deletes.set(action.uuid, { table: action.table, seeds: new Set([action.seed]) });
    }
  }
  for (const action of actions) {
    if (action.kind === 'update') {
      const work = workOf(rows, action.table, action.row);
      work.seeds.add(action.seed);
      work.columns[action.column] = action.value;
    } else if (action.kind === 'add' || action.kind === 'remove') {
      const { target } = action;
      const work = 'row' in target ? workOf(rows, target.table, target.row) : inserts.get(target.entry);
      if (work === undefined) throw new Error('bug: an element is added to a row that is not inserted');
      work.seeds.add(action.seed);
      note(work.deltas, action);
    }
  }
  const out: { operation: Operation; seeds: ReadonlySet<Seed> }[] = [];
  for (const { action } of inserts.values())
    if (Object.keys(action.guard).length > 0) out.push({ operation: guardOf(action), seeds: new Set([action.seed]) });
  for (const { action, deltas, seeds } of inserts.values()) out.push({ operation: insertOf(action, deltas), seeds });
  for (const [uuid, work] of rows) {
    if (gone.has(uuid)) continue;
    if (gone.size > 0) forgetGone(work, weakColumns(work.table), gone);
    for (const operation of changesOf(work)) out.push({ operation, seeds: work.seeds });
  }
  for (const [uuid, { table, seeds }] of deletes) out.push({ operation: { op: 'delete', table, where: byUuid(uuid) }, seeds });
  return {
    operations: out.map(({ operation }) => operation),
    seedOf: out.map(({ seeds }) => {
      const [seed] = seeds;
      return seeds.size === 1 ? seed : undefined;
    }),
  };
}

/**
 * Take deleted rows out of the weak references of a row that is changed anyway: ovsdb-server 3.1 leaves such a reference
 * dangling when another column of the row changes in the same transaction (seen on Logical_Switch.load_balancer).
 */
function forgetGone(work: RowWork, columns: readonly ColumnSchema[], gone: ReadonlySet<Atom>): void {
  for (const { name, type } of columns) {
    const value = work.row[name];
    if (isSetValue(value)) {
      for (const atom of value) if (gone.has(atom)) note(work.deltas, { kind: 'remove', column: name, type, part: { atom } });
    } else if (isMapValue(value)) {
      for (const [mapKey, item] of value) {
        if (gone.has(mapKey) || gone.has(item)) note(work.deltas, { kind: 'remove', column: name, type, part: { mapKey, value: item } });
      }
    } else if (value !== undefined && gone.has(value) && type.shape === 'optional' && !(name in work.columns))
      work.columns[name] = undefined;
  }
}

/** Nobody else may have made the row meanwhile: two writers must not duplicate it. @source RFC 7047 §5.2.6 (wait) */
function guardOf({ entry, guard }: InsertAction): Operation {
  const where: Condition[] = Object.entries(guard).map(([column, value]) => [
    column,
    typeof value === 'object' && !isNamedUuid(value) ? 'includes' : '==',
    value,
  ]);
  return { op: 'wait', table: entry.table, timeoutMs: 0, where, columns: [where[0]?.[0] ?? '_uuid'], until: '==', rows: [] };
}

function insertOf({ entry, name, columns }: InsertAction, deltas: ReadonlyMap<string, ColumnDelta>): Operation {
  const row = { ...columns };
  for (const [column, { type, add }] of deltas) {
    const parts = [...add.values()];
    if (type.shape === 'map')
      row[column] = new Map([
        ...pairsOf(row[column]),
        ...parts.flatMap((part) => ('mapKey' in part ? [[part.mapKey, part.value] as const] : [])),
      ]);
    else row[column] = [...atomsOf(row[column]), ...parts.flatMap((part) => ('atom' in part ? [part.atom] : []))];
  }
  return { op: 'insert', table: entry.table, row, uuidName: name };
}

function changesOf(work: RowWork): Operation[] {
  const columns = { ...work.columns };
  const mutations: Mutation[] = [];
  for (const [column, delta] of work.deltas) {
    // Each mutation must respect the column's size limits by itself, so a limited column is written as a whole.
    if (delta.type.min > 0 || delta.type.max !== Infinity) columns[column] = whole(work.row[column], delta);
    else mutations.push(...mutationsOf(column, delta));
  }
  const operations: Operation[] = [];
  const where = byUuid(work.row._uuid);
  if (Object.keys(columns).length > 0) operations.push({ op: 'update', table: work.table, where, row: columns });
  if (mutations.length > 0) operations.push({ op: 'mutate', table: work.table, where, mutations });
  return operations;
}

function mutationsOf(column: string, { type, add, remove }: ColumnDelta): Mutation[] {
  const mutations: Mutation[] = [];
  if (remove.size > 0) mutations.push([column, 'delete', [...remove.values()].map((part) => ('atom' in part ? part.atom : part.mapKey))]);
  if (add.size === 0) return mutations;
  const parts = [...add.values()];
  if (type.shape === 'map')
    mutations.push([column, 'insert', new Map(parts.flatMap((part) => ('mapKey' in part ? [[part.mapKey, part.value] as const] : [])))]);
  else mutations.push([column, 'insert', parts.flatMap((part) => ('atom' in part ? [part.atom] : []))]);
  return mutations;
}

function whole(old: WritableValue, { type, add, remove }: ColumnDelta): WritableValue {
  if (type.shape === 'map') {
    const map = new Map<Atom, WritableAtom>(pairsOf(old));
    for (const part of remove.values()) if ('mapKey' in part) map.delete(part.mapKey);
    for (const part of add.values()) if ('mapKey' in part) map.set(part.mapKey, part.value);
    return map;
  }
  const kept = [...atomsOf(old)].filter((atom) => !remove.has(partKey({ atom })));
  return [...kept, ...[...add.values()].flatMap((part) => ('atom' in part ? [part.atom] : []))];
}

function note(
  deltas: Map<string, ColumnDelta>,
  action: Pick<Extract<Action, { readonly kind: 'add' | 'remove' }>, 'column' | 'type' | 'part' | 'kind'>,
): void {
  const { column, type, part, kind } = action;
  let delta = deltas.get(column);
  if (delta === undefined) deltas.set(column, (delta = { type, add: new Map(), remove: new Map() }));
  const key = partKey(part);
  if (kind === 'add') {
    delta.add.set(key, part);
    // A map entry with a new value is deleted and inserted, as an insert does not overwrite. @source RFC 7047 §5.1 (<mutator>)
    if ('atom' in part) delta.remove.delete(key);
  } else if (!delta.add.has(key) || 'mapKey' in part) delta.remove.set(key, part);
}

function partKey(part: Part): string {
  if ('mapKey' in part) return atomKey(normalAtom(part.mapKey));
  return isNamedUuid(part.atom) ? `@${part.atom.named}` : atomKey(normalAtom(part.atom));
}

function workOf(rows: Map<Uuid, RowWork>, table: string, row: Row): RowWork {
  let work = rows.get(row._uuid);
  if (work === undefined) rows.set(row._uuid, (work = { table, row, seeds: new Set(), columns: {}, deltas: new Map() }));
  return work;
}

function byUuid(uuid: Uuid): readonly Condition[] {
  return [['_uuid', '==', uuid]];
}

function pairsOf(value: WritableValue): Iterable<readonly [Atom, WritableAtom]> {
  if (isMapValue(value)) return value;
  return typeof value === 'object' && !isNamedUuid(value) && !Array.isArray(value)
    ? Object.entries(value as Readonly<Record<string, WritableAtom>>)
    : [];
}

function atomsOf(value: WritableValue): readonly WritableAtom[] {
  if (isSetValue(value)) return value;
  return value === undefined || (typeof value === 'object' && !isNamedUuid(value)) ? [] : [value as WritableAtom];
}
