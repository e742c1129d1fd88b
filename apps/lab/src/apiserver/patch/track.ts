/** Ownership after a create, replace or patch: whoever changes a field owns it. */
import { jsonEqual, type JsonObject } from '../json.ts';
import type { StructuralSchema } from '../schema/structural.ts';
import { leavesOf } from './field-set.ts';
import { isManager, readManagers, sameFields, without, withManagers, type Manager } from './managed-fields.ts';

/** A write that is not an apply. */
export interface TrackedUpdate {
  /** Absent when the write creates the object. */
  readonly before?: JsonObject | undefined;
  readonly after: JsonObject;
  readonly schema: StructuralSchema | undefined;
  readonly fieldManager: string;
  readonly operation: 'Update';
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** RFC 3339 time of the write. */
  readonly now: string;
}

/** The object after the write, with managedFields that say who owns what. An empty list sent by the client resets all. */
export function trackUpdate(update: TrackedUpdate): JsonObject {
  const { before, after, schema } = update;
  const name = {
    manager: update.fieldManager,
    operation: update.operation,
    apiVersion: update.apiVersion,
    subresource: update.subresource ?? '',
  } as const;
  const old = before === undefined ? new Map() : leavesOf(before, schema);
  const now = leavesOf(after, schema);
  const changed = new Set([...now].filter(([path, value]) => !old.has(path) || !jsonEqual(old.get(path), value)).map(([path]) => path));
  const gone = { has: (path: string) => !now.has(path) };
  const entries = readManagers(before);
  const mine = entries.find((entry) => isManager(entry, name));
  const fields = new Set([...(mine?.fields ?? []), ...changed].filter((path) => now.has(path)));
  const unchanged = mine !== undefined && changed.size === 0 && sameFields(mine.fields, fields);
  const next: Manager = { ...name, time: unchanged ? mine.time : update.now, fields };
  const others = entries.filter((entry) => entry !== mine).map((entry) => without(without(entry, changed), gone));
  return withManagers(after, [...others, next]);
}
