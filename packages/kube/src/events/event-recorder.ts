/**
 * Telling users, by Events, what happened to their objects.
 *
 * The same thing said again is a count, not another Event. Each object has a budget, and what exceeds it is dropped and
 * counted: an Event is a courtesy, and must never slow down or break what it speaks of.
 */
import { type Event, type KubeObject, type ObjectReference, resources } from '@kube-ovn/api';
import type { Scheduler } from '@kube-ovn/dataflow';
import type { KubeClient } from '../client/client.ts';
import { KubeError } from '../errors.ts';
import { systemScheduler } from '../scheduler.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';

/** What an event is about: an object, or a reference to one. */
export type EventObject = KubeObject | ObjectReference;

/** What is said: a sentence for people; with it, for programs, annotations of the Event. */
export type EventText = string | { readonly message: string; readonly annotations: Readonly<Record<string, string>> };

/** Writes events. */
export interface EventRecorder {
  /** Say it. Returns at once and never throws. `reason` is one CamelCase word. */
  event(object: EventObject, type: 'Normal' | 'Warning', reason: string, text: EventText): void;
  /**
   * Say what is so and lasts. Unlike an event it is not said again while an Event of this component says it, so that a component that
   * was started anew tells nobody what they know. Returns at once and never throws.
   */
  state(object: EventObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Events that were not written: over budget, or refused by the server. */
  readonly dropped: number;
  /** Resolves when all that was said so far is written or dropped. */
  settled(): Promise<void>;
}

/** Ports and bounds of a recorder. */
export interface EventRecorderOptions {
  /** Name of the node, where the component runs on one. */
  readonly host?: string;
  readonly scheduler?: Scheduler;
  readonly wallClock?: (() => Date) | undefined;
  readonly random?: () => number;
  /** Per object; default 25 at once, then one in 5 s. */
  readonly perObject?: Rate;
  /** For all together; default 200 at once, then ten a second. */
  readonly overall?: Rate;
}

/** How many kinds of event, and budgets of objects, are remembered. */
const MAX_REMEMBERED = 4096;
const MAX_QUEUED = 1000;
const MAX_MESSAGE = 1024;

interface Said {
  readonly object: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** Whether it is said for as long as it is so. */
  readonly isState: boolean;
  /** How often it was said since it was last written. */
  times: number;
}

class Recorder implements EventRecorder {
  readonly #client: KubeClient;
  readonly #component: string;
  readonly #options: EventRecorderOptions;
  readonly #scheduler: Scheduler;
  readonly #overall: TokenBucket;
  readonly #budgets = new Map<string, TokenBucket>();
  /** What was written before: identity → key of the Event and its count. */
  readonly #written = new Map<string, { readonly key: string; readonly count: number }>();
  readonly #queue = new Map<string, Said>();
  #dropped = 0;
  #work: Promise<void> | undefined;

  constructor(client: KubeClient, component: string, options: EventRecorderOptions) {
    this.#client = client;
    this.#component = component;
    this.#options = options;
    this.#scheduler = options.scheduler ?? systemScheduler();
    this.#overall = new TokenBucket(options.overall ?? { burst: 200, refillMs: 100 }, this.#scheduler.now());
  }

  get dropped(): number {
    return this.#dropped;
  }

  async settled(): Promise<void> {
    await this.#work;
  }

  event(object: EventObject, type: 'Normal' | 'Warning', reason: string, text: EventText): void {
    this.#say({ object: referenceTo(object), type, reason, ...boundedText(text), isState: false, times: 1 });
  }

  state(object: EventObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#say({ object: referenceTo(object), type, reason, ...boundedText(message), isState: true, times: 1 });
  }

  #say(said: Said): void {
    const { type, reason } = said;
    const identity = JSON.stringify([
      said.object.kind,
      said.object.namespace,
      said.object.name,
      said.object.uid,
      type,
      reason,
      said.message,
      said.annotations,
    ]);
    const queued = this.#queue.get(identity);
    if (queued !== undefined) {
      queued.times++;
    } else if (this.#queue.size < MAX_QUEUED && this.#mayWrite(said.object)) {
      this.#queue.set(identity, said);
      this.#work ??= this.#writeAll();
    } else {
      this.#dropped++;
    }
  }

  #mayWrite({ kind, namespace, name }: ObjectReference): boolean {
    const nowMs = this.#scheduler.now();
    const object = `${kind} ${namespace}/${name}`;
    const budget = this.#budgets.get(object) ?? new TokenBucket(this.#options.perObject ?? { burst: 25, refillMs: 5000 }, nowMs);
    remember(this.#budgets, object, budget);
    return budget.take(nowMs) && this.#overall.take(nowMs);
  }

  async #writeAll(): Promise<void> {
    // What is said in the same turn is one.
    await Promise.resolve();
    for (const [identity, said] of this.#queue) {
      this.#queue.delete(identity);
      try {
        await this.#write(identity, said);
      } catch {
        this.#dropped++;
      }
    }
    this.#work = undefined;
  }

  async #write(identity: string, said: Said): Promise<void> {
    const before = this.#written.get(identity);
    const lastTimestamp = this.#now();
    if (before !== undefined) {
      const count = before.count + said.times;
      try {
        await this.#client.patch(resources.event, before.key, { count, lastTimestamp });
        return remember(this.#written, identity, { key: before.key, count });
      } catch (error) {
        // Events are deleted after an hour; then it is news again.
        if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND') throw error;
      }
    }
    if (said.isState && (await this.#isSaid(said))) return;
    const event = this.#newEvent(said, lastTimestamp);
    await this.#client.create(resources.event, event);
    // What has data of its own is hardly said again, and would fill the memory.
    if (said.annotations !== undefined) return;
    remember(this.#written, identity, { key: `${event.metadata.namespace}/${event.metadata.name}`, count: said.times });
  }

  /** Whether an Event of an earlier life of this component says it. */
  async #isSaid({ object: { namespace = 'default', uid }, type, reason, message }: Said): Promise<boolean> {
    if (uid === undefined) return false;
    const fieldSelector = `involvedObject.uid=${uid},reason=${reason}`;
    const { items } = await this.#client.list(resources.event, { namespace, fieldSelector });
    return items.some(
      (event) =>
        event.involvedObject?.uid === uid &&
        event.type === type &&
        event.reason === reason &&
        event.message === message &&
        event.source?.component === this.#component,
    );
  }

  #newEvent({ object, type, reason, message, annotations, times }: Said, nowText: string): Event {
    const namespace = object.namespace ?? 'default';
    const suffix = Math.floor((this.#options.random ?? Math.random)() * 2 ** 48)
      .toString(16)
      .padStart(12, '0');
    return {
      metadata: {
        namespace,
        name: `${(object.name ?? '').slice(0, 200)}.${suffix}`,
        ...(annotations === undefined ? {} : { annotations }),
      },
      involvedObject: object,
      type,
      reason,
      message,
      count: times,
      firstTimestamp: nowText,
      lastTimestamp: nowText,
      source: { component: this.#component, ...(this.#options.host === undefined ? {} : { host: this.#options.host }) },
      reportingComponent: this.#component,
      reportingInstance: this.#options.host ?? this.#component,
    };
  }

  /** RFC 3339 in whole seconds. @source Kubernetes meta/v1 Time */
  #now(): string {
    return (this.#options.wallClock?.() ?? new Date()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

function boundedText(text: EventText): Pick<Said, 'message' | 'annotations'> {
  const { message, annotations } = typeof text === 'string' ? { message: text, annotations: undefined } : text;
  return { message: message.slice(0, MAX_MESSAGE), annotations };
}

function referenceTo(object: EventObject): ObjectReference {
  if (!('metadata' in object)) return object;
  const { apiVersion, kind, metadata } = object;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
    name: metadata.name,
  };
}

/** Keep `key` as the youngest, and forget the oldest beyond the bound. */
function remember<V>(memory: Map<string, V>, key: string, value: V): void {
  memory.delete(key);
  memory.set(key, value);
  if (memory.size <= MAX_REMEMBERED) return;
  for (const oldest of memory.keys()) {
    memory.delete(oldest);
    return;
  }
}

/** A recorder that speaks as `component`. */
export function eventRecorder(client: KubeClient, component: string, options: EventRecorderOptions = {}): EventRecorder {
  return new Recorder(client, component, options);
}
