/** Keeping parts of objects as we want them. */
import type { KubeObject, Resource } from '@kube-ovn/api';
import { type Backoff, type Cell, deriveTable, isSamePlainData, type Scheduler, type Sink, sink, type Table } from '@kube-ovn/dataflow';
import type { KubeClient } from '../client/client.ts';
import { asKubeError, type KubeError } from '../errors.ts';
import { systemScheduler } from '../scheduler.ts';
import { type JsonObject, type ObjectPatch, type PatchPlan, planPatch, stampConditions } from './object-patch.ts';

/** What a patch sink needs. */
export interface PatchSinkOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  /** What we want, by the object's key. A key that goes leaves the object as it is: to take something away, want it `null`. */
  readonly wanted: Table<ObjectPatch>;
  /** What there is: the table of an informer. */
  readonly observed: Table<T>;
  /** Takes the answer to a write: the informer's `upsert`. */
  readonly written?: (object: T) => void;
  readonly scheduler?: Scheduler;
  readonly backoff?: Backoff;
  /** Random numbers in [0, 1): spreads the attempts of the default backoff. */
  readonly random?: () => number;
  /** Nothing is written while this is false. */
  readonly ready?: Cell<boolean>;
  /** Requests at the same time; default 8. */
  readonly concurrency?: number;
  /** For the times of conditions, which are for people; default: the system's. */
  readonly wallClock?: (() => Date) | undefined;
  /** False for a kind whose status is a field like others: one request writes all. Default true. */
  readonly hasStatusSubresource?: boolean;
  /** Field of a condition that says when it was last written; default `lastUpdateTime` for custom resources of Kube-OVN. */
  readonly updateTimeField?: string;
}

const BACKOFF: Backoff = { minMs: 100, maxMs: 30_000 };

class Patcher<T extends KubeObject> {
  readonly #options: PatchSinkOptions<T>;
  readonly #plan: (key: string) => PatchPlan | undefined;

  constructor(options: PatchSinkOptions<T>, plan: (key: string) => PatchPlan | undefined) {
    this.#options = options;
    this.#plan = plan;
  }

  /** Each key is a flush of its own: a slow object holds up no other. */
  async flush(changes: ReadonlyMap<string, PatchPlan | undefined>): Promise<ReadonlyMap<string, Error>> {
    const failed = new Map<string, Error>();
    for (const [key, plan] of changes) {
      const error = plan === undefined ? undefined : await this.#write(key, plan);
      if (error !== undefined) failed.set(key, error);
    }
    return failed;
  }

  async #write(key: string, plan: PatchPlan): Promise<KubeError | undefined> {
    const { client, resource, written } = this.#options;
    try {
      if (this.#options.hasStatusSubresource === false) {
        const answer = await client.patch(resource, key, this.#stamp(asOne(plan), plan.news ?? []));
        written?.(answer);
        return undefined;
      }
      let { status, news = [] } = plan;
      if (plan.object !== undefined) {
        const answer = await client.patch(resource, key, plan.object);
        written?.(answer);
        // The object has moved on, perhaps with changes of others in its status.
        ({ status, news = [] } = written === undefined ? plan : (this.#plan(key) ?? {}));
      }
      if (status !== undefined) {
        const answer = await client.patch(resource, key, this.#stamp(status, news), { subresource: 'status' });
        written?.(answer);
      }
      return undefined;
    } catch (thrown) {
      const error = asKubeError(`patch ${resource.plural} ${key}`, thrown);
      // The object is gone: there is nothing left to want of it, and the informer will say so.
      return error.code === 'KUBE_NOT_FOUND' ? undefined : error;
    }
  }

  #stamp(status: JsonObject, news: readonly string[]): JsonObject {
    const { wallClock, updateTimeField, resource } = this.#options;
    const now = (wallClock?.() ?? new Date()).toISOString().replace(/\.\d+Z$/, 'Z');
    return stampConditions(
      status,
      news,
      now,
      updateTimeField ?? (resource.apiVersion.startsWith('kubeovn.io/') ? 'lastUpdateTime' : undefined),
    );
  }
}

/** Both parts of a plan in one body. */
function asOne({ object, status }: PatchPlan): JsonObject {
  const metadata = { ...(object?.['metadata'] as JsonObject | undefined), ...(status?.['metadata'] as JsonObject | undefined) };
  return { ...object, ...status, ...(Object.keys(metadata).length === 0 ? {} : { metadata }) };
}

/**
 * Keep parts of objects as `wanted` says: one merge patch per object (and one for its status), none when they are so
 * already. What others change back is put right again; conflicts are tried again with what is there then; objects that
 * do not exist (yet, or any more) are left out.
 */
export function patchSink<T extends KubeObject>(options: PatchSinkOptions<T>): Sink {
  const { resource, wanted, observed, ready } = options;
  const plans = deriveTable<ObjectPatch, PatchPlan>(
    `patches of ${resource.plural}`,
    wanted,
    (key, patch) => {
      const object = observed.get(key);
      return object === undefined ? undefined : planPatch(object, patch);
    },
    { equals: isSamePlainData },
  );
  const patcher = new Patcher(options, (key) => plans.peek(key));
  const out = sink(plans, {
    flush: (changes) => patcher.flush(changes),
    scheduler: options.scheduler ?? systemScheduler(),
    backoff: options.backoff ?? { ...BACKOFF, random: options.random ?? Math.random },
    maxKeys: 1,
    maxFlushes: options.concurrency ?? 8,
    ...(ready === undefined ? {} : { ready }),
  });
  return {
    idle: out.idle,
    failures: out.failures,
    get oldestPendingMs(): number {
      return out.oldestPendingMs;
    },
    settled: () => out.settled(),
    [Symbol.dispose]: () => {
      out[Symbol.dispose]();
      plans[Symbol.dispose]();
    },
  };
}
