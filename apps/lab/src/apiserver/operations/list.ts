/** GET of a collection: selection, paging, consistent snapshots. */
import type { Api, Target } from '../api.ts';
import { asObject, asString, parseJson } from '../json.ts';
import { fieldsOf, supportedFields } from '../resource/fields.ts';
import type { Resource } from '../resource/resource.ts';
import { parseFieldSelector } from '../selector/field.ts';
import { parseLabelSelector } from '../selector/label.ts';
import type { StatusError } from '../status.ts';
import { badRequest, expired, tooLargeRevision } from '../status.ts';
import type { Stored } from '../store/stored.ts';

/** Decides whether an object is of interest. */
export type Selected = (stored: Stored) => boolean;

/** What a list or watch is limited to. */
export interface Selection {
  /** prefix of the store keys */
  readonly prefix: string;
  /** absent when every object under the prefix is selected */
  readonly matches?: Selected;
}

/** Read the selectors of a query. @throws {StatusError} 400 */
export function readSelection({ resource, namespace, name }: Target, query: URLSearchParams): Selection {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = [query.get('fieldSelector') ?? '', name === undefined ? '' : `metadata.name=${name}`]
    .filter((text) => text !== '')
    .join(',');
  const prefix = resource.namespaced && namespace !== undefined ? `${namespace}/` : '';
  if (labelText === '' && fieldText === '') return { prefix };
  return { prefix, matches: matcher(resource, labelText, fieldText) };
}

function matcher(resource: Resource, labelText: string, fieldText: string): Selected {
  const byLabel = labelText === '' ? undefined : parseLabelSelector(labelText);
  const byField = fieldText === '' ? undefined : parseFieldSelector(fieldText, supportedFields(resource));
  return ({ object }) => (byLabel?.(object.metadata.labels ?? {}) ?? true) && (byField?.(fieldsOf(resource, object)) ?? true);
}

/** One page of a list. */
export interface Page {
  readonly items: readonly Stored[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/**
 * List a collection as of one revision. Later pages show the same revision as the first.
 *
 * @throws {StatusError} 400, 410 (the snapshot is no longer kept), 504 (a revision from the future)
 */
export function listObjects(api: Api, target: Target, query: URLSearchParams): Page {
  const selection = readSelection(target, query);
  const limit = readCount(query, 'limit');
  const token = query.get('continue') ?? '';
  const resume = token === '' ? undefined : readToken(token);
  const revision = resume?.revision ?? exactRevision(api, query);
  const collection = api.store.collection(target.resource.storage);
  const everything = revision === undefined ? collection.list(selection.prefix) : collection.listAt(revision, selection.prefix);
  if (everything === undefined) throw resume === undefined ? tooOld(revision ?? 0, collection.forgottenThrough) : expiredToken();
  const matching = selection.matches === undefined ? everything : everything.filter(selection.matches);
  const rest = resume === undefined ? matching : matching.filter((stored) => keyOfStored(stored) > resume.after);
  const resourceVersion = String(revision ?? api.store.revision);
  if (limit === 0 || rest.length <= limit) return { items: rest, resourceVersion };
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const next = formatToken({ revision: Number(resourceVersion), after: last === undefined ? '' : keyOfStored(last) });
  return {
    items,
    resourceVersion,
    continue: next,
    ...(selection.matches === undefined ? { remainingItemCount: rest.length - limit } : {}),
  };
}

function keyOfStored({ object }: Stored): string {
  const { namespace, name = '' } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function exactRevision(api: Api, query: URLSearchParams): number | undefined {
  const revision = readRevision(query);
  const match = query.get('resourceVersionMatch') ?? '';
  if (match !== '' && revision === undefined) throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (revision === undefined) return undefined;
  if (revision > api.store.revision) throw tooLargeRevision(revision, api.store.revision);
  return match === 'Exact' ? revision : undefined;
}

/** The `resourceVersion` of a query; `undefined` when absent. @throws {StatusError} 400 */
export function readRevision(query: URLSearchParams): number | undefined {
  return query.get('resourceVersion') === null || query.get('resourceVersion') === '' ? undefined : readCount(query, 'resourceVersion');
}

/** A non-negative integer parameter; 0 when absent. @throws {StatusError} 400 */
export function readCount(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw badRequest(`Invalid value: "${text}": ${name} must be a non-negative integer`);
  return value;
}

/** Watches and lists from a revision whose history is gone. */
export function tooOld(asked: number, oldest: number): StatusError {
  return expired(`too old resource version: ${asked} (${oldest})`);
}

function expiredToken(): StatusError {
  return expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
  );
}

interface Token {
  readonly revision: number;
  readonly after: string;
}

function formatToken({ revision, after }: Token): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after }), 'utf8').toString('base64url');
}

function readToken(text: string): Token {
  try {
    const token = asObject(parseJson(Buffer.from(text, 'base64url').toString('utf8')));
    const after = asString(token['start']);
    if (typeof token['rv'] === 'number' && after !== undefined) return { revision: token['rv'], after };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badRequest('continue key is not valid: take it from metadata.continue of the previous page');
}
