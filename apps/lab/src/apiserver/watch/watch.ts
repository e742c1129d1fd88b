/** One watch: where it starts, what it sends, when it ends. It writes through a sink and knows no sockets. */
import type { Api, Target } from '../api.ts';
import type { Timer } from '../clock.ts';
import { formatJson } from '../json.ts';
import { readCount, readRevision, readSelection, tooOld } from '../operations/list.ts';
import type { Selection } from '../operations/list.ts';
import { expired, invalid, tooLargeRevision } from '../status.ts';
import type { StatusError } from '../status.ts';
import type { Change } from '../store/stored.ts';
import type { WatchHub, Watcher } from './hub.ts';
import type { Seen } from './select.ts';
import { seenChange } from './select.ts';

/** Where a watch writes; the HTTP response in life, an array in tests. */
export interface WatchSink {
  send(frame: Buffer): void;
  end(): void;
  /** bytes accepted but not yet taken by the peer */
  readonly backlogBytes: number;
}

/** Turns an event into a line. */
export type Encode = (seen: Seen) => Buffer;

const bookmarkPeriodMs = 60_000;
/** a watch without timeoutSeconds ends after a time between this and twice this */
const defaultTimeoutMs = 1_800_000;
/** a peer that lets this much pile up is cut off; it resumes from its last revision */
const backlogLimitBytes = 16 * 1024 * 1024;

/** How a watch is to run, from its query. */
export interface WatchPlan {
  readonly selection: Selection;
  readonly revision: number | undefined;
  readonly initial: 'none' | 'events' | 'events and bookmark';
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
}

/**
 * Read the query of a watch.
 *
 * @throws {StatusError} 400, 422, 504 (a revision from the future)
 */
export function planWatch(api: Api, target: Target, query: URLSearchParams): WatchPlan {
  const revision = readRevision(query);
  const asked = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch') ?? '';
  const options = { group: 'meta.k8s.io', plural: 'listoptions', kind: 'ListOptions' };
  if (asked !== null && match !== 'NotOlderThan') {
    throw invalid(options, '', [
      {
        field: 'resourceVersionMatch',
        reason: 'FieldValueForbidden',
        message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      },
    ]);
  }
  if (asked === null && match !== '') {
    throw invalid(options, '', [
      {
        field: 'resourceVersionMatch',
        reason: 'FieldValueForbidden',
        message: 'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      },
    ]);
  }
  if (revision !== undefined && revision > api.store.revision) throw tooLargeRevision(revision, api.store.revision);
  const fromNow = revision === undefined || revision === 0;
  const initial = asked === 'true' ? 'events and bookmark' : asked === null && fromNow ? 'events' : 'none';
  const seconds = readCount(query, 'timeoutSeconds');
  return {
    selection: readSelection(target, query),
    revision: initial === 'none' && !fromNow ? revision : undefined,
    initial,
    bookmarks: query.get('allowWatchBookmarks') === 'true',
    timeoutMs: seconds > 0 ? seconds * 1000 : defaultTimeoutMs + (api.ports.now() % defaultTimeoutMs),
  };
}

/** Everything a watch needs to run. */
export interface WatchOptions {
  readonly api: Api;
  readonly hub: WatchHub;
  readonly target: Target;
  readonly plan: WatchPlan;
  readonly encode: Encode;
  readonly sink: WatchSink;
}

/** A watch in progress. */
export class Watch implements Watcher {
  readonly #options: WatchOptions;
  readonly #timers: Timer[] = [];
  #leave: (() => void) | undefined;
  #ended = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Send what is due at once, then follow. */
  start(): void {
    const { api, hub, target, plan } = this.#options;
    const collection = api.store.collection(target.resource.storage);
    const missed = plan.revision === undefined ? [] : collection.changesAfter(plan.revision);
    if (missed === undefined) {
      this.#fail(tooOld(plan.revision ?? 0, collection.forgottenThrough));
      return;
    }
    this.#leave = hub.add(target.resource.storage, this);
    if (plan.initial !== 'none') this.#sendCurrent();
    if (plan.initial === 'events and bookmark') this.#bookmark(true);
    for (const change of missed) this.changed(change);
    this.#timers.push(api.ports.after(plan.timeoutMs, () => this.#timeOut()));
    if (plan.bookmarks) this.#scheduleBookmark();
  }

  changed(change: Change): void {
    if (this.#ended) return;
    const seen = seenChange(change, this.#options.plan.selection);
    if (seen === undefined) return;
    this.#options.sink.send(this.#options.encode(seen));
    if (this.#options.sink.backlogBytes > backlogLimitBytes) this.stop();
  }

  cut(how: 'close' | 'expire'): void {
    if (how === 'expire') this.#fail(expired('The resourceVersion for the provided watch is too old.'));
    else this.stop();
  }

  /** End without a word. Safe to repeat. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave?.();
    for (const timer of this.#timers) timer.cancel();
    this.#options.sink.end();
  }

  #sendCurrent(): void {
    const { api, target, plan, encode, sink } = this.#options;
    for (const stored of api.store.collection(target.resource.storage).list(plan.selection.prefix)) {
      if (plan.selection.matches?.(stored) ?? true) sink.send(encode({ type: 'ADDED', stored }));
    }
  }

  #bookmark(endsInitial: boolean): void {
    const { api, target, sink } = this.#options;
    const annotations = endsInitial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(api.store.revision), creationTimestamp: null, ...annotations };
    const object = { kind: target.resource.kind, apiVersion: target.resource.apiVersion, metadata };
    sink.send(Buffer.from(`${formatJson({ type: 'BOOKMARK', object })}\n`, 'utf8'));
  }

  #scheduleBookmark(): void {
    const timer = this.#options.api.ports.after(bookmarkPeriodMs, () => {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      this.#bookmark(false);
      this.#scheduleBookmark();
    });
    this.#timers.push(timer);
  }

  #timeOut(): void {
    if (this.#options.plan.bookmarks && !this.#ended) this.#bookmark(false);
    this.stop();
  }

  #fail(error: StatusError): void {
    if (this.#ended) return;
    this.#options.sink.send(Buffer.from(`${formatJson({ type: 'ERROR', object: error.toStatus() })}\n`, 'utf8'));
    this.stop();
  }
}
