/**
 * Server-side apply: merge what the manager states, refuse what others own unless forced, and take away what the
 * manager stated before and states no more.
 *
 * @source Kubernetes documentation "Server-Side Apply"; structured-merge-diff merge (behaviour)
 */
import { jsonEqual, type JsonObject } from '../json.ts';
import type { StructuralSchema } from '../schema/structural.ts';
import { mergeApplied } from './apply-merge.ts';
import { removeFields } from './apply-remove.ts';
import { coversBelow, formatPath, leavesOf, type Leaves } from './field-set.ts';
import { isManager, readManagers, sameFields, without, withManagers, type Manager } from './managed-fields.ts';
import type { PatchRefused } from './outcome.ts';

/** One apply. */
export interface ApplyRequest {
  /** Absent when the apply creates the object. */
  readonly current?: JsonObject | undefined;
  readonly patch: JsonObject;
  readonly schema: StructuralSchema | undefined;
  readonly fieldManager: string;
  readonly force: boolean;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** RFC 3339 time of the write. */
  readonly now: string;
}

/** A field that somebody else owns. */
export interface ApplyConflict {
  readonly manager: string;
  /** `.spec.replicas` */
  readonly field: string;
  readonly message: string;
}

/** The object with managedFields up to date, or who stands in the way. */
export type ApplyOutcome =
  | { readonly ok: true; readonly object: JsonObject }
  | (PatchRefused & { readonly conflicts: readonly ApplyConflict[] });

/** Apply a configuration. */
export function serverSideApply(request: ApplyRequest): ApplyOutcome {
  const { current, schema, fieldManager } = request;
  const live = current ?? {};
  const applied = leavesOf(request.patch, schema);
  const name = {
    manager: fieldManager,
    operation: 'Apply',
    apiVersion: request.apiVersion,
    subresource: request.subresource ?? '',
  } as const;
  const entries = readManagersOrAdopt(request);
  const mine = entries.find((entry) => isManager(entry, name));
  const others = entries.filter((entry) => entry !== mine);

  const merged = mergeApplied(live, request.patch, schema);
  const liveLeaves = leavesOf(live, schema);
  const mergedLeaves = leavesOf(merged, schema);
  const taken = new Set([...applied.keys()].filter((path) => isChanged(path, liveLeaves, mergedLeaves)));
  const conflicts = others.flatMap((entry) => conflictsWith(entry, taken));
  if (conflicts.length > 0 && !request.force) return conflictOutcome(conflicts);

  const stated = new Set(applied.keys());
  const remaining = others.map((entry) => without(entry, taken));
  const dropped = [...(mine?.fields ?? [])].filter(
    (path) => !coversBelow(stated, path) && !remaining.some((entry) => coversBelow(entry.fields, path)),
  );
  const object = removeFields(merged, new Set(dropped), schema);
  const left = new Set(leavesOf(object, schema).keys());
  const gone = { has: (path: string) => !left.has(path) };
  const fields = new Set([...stated].filter((path) => coversBelow(left, path)));
  const isSame = mine !== undefined && sameFields(mine.fields, fields) && taken.size === 0;
  const next: Manager = { ...name, time: isSame ? mine.time : request.now, fields };
  return { ok: true, object: withManagers(object, [...remaining.map((entry) => without(entry, gone)), next]) };
}

/** An empty object that is stated where others have members merges without a change. */
function isChanged(path: string, live: Leaves, merged: Leaves): boolean {
  if (!merged.has(path)) return !coversBelow(live, path);
  return !live.has(path) || !jsonEqual(live.get(path), merged.get(path));
}

/** An object that was never tracked: all it has belongs to one manager of old. @source managedfields "before-first-apply" */
function readManagersOrAdopt(request: ApplyRequest): readonly Manager[] {
  const entries = readManagers(request.current);
  if (entries.length > 0 || request.current === undefined) return entries;
  const fields = new Set(leavesOf(request.current, request.schema).keys());
  return [
    { manager: 'before-first-apply', operation: 'Update', apiVersion: request.apiVersion, subresource: '', time: request.now, fields },
  ];
}

function conflictsWith(entry: Manager, taken: ReadonlySet<string>): readonly ApplyConflict[] {
  return [...taken]
    .filter((path) => entry.fields.has(path))
    .map((path) => ({
      manager: entry.manager,
      field: formatPath(path),
      message: `conflict with ${managerText(entry)}`,
    }));
}

/** @source apimachinery managedfields printManager */
function managerText({ manager, subresource, apiVersion, operation, time }: Manager): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  const since = operation === 'Apply' ? '' : ` using ${apiVersion}${time === '' ? '' : ` at ${time}`}`;
  return `${JSON.stringify(manager)}${part}${since}`;
}

/** @source structured-merge-diff merge.Conflicts.Error */
function conflictOutcome(conflicts: readonly ApplyConflict[]): ApplyOutcome {
  const count = conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`;
  const texts = [...Map.groupBy(conflicts, (conflict) => conflict.message)]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([message, of]) => {
      const [only, ...more] = of.map((conflict) => conflict.field).toSorted();
      return more.length === 0
        ? `${message}: ${only ?? ''}`
        : `${message.replace('conflict', 'conflicts')}:${[only, ...more].map((field) => `\n- ${field ?? ''}`).join('')}`;
    });
  return { ok: false, code: 409, reason: 'Conflict', message: `Apply failed with ${count}: ${texts.join('\n')}`, conflicts };
}
