/** What we want of an object that others write to as well, and what has to be written to have it. Pure. */
import { type KubeObject, sameCounter } from '@kube-ovn/api';

/** A value of JSON; whole numbers beyond 2^53 are bigints. */
export type Json = string | number | bigint | boolean | null | undefined | readonly Json[] | JsonObject;
/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Only what is named here is ours; everything else of the object is left alone. */
export interface ObjectPatch {
  /** `null` = must not be there. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** `null` = must not be there. */
  readonly labels?: Readonly<Record<string, string | null>>;
  /** Finalizers that must be there (`true`) or must not (`false`); those of others stay. */
  readonly finalizers?: Readonly<Record<string, boolean>>;
  /** Fields; objects are merged, lists are whole, `null` = must not be there. */
  readonly spec?: object;
  /**
   * As `spec`, by the status subresource. `conditions` are matched by `type`: those not named stay. Their times are
   * filled in when they are written, and make no difference.
   */
  readonly status?: object;
}

/** What has to be written: up to two requests. */
export interface PatchPlan {
  /** Merge patch of the object itself. */
  readonly object?: JsonObject;
  /** Merge patch by the status subresource. */
  readonly status?: JsonObject;
  /** Types of the conditions in `status` that say something new, and get the time when they are written. */
  readonly news?: readonly string[];
}

const CONDITION_TIMES = new Set(['lastTransitionTime', 'lastUpdateTime', 'lastHeartbeatTime', 'lastProbeTime']);

/**
 * What has to be written so that `observed` says what `wanted` says; `undefined` when it does already.
 *
 * A patch that replaces a list names the resourceVersion that it was computed from, so that the server refuses it when
 * someone else has written in between.
 *
 * @source RFC 7396
 */
export function planPatch(observed: KubeObject, wanted: ObjectPatch): PatchPlan | undefined {
  const fields = observed as unknown as JsonObject;
  const metadata = withoutUndefined({
    annotations: diffFields(observed.metadata.annotations ?? {}, wanted.annotations ?? {}),
    labels: diffFields(observed.metadata.labels ?? {}, wanted.labels ?? {}),
    finalizers: diffFinalizers(observed, wanted.finalizers ?? {}),
  });
  const spec = diffFields(fields['spec'], wanted.spec as JsonObject | undefined);
  const object = withVersion(observed, withoutUndefined({ metadata, spec }));
  const { status, news } = diffStatus(fields['status'], wanted.status as JsonObject | undefined);
  return withoutUndefined({ object, status: withVersion(observed, withoutUndefined({ status })), news });
}

function withoutUndefined<T extends object>(fields: T): { readonly [K in keyof T]: NonNullable<T[K]> } | undefined {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : (Object.fromEntries(present) as { readonly [K in keyof T]: NonNullable<T[K]> });
}

function withVersion(observed: KubeObject, patch: JsonObject | undefined): JsonObject | undefined {
  if (patch === undefined || !hasList(patch)) return patch;
  const metadata = (patch['metadata'] ?? {}) as JsonObject;
  return { ...patch, metadata: { ...metadata, resourceVersion: observed.metadata.resourceVersion } };
}

function hasList(value: Json): boolean {
  if (Array.isArray(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasList);
}

function diffFinalizers({ metadata }: KubeObject, wanted: Readonly<Record<string, boolean>>): readonly string[] | undefined {
  const observed = metadata.finalizers ?? [];
  const kept = observed.filter((name) => wanted[name] !== false);
  const added = Object.keys(wanted).filter((name) => wanted[name] === true && !observed.includes(name));
  // A server takes no new finalizer on an object that is being deleted.
  const mayAdd = metadata.deletionTimestamp === undefined;
  if (kept.length === observed.length && (added.length === 0 || !mayAdd)) return undefined;
  return mayAdd ? [...kept, ...added] : kept;
}

/** The part of `wanted` that `observed` does not have. */
function diffFields(observed: Json, wanted: JsonObject | undefined): JsonObject | undefined {
  if (wanted === undefined) return undefined;
  const base = isObject(observed) ? observed : {};
  return withoutUndefined(Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, diffValue(base[name], value)])));
}

function diffValue(observed: Json, wanted: Json): Json {
  if (isObject(wanted)) return diffObject(observed, wanted);
  if (wanted === null) return observed === undefined || observed === null ? undefined : null;
  return isSame(observed, wanted) ? undefined : wanted;
}

function diffObject(observed: Json, wanted: JsonObject): JsonObject | undefined {
  if (isObject(observed)) return diffFields(observed, wanted);
  // RFC 7396: what is not an object is replaced by one; an empty one has to be said.
  return diffFields({}, wanted) ?? {};
}

function diffStatus(
  observed: Json,
  wanted: JsonObject | undefined,
): { readonly status?: JsonObject | undefined; readonly news?: readonly string[] } {
  if (wanted === undefined) return {};
  const { conditions, ...rest } = wanted;
  const base = isObject(observed) ? observed : {};
  const changed = Array.isArray(conditions) ? diffConditions(listOf(base['conditions']), conditions as readonly JsonObject[]) : undefined;
  const status = withoutUndefined({ ...diffFields(base, rest), conditions: changed?.conditions });
  return { status, ...(changed === undefined ? {} : { news: changed.news }) };
}

function listOf(value: Json): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}

function typeOf(condition: JsonObject): string {
  const type = condition['type'];
  return typeof type === 'string' ? type : '';
}

interface ConditionChange {
  readonly conditions: readonly JsonObject[];
  readonly news: readonly string[];
}

/** All conditions, ours brought up to date; `undefined` when they are. @source Kubernetes API conventions, "conditions": a map by `type` */
function diffConditions(observed: readonly JsonObject[], wanted: readonly JsonObject[]): ConditionChange | undefined {
  const conditions = [...observed];
  const news: string[] = [];
  for (const condition of wanted) {
    const at = conditions.findIndex((other) => other['type'] === condition['type']);
    const before = conditions[at];
    if (before !== undefined && saysTheSame(before, condition)) continue;
    news.push(typeOf(condition));
    const next = mergeCondition(before, condition);
    if (at === -1) conditions.push(next);
    else conditions[at] = next;
  }
  return news.length === 0 ? undefined : { conditions, news };
}

function saysTheSame(observed: JsonObject, wanted: JsonObject): boolean {
  return Object.entries(wanted).every(([name, value]) => CONDITION_TIMES.has(name) || isSame(observed[name], value));
}

/** The time of the last transition stays while the status does; where it is missing, `stampConditions` fills it in. */
function mergeCondition(before: JsonObject | undefined, wanted: JsonObject): JsonObject {
  if (before === undefined || before['status'] === wanted['status']) return { ...before, ...wanted };
  const { lastTransitionTime: _, ...rest } = before;
  return { ...rest, ...wanted };
}

/**
 * A status patch with the times of the conditions that say something new.
 *
 * @param nowText RFC 3339
 * @param updateTimeField field that says when a condition was last written, where the kind has one
 */
export function stampConditions(patch: JsonObject, news: readonly string[], nowText: string, updateTimeField?: string): JsonObject {
  const status = patch['status'];
  if (news.length === 0 || !isObject(status)) return patch;
  const stamp = (condition: JsonObject): JsonObject => ({
    lastTransitionTime: nowText,
    ...condition,
    ...(updateTimeField === undefined ? {} : { [updateTimeField]: nowText }),
  });
  const conditions = listOf(status['conditions']).map((condition) => (news.includes(typeOf(condition)) ? stamp(condition) : condition));
  return { ...patch, status: { ...status, conditions } };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON. A property that is `undefined` is none; a number that the server had to round is the one we wrote. */
function isSame(observed: Json, wanted: Json): boolean {
  if (wanted === undefined || observed === wanted) return true;
  if (typeof wanted === 'bigint') return (typeof observed === 'number' || typeof observed === 'bigint') && sameCounter(wanted, observed);
  if (Array.isArray(wanted))
    return (
      Array.isArray(observed) &&
      observed.length === wanted.length &&
      wanted.every((item: Json, at) => isSameWhole(observed[at] as Json, item))
    );
  return false;
}

/** Inside of a list nothing is merged: an element is the same only as a whole. */
function isSameWhole(observed: Json, wanted: Json): boolean {
  if (!isObject(wanted)) return isSame(observed, wanted);
  if (!isObject(observed)) return false;
  const names = Object.keys(wanted).filter((name) => wanted[name] !== undefined);
  return names.length === Object.keys(observed).length && names.every((name) => isSameWhole(observed[name], wanted[name]));
}
