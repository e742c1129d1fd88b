/** What a change means to a watcher that sees only some objects. */
import { withMetadata } from '../object.ts';
import type { Selection } from '../operations/list.ts';
import type { Change, ChangeType } from '../store/stored.ts';
import { Stored } from '../store/stored.ts';

/** An event for one watcher. */
export interface Seen {
  readonly type: ChangeType;
  readonly stored: Stored;
}

/**
 * Translate a change: an object that begins to match is ADDED, one that ceases to match is DELETED.
 *
 * @returns `undefined` when the watcher sees nothing of it
 * @source k8s.io/apiserver/pkg/storage/cacher (cacheWatcher.convertToWatchEvent)
 */
export function seenChange(change: Change, { prefix, matches }: Selection): Seen | undefined {
  if (!change.key.startsWith(prefix)) return undefined;
  if (matches === undefined) return change;
  const was = change.previous !== undefined && matches(change.previous);
  const is = change.type !== 'DELETED' && matches(change.stored);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', stored: change.stored };
  if (!was || change.previous === undefined) return undefined;
  if (change.type === 'DELETED') return { type: 'DELETED', stored: change.stored };
  // the watcher knows the object as it was; the revision tells it where to resume
  return {
    type: 'DELETED',
    stored: new Stored(withMetadata(change.previous.object, { resourceVersion: String(change.revision) }), change.revision),
  };
}
