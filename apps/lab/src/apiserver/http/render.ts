/** From stored objects to response texts, in the form the client takes. */
import { stringify as toYaml } from 'yaml';
import type { JsonObject } from '../json.ts';
import { formatJson, parseJson } from '../json.ts';
import type { Page } from '../operations/list.ts';
import type { Resource } from '../resource/resource.ts';
import type { Stored } from '../store/stored.ts';
import { renderTable } from '../table/index.ts';
import type { Encode } from '../watch/watch.ts';
import type { Accepted } from './accept.ts';

/** What of each object a table row carries along. @source meta/v1 TableOptions */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** How to render. */
export interface Rendering {
  readonly resource: Resource;
  readonly accepted: Accepted;
  readonly includeObject: IncludeObject;
  /** milliseconds since 1970, for ages */
  readonly now: number;
}

/** The text of one object. */
export function renderObject(stored: Stored, rendering: Rendering): string {
  const { resource, accepted } = rendering;
  switch (accepted.form) {
    case 'Object':
      return stored.json(resource.apiVersion);
    case 'PartialObjectMetadata':
      return formatJson(metadataOnly(stored));
    case 'Table':
      return formatJson(table([stored], rendering, { resourceVersion: String(stored.revision) }));
  }
}

/** The text of a list; items that were serialised before are not serialised again. */
export function renderList(page: Page, rendering: Rendering): string {
  const { resource, accepted } = rendering;
  const metadata: JsonObject = {
    resourceVersion: page.resourceVersion,
    ...(page.continue === undefined ? {} : { continue: page.continue }),
    ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
  };
  switch (accepted.form) {
    case 'Object': {
      const head = formatJson({ kind: resource.listKind, apiVersion: resource.apiVersion, metadata });
      return `${head.slice(0, -1)},"items":[${page.items.map((stored) => stored.json(resource.apiVersion)).join(',')}]}`;
    }
    case 'PartialObjectMetadata':
      return formatJson({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: page.items.map(metadataOnly) });
    case 'Table':
      return formatJson(table(page.items, rendering, metadata));
  }
}

/** How the events of a watch are written. */
export function watchEncoder(rendering: Rendering): Encode {
  const { resource, accepted } = rendering;
  if (accepted.form === 'Object') return ({ type, stored }) => stored.frame(type, resource.apiVersion);
  return ({ type, stored }) => Buffer.from(`{"type":"${type}","object":${renderObject(stored, rendering)}}\n`, 'utf8');
}

/** JSON text in the encoding the client takes. */
export function encodeText(json: string, encoding: Accepted['encoding']): { text: string; contentType: string } {
  if (encoding === 'json') return { text: json, contentType: 'application/json' };
  return { text: toYaml(parseJson(json)), contentType: 'application/yaml' };
}

function metadataOnly(stored: Stored): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: stored.object.metadata };
}

function table(items: readonly Stored[], { resource, includeObject, now }: Rendering, listMeta: JsonObject): JsonObject {
  return renderTable({
    gvk: { group: resource.group, version: resource.version, kind: resource.kind },
    objects: items.map((stored) => stored.as(resource.apiVersion)),
    ...(resource.columns === undefined ? {} : { columns: resource.columns }),
    now,
    includeObject,
    listMeta,
  });
}
