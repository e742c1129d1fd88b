/**
 * The locks of a client, one for each name: a server refuses a second request of one connection for the same lock.
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { Clock } from '../ports.ts';
import { HeldLock } from './lock.ts';
import type { Lock, LockOptions } from './lock.ts';
import type { RpcPeer } from './rpc-peer.ts';

/** @source RFC 7047 §3.1 (<id>) */
const ID = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The locks of one client, over all its connections. */
export class LockBook {
  readonly #clock: Clock;
  readonly #refused: (error: OvsdbError) => void;
  readonly #locks = new Map<string, HeldLock>();

  constructor(clock: Clock, refused: (error: OvsdbError) => void) {
    this.#clock = clock;
    this.#refused = refused;
  }

  /** Ask for a lock, at once if `peer` serves. @throws {OvsdbError} OVSDB_DUPLICATE_LOCK, or OVSDB_BAD_VALUE for a name that is no <id> */
  add(name: string, options: LockOptions, peer: RpcPeer | undefined): Lock {
    if (!ID.test(name))
      throw new OvsdbError(
        'OVSDB_BAD_VALUE',
        `"${name}" cannot be the name of a lock: letters, digits and "_" are wanted, no digit first`,
        {
          value: name,
        },
      );
    if (this.#locks.has(name))
      throw new OvsdbError('OVSDB_DUPLICATE_LOCK', `lock "${name}" is asked for already: release it before asking again`, { value: name });
    const lock = new HeldLock(name, options, { clock: this.#clock, onRelease: () => this.#locks.delete(name) });
    this.#locks.set(name, lock);
    if (peer !== undefined) lock.connected(peer, this.#refused);
    return lock;
  }

  connected(peer: RpcPeer): void {
    for (const lock of this.#locks.values()) lock.connected(peer, this.#refused);
  }

  disconnected(): void {
    for (const lock of this.#locks.values()) lock.disconnected();
  }

  notified(method: string, [name]: readonly Json[]): void {
    if (typeof name === 'string' && (method === 'locked' || method === 'stolen')) this.#locks.get(name)?.notified(method);
  }

  /** The client is closed, which frees its locks. */
  close(): void {
    for (const lock of this.#locks.values()) void lock.release();
  }
}
