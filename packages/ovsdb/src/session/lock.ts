/**
 * A lock of the server, asked for on every connection until it is released. It is owned only while the server of the present
 * connection says so: a disconnect or a theft loses it at once.
 *
 * Locks live in one server process. On a clustered database two clients exclude each other only if both use the leader.
 *
 * @source RFC 7047 §4.1.8-4.1.10; ovsdb-server(7) §4.1.8
 */
import { OvsdbError } from '../errors.ts';
import { isObject } from '../json/json.ts';
import type { Operation } from '../operation.ts';
import type { CancelTimer, Clock } from '../ports.ts';
import type { RpcPeer } from './rpc-peer.ts';

/**
 * requested: no server has answered yet; waiting: another client owns it; owned; lost: was owned, and is asked for again;
 * released: for good.
 */
export type LockState =
  | { readonly name: 'requested' | 'waiting' | 'owned' | 'released' }
  | { readonly name: 'lost'; readonly reason: 'stolen' | 'disconnected' };

/** How to ask for a lock. */
export interface LockOptions {
  /** Take it from its owner at once. It is stolen once; after a disconnect it is asked for in the ordinary way. */
  readonly steal?: boolean;
}

/** A lock of a client. */
export interface Lock extends AsyncDisposable {
  readonly name: string;
  readonly state: LockState;
  readonly isOwned: boolean;
  /** As the first operation of a transaction: the server refuses it with OVSDB_NOT_OWNER unless the lock is owned there and then. */
  readonly assertion: Operation;
  onState(listener: (state: LockState) => void): () => void;
  /** @throws {OvsdbError} OVSDB_TIMEOUT; OVSDB_CLOSED when it is released meanwhile */
  waitOwned(timeoutMs?: number): Promise<void>;
  /** Resolves when the server has been told, or is gone: the end of a connection frees its locks. */
  release(): Promise<void>;
}

/** A lock with the side that the session uses. */
export class HeldLock implements Lock {
  readonly name: string;
  readonly assertion: Operation;
  readonly #clock: Clock;
  readonly #listeners = new Set<(state: LockState) => void>();
  readonly #onRelease: () => void;
  #state: LockState = { name: 'requested' };
  #isToSteal: boolean;
  #peer: RpcPeer | undefined;

  constructor(name: string, options: LockOptions, owner: { readonly clock: Clock; readonly onRelease: () => void }) {
    this.name = name;
    this.assertion = { op: 'assert', lock: name };
    this.#isToSteal = options.steal === true;
    this.#clock = owner.clock;
    this.#onRelease = owner.onRelease;
  }

  get state(): LockState {
    return this.#state;
  }

  get isOwned(): boolean {
    return this.#state.name === 'owned';
  }

  onState(listener: (state: LockState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  waitOwned(timeoutMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let cancelTimer: CancelTimer | undefined;
      const settle = (error?: OvsdbError): void => {
        end();
        cancelTimer?.();
        if (error === undefined) resolve();
        else reject(error);
      };
      const check = ({ name }: LockState): void => {
        if (name === 'owned') settle();
        else if (name === 'released') settle(new OvsdbError('OVSDB_CLOSED', `lock "${this.name}" was released`));
      };
      const end = this.onState(check);
      if (timeoutMs !== undefined) {
        const late = (): void =>
          settle(new OvsdbError('OVSDB_TIMEOUT', `lock "${this.name}" was not gained within ${timeoutMs} ms`, { retry: 'later' }));
        cancelTimer = this.#clock.setTimeout(late, timeoutMs);
      }
      check(this.#state);
    });
  }

  release(): Promise<void> {
    if (this.#state.name === 'released') return Promise.resolve();
    const peer = this.#peer;
    this.#peer = undefined;
    this.#onRelease();
    this.#become({ name: 'released' });
    if (peer === undefined) return Promise.resolve();
    return new Promise((resolve) => peer.request('unlock', [this.name], () => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** A connection serves: ask for the lock, once. */
  connected(peer: RpcPeer, refused: (error: OvsdbError) => void): void {
    if (this.#peer === peer) return;
    this.#peer = peer;
    const method = this.#isToSteal ? 'steal' : 'lock';
    peer.request(method, [this.name], (reply) => {
      if (this.#peer !== peer) return;
      if (!reply.ok) {
        if (reply.error.code !== 'OVSDB_DISCONNECTED') refused(reply.error);
        return;
      }
      this.#isToSteal = false;
      // @source RFC 7047 §4.1.10: "locked" is always true in the answer to steal.
      const isOwned = isObject(reply.result) && reply.result['locked'] === true;
      this.#become({ name: isOwned ? 'owned' : 'waiting' });
    });
  }

  disconnected(): void {
    this.#peer = undefined;
    if (this.#state.name === 'owned') this.#become({ name: 'lost', reason: 'disconnected' });
    else if (this.#state.name === 'waiting') this.#become({ name: 'requested' });
  }

  /** The server gave the lock to us, or to a thief; in its queue we come right after the thief. */
  notified(method: 'locked' | 'stolen'): void {
    const { name } = this.#state;
    if (this.#peer === undefined) return;
    if (method === 'stolen' && name === 'owned') this.#become({ name: 'lost', reason: 'stolen' });
    // Before the answer to our request, it is about an earlier lock of this name.
    if (method === 'locked' && (name === 'waiting' || (this.#state.name === 'lost' && this.#state.reason === 'stolen')))
      this.#become({ name: 'owned' });
  }

  #become(state: LockState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
