/**
 * What happens to a replica, in order, for a reader that may be slower than it happens.
 */
import { OvsdbError } from '../../errors.ts';
import type { RowChange } from '../../monitor/updates.ts';
import type { Replica, ReplicaState } from '../../replica/replica.ts';

/** A change of a row, or of the replica's state. */
export type FeedEvent = { readonly change: RowChange } | { readonly state: ReplicaState['name'] };

/** So many changes beyond the content may wait for a reader. */
const MAX_WAITING = 1_000_000;

/**
 * The content of a replica as inserts, then every change; never ends by itself.
 *
 * @throws {OvsdbError} OVSDB_RESOURCES_EXHAUSTED when a million changes wait to be read
 */
export async function* feedOf(replica: Replica): AsyncGenerator<FeedEvent> {
  let waiting: FeedEvent[] = [];
  let wake = (): void => undefined;
  let isKept = true;
  replica.onState((state) => {
    waiting.push({ state: state.name });
    wake();
  });
  replica.onChange((changes) => {
    if (waiting.length > MAX_WAITING) isKept = false;
    else for (const change of changes) waiting.push({ change });
    wake();
  });
  for (;;) {
    const events = waiting;
    waiting = [];
    yield* events;
    if (!isKept)
      throw new OvsdbError('OVSDB_RESOURCES_EXHAUSTED', `more than ${MAX_WAITING} changes wait to be read: the reader is too slow`);
    if (waiting.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}
