/** Reading and writing objects of the Kubernetes API. */
import { type KubeObject, parseJson, printJson, type Resource } from '@kube-ovn/api';
import { asKubeError, errorOfStatus, KubeError } from '../errors.ts';
import { splitLines } from '../watch/lines.ts';
import { collectionPath, keyOf, objectPath, type Query, withQuery } from './paths.ts';
import type { KubeRequest, Transport } from './transport.ts';

/** Which objects of a resource. */
export interface Selection {
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** How to list. */
export interface ListOptions extends Selection, RequestOptions {
  /** Objects per request; default 500. The list is followed to its end. */
  readonly limit?: number;
}

/** A whole list. */
export interface KubeList<T> {
  readonly items: readonly T[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
}

/** Bounds of one request. */
export interface RequestOptions {
  /** Longest wait for the answer, in milliseconds; default: the client's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** How to write. */
export interface WriteOptions extends RequestOptions {
  /** `status`, `scale`, `binding`, `eviction`... */
  readonly subresource?: string;
  /** Who owns the fields that are written. */
  readonly fieldManager?: string;
}

/** How to patch. @source Kubernetes API concepts, "Patch and Apply" */
export interface PatchOptions extends WriteOptions {
  /** RFC 7396 (default), RFC 6902, strategic merge (builtin kinds only), or server-side apply. */
  readonly type?: 'merge' | 'json' | 'strategic' | 'apply';
  /** With `apply`: take over fields that others own. */
  readonly force?: boolean;
}

/** How to delete. @source Kubernetes meta/v1 DeleteOptions */
export interface DeleteOptions extends RequestOptions {
  /** Delete only this very object: else `KUBE_CONFLICT`. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

/** One event of a watch. @source Kubernetes meta/v1 WatchEvent */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** How to watch. */
export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  /** The server ends the watch after this time, in seconds. */
  readonly timeoutSeconds?: number;
  /** The watch counts as broken when nothing comes for this long, in milliseconds. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
  /** The server has accepted the watch. */
  readonly opened?: () => void;
}

/** The API, as far as we use it. Failures are `KubeError`s. */
export interface KubeClient {
  get<T>(resource: Resource<T>, key: string, options?: RequestOptions): Promise<T>;
  list<T>(resource: Resource<T>, options?: ListOptions): Promise<KubeList<T>>;
  /** Deliver events, those that arrive together as one array, until the server ends the watch. */
  watch<T>(resource: Resource<T>, options: WatchOptions, events: (events: readonly WatchEvent<T>[]) => void): Promise<void>;
  /** Namespace and name are the object's own; with `generateName` the server completes the name. */
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** With `metadata.resourceVersion`, only if the object is still at that version. */
  replace<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T>(resource: Resource<T>, key: string, body: unknown, options?: PatchOptions): Promise<T>;
  /** Resolves when the server has accepted it; finalizers may keep the object for a while. */
  delete(resource: Resource<unknown>, key: string, options?: DeleteOptions): Promise<void>;
  /** Number of mutating requests sent so far, refused ones included. */
  readonly writes: number;
  /** End watches and refuse further requests. */
  close(): void;
}

/** Bounds of a client. */
export interface ClientOptions {
  /** Longest wait for one answer, in milliseconds; default 30,000. */
  readonly timeoutMs?: number;
  /** Default owner of the fields that are written; default `kube-ovn`. */
  readonly fieldManager?: string;
}

const CONTENT_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

const PAGE = 500;
/** A kube-apiserver sends a bookmark about once a minute. */
const IDLE_MS = 90_000;
/** A server answers a watch at once, even when there is nothing to tell. */
const OPEN_MS = 10_000;
const MAX_PAGES = 100_000;

class HttpKubeClient implements KubeClient {
  readonly #transport: Transport;
  readonly #timeoutMs: number;
  readonly #fieldManager: string;
  #writes = 0;

  constructor(transport: Transport, options: ClientOptions) {
    this.#transport = transport;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#fieldManager = options.fieldManager ?? 'kube-ovn';
  }

  get writes(): number {
    return this.#writes;
  }

  async get<T>(resource: Resource<T>, key: string, options: RequestOptions = {}): Promise<T> {
    return (await this.#read(`get ${resource.plural} ${key}`, objectPath(resource, key), options)) as T;
  }

  async list<T>(resource: Resource<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const { namespace, labelSelector, fieldSelector, limit = PAGE } = options;
    const what = `list ${resource.plural}`;
    const path = collectionPath(resource, namespace);
    const items: T[] = [];
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.#read(what, withQuery(path, { limit, labelSelector, fieldSelector, continue: next }), options);
      const { metadata, items: found } = readList<T>(what, answer);
      // A list leaves out what its items have in common.
      for (const item of found) items.push({ apiVersion: resource.apiVersion, kind: resource.kind, ...item });
      next = metadata.continue === '' ? undefined : metadata.continue;
      if (next === undefined) return { items, resourceVersion: metadata.resourceVersion ?? '' };
    }
    throw new KubeError('KUBE_BAD_ANSWER', `${what}: the server never ends the list`);
  }

  async watch<T>(resource: Resource<T>, options: WatchOptions, events: (events: readonly WatchEvent<T>[]) => void): Promise<void> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal } = options;
    const what = `watch ${resource.plural}`;
    const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds, labelSelector, fieldSelector };
    const path = withQuery(collectionPath(resource, namespace), query);
    try {
      const stream = await this.#transport.stream({
        ...this.#request('GET', path, { signal, timeoutMs: Math.min(this.#timeoutMs, OPEN_MS) }),
        idleMs: options.idleMs ?? IDLE_MS,
      });
      if (stream.status !== 200) throw errorOfStatus(what, stream.status, await textOf(stream.chunks));
      options.opened?.();
      for await (const lines of splitLines(stream.chunks)) {
        if (signal?.aborted === true) return;
        events(lines.map((line) => parse(what, line) as WatchEvent<T>));
      }
    } catch (thrown) {
      throw signal?.aborted === true ? new KubeError('KUBE_CANCELLED', `${what}: cancelled`, { cause: thrown }) : asKubeError(what, thrown);
    }
  }

  create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata;
    const path =
      options.subresource === undefined ? collectionPath(resource, namespace) : objectPath(resource, keyOf(object), options.subresource);
    const body = { apiVersion: resource.apiVersion, kind: resource.kind, ...object };
    return this.#write({
      what: `create ${resource.plural} ${name ?? object.metadata.generateName ?? ''}`,
      method: 'POST',
      path,
      body,
      options,
    });
  }

  replace<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const key = keyOf(object);
    const body = { apiVersion: resource.apiVersion, kind: resource.kind, ...object };
    return this.#write({
      what: `replace ${resource.plural} ${key}`,
      method: 'PUT',
      path: objectPath(resource, key, options.subresource),
      body,
      options,
    });
  }

  patch<T>(resource: Resource<T>, key: string, body: unknown, options: PatchOptions = {}): Promise<T> {
    const type = CONTENT_TYPES[options.type ?? 'merge'];
    const path = objectPath(resource, key, options.subresource);
    return this.#write({ what: `patch ${resource.plural} ${key}`, method: 'PATCH', path, body, type, options });
  }

  async delete(resource: Resource<unknown>, key: string, options: DeleteOptions = {}): Promise<void> {
    const { timeoutMs, signal, ...rest } = options;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...rest };
    const bounds = { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal === undefined ? {} : { signal }) };
    await this.#write({
      what: `delete ${resource.plural} ${key}`,
      method: 'DELETE',
      path: objectPath(resource, key),
      body,
      options: bounds,
    });
  }

  close(): void {
    this.#transport.close();
  }

  #request(
    method: KubeRequest['method'],
    path: string,
    more: { signal: AbortSignal | undefined; timeoutMs: number | undefined; body?: string; type?: string },
  ): KubeRequest {
    return {
      method,
      path,
      timeoutMs: more.timeoutMs ?? this.#timeoutMs,
      headers: { accept: 'application/json', ...(more.type === undefined ? {} : { 'content-type': more.type }) },
      ...(more.body === undefined ? {} : { body: more.body }),
      ...(more.signal === undefined ? {} : { signal: more.signal }),
    };
  }

  #read(what: string, path: string, { signal, timeoutMs }: RequestOptions): Promise<unknown> {
    return this.#send(what, this.#request('GET', path, { signal, timeoutMs }));
  }

  async #write<T>(write: {
    what: string;
    method: KubeRequest['method'];
    path: string;
    body: unknown;
    type?: string;
    options?: PatchOptions;
  }): Promise<T> {
    const { what, method, path, body, type = 'application/json', options } = write;
    const fieldManager = method === 'DELETE' ? undefined : (options?.fieldManager ?? this.#fieldManager);
    const query: Query = { fieldManager, force: options?.force };
    this.#writes++;
    return (await this.#send(
      what,
      this.#request(method, withQuery(path, query), {
        body: printJson(body),
        type,
        signal: options?.signal,
        timeoutMs: options?.timeoutMs,
      }),
    )) as T;
  }

  async #send(what: string, request: KubeRequest): Promise<unknown> {
    try {
      const { status, body } = await this.#transport.send(request);
      if (status < 200 || status > 299) throw errorOfStatus(what, status, body);
      return parse(what, body);
    } catch (thrown) {
      throw asKubeError(what, thrown);
    }
  }
}

interface ListAnswer<T> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly T[];
}

function readList<T>(what: string, answer: unknown): ListAnswer<T> {
  const { metadata, items } = (answer ?? {}) as { metadata?: ListAnswer<T>['metadata']; items?: readonly T[] | null };
  if (metadata === undefined || items === undefined) throw new KubeError('KUBE_BAD_ANSWER', `${what}: the answer is not a list`);
  return { metadata, items: items ?? [] };
}

function parse(what: string, text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new KubeError('KUBE_BAD_ANSWER', `${what}: the answer is not JSON`, { retry: 'later', cause });
  }
}

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

/** A client over any transport. */
export function clientOver(transport: Transport, options: ClientOptions = {}): KubeClient {
  return new HttpKubeClient(transport, options);
}
