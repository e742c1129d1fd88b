import { expect, test } from 'vitest';
import { sourceTable } from '@kube-ovn/dataflow';
import { findOrphans } from './orphans.ts';
import type { Attachment } from './record.ts';

test.for([
  ['both are there', false, false, 0],
  ['the link is gone: DEL is under way, or somebody broke it', false, true, 0],
  ['the namespace cannot be seen: a missing mount', true, false, 0],
  ['both are gone', true, true, 1],
] as const)('%s', async ([, isNetnsGone, isLinkGone, orphans]) => {
  const attachments = sourceTable<Attachment>('attachments');
  attachments.set('c/eth0', { netns: '/run/netns/x', hostLink: 'c_h' } as Attachment);
  const found = await findOrphans(attachments, { isNetnsGone: () => isNetnsGone, isLinkGone: () => Promise.resolve(isLinkGone) });
  expect(found).toHaveLength(orphans);
});
