/** The OpenAPI documents, kept as text while the served resources stay the same. */
import { formatJson } from '../json.ts';
import type { ServedKind } from '../openapi/index.ts';
import { openapiV2, openapiV3Group, openapiV3Index } from '../openapi/index.ts';
import type { Registry } from '../resource/registry.ts';
import type { Resource } from '../resource/resource.ts';

/** Documents by path: `/openapi/v2`, `/openapi/v3`, `/openapi/v3/apis/GROUP/VERSION`. */
export class OpenApiDocuments {
  readonly #registry: Registry;
  readonly #texts = new Map<string, string | undefined>();
  #revision = -1;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The document at a path; `undefined` when there is none. */
  text(path: string): string | undefined {
    if (this.#revision !== this.#registry.revision) {
      this.#texts.clear();
      this.#revision = this.#registry.revision;
    }
    if (!this.#texts.has(path)) this.#texts.set(path, this.#make(path));
    return this.#texts.get(path);
  }

  #make(path: string): string | undefined {
    const all = this.#registry.all();
    if (path === '/openapi/v2') return formatJson(openapiV2(all.map(servedKind)));
    if (path === '/openapi/v3') return formatJson(openapiV3Index(all.map(servedKind)));
    const parsed = /^\/openapi\/v3\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
    if (parsed === null) return undefined;
    const [, group = '', version = ''] = parsed;
    const members = this.#registry.inVersion(group, version);
    return members.length === 0 ? undefined : formatJson(openapiV3Group(members.map(servedKind)));
  }
}

function servedKind({ group, version, kind, plural, namespaced, verbs, subresources, schema }: Resource): ServedKind {
  return { group, version, kind, plural, namespaced, verbs, subresources: subresources.map((subresource) => subresource.name), schema };
}
