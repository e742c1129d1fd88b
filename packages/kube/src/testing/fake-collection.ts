/** The objects of one resource, with their history. */
import type { FakeAnswer } from './fake-api.ts';
import { fakeKey, type FakeObject, statusOf } from './fake-objects.ts';

interface FakeEvent {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: FakeObject;
}

/** A watch that goes on: pieces of text, until it ends or is cut. */
export class FakeWatch {
  readonly namespace: string | undefined;
  #pending: string[] = [];
  #wake: (() => void) | undefined;
  #end: 'end' | 'reset' | undefined;

  constructor(namespace: string | undefined) {
    this.namespace = namespace;
  }

  push(line: unknown): void {
    this.#pending.push(`${JSON.stringify(line)}\n`);
    this.#wake?.();
  }

  end(how: 'end' | 'reset'): void {
    this.#end ??= how;
    this.#wake?.();
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** What arrives, as the network cuts it. Throws at a reset. */
  async *chunks(): AsyncGenerator<string, void> {
    for (;;) {
      const text = this.#pending.join('');
      this.#pending = [];
      if (text !== '') yield text;
      else if (this.#end === 'reset') throw new Error('socket hang up');
      else if (this.#end === 'end') return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export class FakeCollection {
  readonly #nextRevision: () => number;
  readonly #revision: () => number;
  readonly #objects = new Map<string, FakeObject>();
  #history: FakeEvent[] = [];
  /** Events up to here are forgotten. */
  #compacted = 0;
  readonly #watches = new Set<FakeWatch>();
  /** Lists under way: where their next page begins. */
  readonly #lists = new Map<string, readonly FakeObject[]>();

  constructor(nextRevision: () => number, revision: () => number) {
    this.#nextRevision = nextRevision;
    this.#revision = revision;
  }

  get(key: string): FakeObject | undefined {
    return this.#objects.get(key);
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()];
  }

  get watches(): number {
    return [...this.#watches].filter(({ isOver }) => !isOver).length;
  }

  /** Store; nothing happens when nothing differs. */
  put(object: FakeObject): FakeObject {
    const key = fakeKey(object.metadata);
    const before = this.#objects.get(key);
    const { resourceVersion: _, ...metadata } = object.metadata;
    if (
      before !== undefined &&
      JSON.stringify({ ...object, metadata: { ...metadata, resourceVersion: before.metadata.resourceVersion } }) === JSON.stringify(before)
    )
      return before;
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) return this.#drop(object);
    const revision = this.#nextRevision();
    const stored = { ...object, metadata: { ...metadata, uid: metadata.uid ?? `uid-${revision}`, resourceVersion: String(revision) } };
    this.#objects.set(key, stored);
    this.#tell({ revision, type: before === undefined ? 'ADDED' : 'MODIFIED', object: stored });
    return stored;
  }

  remove(object: FakeObject): FakeObject {
    if ((object.metadata.finalizers ?? []).length === 0) return this.#drop(object);
    return this.put({ ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
  }

  /** Forget history, as etcd does: watches and lists from before must start anew. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.#revision();
    this.#lists.clear();
  }

  /** Nothing is there, and nothing ever was. */
  clear(): void {
    this.#objects.clear();
    this.#history = [];
    this.#compacted = 0;
    this.#lists.clear();
  }

  bookmark(): void {
    for (const watch of this.#watches)
      watch.push({ type: 'BOOKMARK', object: { kind: 'Pod', metadata: { name: '', resourceVersion: String(this.#revision()) } } });
  }

  /** Send an event to all watches that never happened here. */
  inject(type: string, object: unknown): void {
    for (const watch of this.#watches) watch.push({ type, object });
  }

  cutWatches(how: 'end' | 'reset'): void {
    for (const watch of this.#watches) watch.end(how);
    this.#watches.clear();
  }

  list(query: URLSearchParams, namespace: string | undefined): FakeAnswer {
    const token = query.get('continue');
    const resumed = token === null ? undefined : this.#lists.get(token);
    if (token !== null && resumed === undefined)
      return { status: 410, body: JSON.stringify(statusOf(410, 'Expired', 'the continue token is too old')) };
    const all =
      resumed ?? [...this.#objects.values()].filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
    const limit = Number(query.get('limit') ?? all.length) || all.length;
    const revision = token?.split('-')[0] ?? String(this.#revision());
    const rest = all.slice(limit);
    const next = rest.length === 0 ? undefined : `${revision}-${this.#lists.size}`;
    if (next !== undefined) this.#lists.set(next, rest);
    const body = {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: revision, ...(next === undefined ? {} : { continue: next }) },
      items: all.slice(0, limit),
    };
    return { status: 200, body: JSON.stringify(body) };
  }

  watch(query: URLSearchParams, namespace: string | undefined): FakeAnswer {
    const from = Number(query.get('resourceVersion'));
    const revision = this.#revision();
    if (from > revision)
      return { status: 504, body: JSON.stringify(statusOf(504, 'Timeout', `Too large resource version: ${from}, current: ${revision}`)) };
    const watch = new FakeWatch(namespace);
    if (from < this.#compacted) {
      // A kube-apiserver says so within the watch, not by its HTTP status.
      watch.push({ type: 'ERROR', object: statusOf(410, 'Expired', `too old resource version: ${from}`) });
      watch.end('end');
      return { watch };
    }
    for (const event of this.#history) if (event.revision > from) send(watch, event);
    this.#watches.add(watch);
    return { watch };
  }

  #drop(object: FakeObject): FakeObject {
    const revision = this.#nextRevision();
    const dropped = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    this.#objects.delete(fakeKey(object.metadata));
    this.#tell({ revision, type: 'DELETED', object: dropped });
    return dropped;
  }

  #tell(event: FakeEvent): void {
    this.#history.push(event);
    for (const watch of this.#watches) send(watch, event);
  }
}

function send(watch: FakeWatch, { type, object }: FakeEvent): void {
  if (watch.namespace === undefined || watch.namespace === object.metadata.namespace) watch.push({ type, object });
}
