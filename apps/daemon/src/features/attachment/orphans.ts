/**
 * Attachments for which nobody will call DEL: their container vanished while the node or the daemon was down.
 */
import type { Table } from '@kube-ovn/dataflow';
import type { Attachment } from './record.ts';

/** How things stand on the node. */
export interface OrphanFacts {
  readonly isLinkGone: (link: string) => Promise<boolean>;
  readonly isNetnsGone: (path: string) => boolean;
}

/**
 * The kernel removes a pod's links with its namespace. So a record whose link and namespace are both gone describes nothing any more,
 * and a namespace that only cannot be seen from here (a missing mount) never counts.
 *
 * A pod that is gone from the API server while its link is there is no orphan: the runtime still has the container, and calls DEL.
 */
export async function findOrphans(attachments: Table<Attachment>, facts: OrphanFacts): Promise<readonly Attachment[]> {
  const orphans: Attachment[] = [];
  for (const key of attachments.keys()) {
    const attachment = attachments.peek(key);
    if (attachment === undefined || !facts.isNetnsGone(attachment.netns)) continue;
    // one after the other: these are kernel calls of some microseconds
    if (await facts.isLinkGone(attachment.hostLink)) orphans.push(attachment);
  }
  return orphans;
}
