/**
 * An API server in memory, as far as this package speaks to one: list with limit and continue, watch from a version with
 * bookmarks and 410, optimistic concurrency, merge patches, the status subresource, finalizers and preconditions.
 * It can misbehave on request. It checks nothing else: what it accepts need not be valid Kubernetes.
 */
import type { KubeObject } from '@kube-ovn/api';
import { type FakeObject, type FakeStatus, mergePatch, notFound, statusOf } from './fake-objects.ts';
import { FakeCollection, type FakeWatch } from './fake-collection.ts';

/** One request as it reaches the server. */
export interface FakeRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
}

/** What the server does: answer, or go on answering. */
export type FakeAnswer = { readonly status: number; readonly body: string } | { readonly watch: FakeWatch };

export class FakeApi {
  /** Requests so far, as `METHOD path`. */
  readonly requests: string[] = [];
  readonly #collections = new Map<string, FakeCollection>();
  readonly #failures: { readonly matches: (request: FakeRequest) => boolean; readonly status: FakeStatus; times: number }[] = [];
  /** Those whose status is a field like others. */
  readonly #plain = new Set<FakeCollection>();
  #revision = 100;

  /** Serve a resource, such as `pods`; others are 404. */
  serve(plural: string, { hasStatusSubresource = true }: { readonly hasStatusSubresource?: boolean } = {}): FakeCollection {
    const collection =
      this.#collections.get(plural) ??
      new FakeCollection(
        () => ++this.#revision,
        () => this.#revision,
      );
    this.#collections.set(plural, collection);
    if (!hasStatusSubresource) this.#plain.add(collection);
    return collection;
  }

  /** Serve a resource no more, as when its definition is deleted or a server forgets it. */
  withdraw(plural: string): void {
    this.#collections.get(plural)?.cutWatches('end');
    this.#collections.delete(plural);
  }

  /** The collection of a resource that is served. */
  collection(plural: string): FakeCollection {
    const collection = this.#collections.get(plural);
    if (collection === undefined) throw new Error(`bug: ${plural} is not served`);
    return collection;
  }

  /** Answer the next requests that match with a failure. */
  failNext(matches: (request: FakeRequest) => boolean, status: { readonly code: number; readonly reason?: string }, times = 1): void {
    this.#failures.push({ matches, status: statusOf(status.code, status.reason ?? 'Injected', 'as the test wants it'), times });
  }

  /** Answer as usual again, whatever failures are left. */
  allow(): void {
    this.#failures.length = 0;
  }

  /** Begin anew with nothing, at revision `revision`: as a server does that lost its data, or was restored from a backup. */
  setBack(revision = 1): void {
    this.cutWatches('reset');
    this.#revision = revision;
    for (const collection of this.#collections.values()) collection.clear();
  }

  /** End all watches, with or without a proper end. */
  cutWatches(how: 'end' | 'reset' = 'end'): void {
    for (const collection of this.#collections.values()) collection.cutWatches(how);
  }

  handle(request: FakeRequest): FakeAnswer {
    this.requests.push(`${request.method} ${request.path}`);
    const failure = this.#failures.find(({ matches, times }) => times > 0 && matches(request));
    if (failure !== undefined) {
      failure.times--;
      return answer(failure.status.code, failure.status);
    }
    const { collection, namespace, name, subresource, query } = this.#route(request.path);
    if (collection === undefined) return answer(404, notFound(request.path));
    if (name === undefined) {
      if (request.method === 'POST') return this.#create(collection, namespace, parse(request.body));
      return query.get('watch') === 'true' ? collection.watch(query, namespace) : collection.list(query, namespace);
    }
    return this.#one(collection, namespace === undefined ? name : `${namespace}/${name}`, { ...request, subresource });
  }

  #route(path: string): { collection?: FakeCollection; namespace?: string; name?: string; subresource?: string; query: URLSearchParams } {
    const url = new URL(path, 'http://fake');
    const segments = url.pathname.split('/').slice(1).map(decodeURIComponent);
    const rest = segments.slice(segments[0] === 'api' ? 2 : 3);
    const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest[1] : undefined;
    const [plural = '', name, subresource] = namespace === undefined ? rest : rest.slice(2);
    const collection = this.#collections.get(plural);
    return {
      query: url.searchParams,
      ...(collection === undefined ? {} : { collection }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(subresource === undefined ? {} : { subresource }),
    };
  }

  #create(collection: FakeCollection, namespace: string | undefined, object: FakeObject): FakeAnswer {
    const metadata = { ...object.metadata, ...(namespace === undefined ? {} : { namespace }) };
    const key = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
    if (collection.get(key) !== undefined) return answer(409, statusOf(409, 'AlreadyExists', `${key} already exists`));
    return answer(201, collection.put({ ...object, metadata: { ...metadata, uid: `uid-${this.#revision + 1}`, generation: 1 } }));
  }

  #one(collection: FakeCollection, key: string, request: FakeRequest & { readonly subresource: string | undefined }): FakeAnswer {
    const before = collection.get(key);
    if (before === undefined) return answer(404, notFound(key));
    if (request.method === 'GET') return answer(200, before);
    const isPlain = this.#plain.has(collection);
    if (isPlain && request.subresource === 'status') return answer(404, notFound(`${key}/status`));
    const body = parse(request.body);
    if (request.method === 'DELETE') return this.#delete(collection, before, body);
    const next = request.method === 'PUT' ? body : (mergePatch(before, body) as FakeObject);
    const wanted = request.method === 'PUT' ? body.metadata.resourceVersion : body.metadata?.resourceVersion;
    if (wanted !== undefined && wanted !== before.metadata.resourceVersion)
      return answer(409, statusOf(409, 'Conflict', `${key} has been modified`));
    if (isPlain) return answer(200, collection.put(next));
    return answer(
      200,
      collection.put(request.subresource === 'status' ? { ...before, status: next.status } : { ...next, status: before.status }),
    );
  }

  #delete(collection: FakeCollection, before: FakeObject, options: FakeObject): FakeAnswer {
    const { uid, resourceVersion } = (options['preconditions'] ?? {}) as { readonly uid?: string; readonly resourceVersion?: string };
    const differs =
      (uid !== undefined && uid !== before.metadata.uid) ||
      (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion);
    if (differs) return answer(409, statusOf(409, 'Conflict', 'precondition failed'));
    return answer(200, collection.remove(before));
  }
}

function answer(status: number, body: KubeObject | FakeStatus): FakeAnswer {
  return { status, body: JSON.stringify(body) };
}

function parse(body: string | undefined): FakeObject {
  return JSON.parse(body === undefined || body === '' ? '{}' : body) as FakeObject;
}
