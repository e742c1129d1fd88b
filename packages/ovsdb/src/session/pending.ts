/**
 * The requests of a conversation that have no answer yet, and how long each of them may go without one.
 */
import type { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { CancelTimer, Clock } from '../ports.ts';

/** The answer to a request: its result, or why there is none. */
export type Reply = { readonly ok: true; readonly result: Json } | { readonly ok: false; readonly error: OvsdbError };

/** How long an answer may take. */
export interface RequestOptions {
  /**
   * When there is no answer for so many ms, and still none when an echo that is sent then has been answered, the request or its answer
   * is lost: the connection is ended with OVSDB_NO_ANSWER, which is the cause of the OVSDB_DISCONNECTED of all that was in flight, and a
   * new one made. Default 0: no limit, since a transaction may wait for as long as it likes.
   */
  readonly answerLimitMs?: number;
}

/** A request without an answer. */
export interface PendingRequest {
  readonly method: string;
  /** In ms; 0 is none. */
  readonly answerLimitMs: number;
  /** Called exactly once. */
  readonly done: (reply: Reply) => void;
}

/** Requests by their ids. */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #overdue: (id: number, request: PendingRequest) => void;
  readonly #requests = new Map<number, PendingRequest>();
  readonly #limits = new Map<number, CancelTimer>();

  /** @param overdue called when a request that was sent has had no answer for its limit */
  constructor(clock: Clock, overdue: (id: number, request: PendingRequest) => void) {
    this.#clock = clock;
    this.#overdue = overdue;
  }

  add(id: number, request: PendingRequest): void {
    this.#requests.set(id, request);
  }

  /** The request leaves now: its limit begins. */
  sent(id: number): void {
    const request = this.#requests.get(id);
    if (request === undefined || request.answerLimitMs === 0) return;
    this.#limits.set(
      id,
      this.#clock.setTimeout(() => this.#overdue(id, request), request.answerLimitMs),
    );
  }

  get(id: number): PendingRequest | undefined {
    return this.#requests.get(id);
  }

  /** Take a request out, as it has its answer; undefined when there is none of this id. */
  take(id: number): PendingRequest | undefined {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    this.#limits.get(id)?.();
    this.#limits.delete(id);
    return request;
  }

  /** No answer comes any more. */
  failAll(error: OvsdbError): void {
    for (const cancel of this.#limits.values()) cancel();
    this.#limits.clear();
    for (const { done } of this.#requests.values()) done({ ok: false, error });
    this.#requests.clear();
  }
}
