/** A collection of the API as a table: list once, then watch, for ever. */
import type { KubeObject, Resource } from '@kube-ovn/api';
import { batch, backoffMs, type Cancel, type Cell, type Scheduler, type SourceCell, sourceCell, type Table } from '@kube-ovn/dataflow';
import type { KubeClient, Selection, WatchEvent } from '../client/client.ts';
import { asKubeError, errorOfStatus, KubeError } from '../errors.ts';
import { systemScheduler } from '../scheduler.ts';
import { ObjectCache } from './object-cache.ts';

/**
 * `syncing`: the first list is not complete. `live`: the watch is open, so the table is at most its delay behind.
 * `stale`: there was a first list, but the watch is cut and could not be restored yet.
 */
export type InformerState = 'syncing' | 'live' | 'stale';

/** A collection of the API as a table. */
export interface Informer<T> extends Disposable {
  /** Keys are `namespace/name` or `name`. Kept as it was while stale. */
  readonly table: Table<T>;
  /** The first list is complete. */
  readonly synced: Cell<boolean>;
  readonly state: Cell<InformerState>;
  /** Why the collection is not live; `undefined` when it is, or when nothing has failed yet. */
  readonly problem: Cell<KubeError | undefined>;
  /** Take in the answer to a write of ours, so that the table is not behind it. Never goes back to an older version. */
  readonly upsert: (object: T) => void;
}

/** Which objects, and how to follow them. */
export interface InformerOptions<T> extends Selection {
  /** Keep only what is needed of an object, to save memory; `metadata` names, uid and resourceVersion must stay. */
  readonly trim?: (object: T) => T;
  /**
   * What it means that the server does not serve this resource (its CustomResourceDefinition is not there yet), or has refused for some
   * seconds to let us read it: `wait` (default) is not synced until that is over; `empty` counts as an empty collection meanwhile,
   * `syncing` and `synced`, and again when it has gone after its last object. What vanishes with objects in it is stale: the server may
   * have lost more than a definition.
   */
  readonly missing?: 'wait' | 'empty';
  readonly scheduler?: Scheduler;
  /** Hears what observers of the table throw, which is a bug of theirs. Default: it ends the process. */
  readonly onBug?: (error: unknown) => void;
  /** Random numbers in [0, 1): spreads waits, so that many clients do not return as one. */
  readonly random?: () => number;
}

const BACKOFF = { minMs: 200, maxMs: 10_000 };
/** How often to look whether a missing resource is served by now. */
const MISSING_MS = 2_000;
/** How long a refusal must last to be believed: a server that starts refuses everybody until it has read its roles. */
const FORBIDDEN_MS = 5_000;
/** The server ends a watch after a random time in this range, so that load spreads over servers anew. @source client-go Reflector */
const WATCH_SECONDS = { min: 300, max: 600 };

class Reflector<T extends KubeObject> implements Informer<T> {
  readonly synced: SourceCell<boolean> = sourceCell(false);
  readonly state: SourceCell<InformerState> = sourceCell<InformerState>('syncing');
  readonly problem: SourceCell<KubeError | undefined> = sourceCell<KubeError | undefined>(undefined);
  readonly upsert = (object: T): void => {
    if (this.#cache.resourceVersion !== '') this.#tell(() => this.#cache.upsert(object));
  };
  readonly #client: KubeClient;
  readonly #resource: Resource<T>;
  readonly #options: InformerOptions<T>;
  readonly #scheduler: Scheduler;
  readonly #random: () => number;
  readonly #cache: ObjectCache<T>;
  readonly #stop = new AbortController();
  #cancelTimer: Cancel | undefined;
  #failures = 0;
  /** When the server began to refuse; undefined when it answered otherwise last. */
  #forbiddenAtMs: number | undefined;
  /** What we have does not lead on to the server's present state: list again. */
  #mustList = true;

  constructor(client: KubeClient, resource: Resource<T>, options: InformerOptions<T>) {
    this.#client = client;
    this.#resource = resource;
    this.#options = options;
    this.#scheduler = options.scheduler ?? systemScheduler();
    this.#random = options.random ?? Math.random;
    this.#cache = new ObjectCache(resource.plural, options.trim ?? ((object) => object));
    this.#scheduler.queueMicrotask(() => void this.#run());
  }

  get table(): Table<T> {
    return this.#cache.table;
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#cancelTimer?.();
  }

  /** One turn: list if need be, watch till the end, then take the next turn at once or after a wait. */
  async #run(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    let waitMs = 0;
    try {
      if (this.#mustList) await this.#list();
      await this.#watch();
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      waitMs = this.#failed(asKubeError(`follow ${this.#resource.plural}`, thrown));
    }
    if (this.#stop.signal.aborted) return;
    this.#cancelTimer = this.#scheduler.setTimeout(() => void this.#run(), waitMs);
  }

  async #list(): Promise<void> {
    const { items, resourceVersion } = await this.#client.list(this.#resource, { ...this.#selection, signal: this.#stop.signal });
    if (this.#stop.signal.aborted) return;
    this.#tell(() => {
      this.#cache.replace(items, resourceVersion);
      this.synced.set(true);
    });
    this.#mustList = false;
  }

  async #watch(): Promise<void> {
    const openedAtMs = this.#scheduler.now();
    const seconds = WATCH_SECONDS.min + this.#random() * (WATCH_SECONDS.max - WATCH_SECONDS.min);
    await this.#client.watch(
      this.#resource,
      {
        ...this.#selection,
        resourceVersion: this.#cache.resourceVersion,
        timeoutSeconds: Math.round(seconds),
        signal: this.#stop.signal,
        opened: () => this.#opened(),
      },
      (events) => {
        this.#failures = 0;
        this.#take(events);
      },
    );
    // A server that ends each watch at once is not to be asked without pause.
    if (this.#scheduler.now() - openedAtMs < BACKOFF.minMs) {
      throw new KubeError('KUBE_UNAVAILABLE', `watch ${this.#resource.plural}: ended as soon as it was open`, { retry: 'later' });
    }
    this.#failures = 0;
  }

  /** Change what others observe. What they throw is not to be taken for a failure of the watch. */
  #tell(change: () => void): void {
    try {
      batch(change);
    } catch (error) {
      if (this.#options.onBug !== undefined) return this.#options.onBug(error);
      this.#scheduler.queueMicrotask(() => {
        throw error;
      });
    }
  }

  get #selection(): Selection {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  get #isEmpty(): boolean {
    return this.#cache.table.size === 0;
  }

  #opened(): void {
    this.#forbiddenAtMs = undefined;
    this.#tell(() => {
      this.state.set('live');
      this.problem.set(undefined);
    });
  }

  #take(events: readonly WatchEvent<T>[]): void {
    if (this.#stop.signal.aborted) return;
    let error: WatchEvent<T> | undefined;
    this.#tell(() => (error = this.#cache.apply(events)));
    if (error === undefined) return;
    const status = error.object as unknown as { readonly code?: number };
    throw errorOfStatus(`watch ${this.#resource.plural}`, status.code ?? 500, JSON.stringify(status));
  }

  /** @returns how long to wait before the next turn, in milliseconds */
  #failed(error: KubeError): number {
    const isMissing = error.code === 'KUBE_NOT_FOUND';
    if (isMissing || hasLostItsPlace(error)) this.#mustList = true;
    this.#failures++;
    const isAbsent = isMissing || this.#isRefusedForLong(error);
    this.#tell(() => {
      this.problem.set(error);
      if (isAbsent && this.#options.missing === 'empty' && this.#isEmpty) {
        this.synced.set(true);
        this.state.set('syncing');
      }
      // The first failure is a watch that was cut; it is stale when it cannot be restored either.
      else if (this.synced.peek() && (isMissing || this.#failures > 1)) this.state.set('stale');
    });
    if (isMissing) return MISSING_MS * (0.5 + this.#random() / 2);
    return this.#failures === 1 ? this.#random() * BACKOFF.minMs : backoffMs({ ...BACKOFF, random: this.#random }, this.#failures);
  }

  #isRefusedForLong({ code }: KubeError): boolean {
    if (code !== 'KUBE_FORBIDDEN') {
      this.#forbiddenAtMs = undefined;
      return false;
    }
    this.#forbiddenAtMs ??= this.#scheduler.now();
    return this.#scheduler.now() - this.#forbiddenAtMs >= FORBIDDEN_MS;
  }
}

/**
 * Whether our version is too old for the server, or one that it has not come to (it was set back, or lags behind another).
 * After any other failure we go on from where we were.
 *
 * @source Kubernetes API concepts, "410 Gone responses" and "Unavailable resource versions" (504, Too large resource version)
 */
function hasLostItsPlace(error: KubeError): boolean {
  return error.code === 'KUBE_GONE' || (error.status === 504 && error.message.includes('Too large resource version'));
}

/**
 * Follow a collection from now until disposed. Starts by itself, outlives any failure of server and network, and says in
 * `state` and `problem` how it fares.
 */
export function informer<T extends KubeObject>(client: KubeClient, resource: Resource<T>, options: InformerOptions<T> = {}): Informer<T> {
  return new Reflector(client, resource, options);
}
