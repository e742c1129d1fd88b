import type { EventRecorder } from '@kube-ovn/kube';
import type { Attachment } from '../attachment/record.ts';
import type { CopyWish } from './annotated.formula.ts';

/** A wish that can not be read is told on its pod. */
export function tellCopyWish(events: Pick<EventRecorder, 'state'>, attachment: Attachment | undefined, wish: CopyWish | undefined): void {
  if (attachment === undefined || wish?.problem === undefined) return;
  const { namespace, pod: name, podUid: uid } = attachment;
  const message = `${wish.problem.message}; its traffic is not copied`;
  events.state({ apiVersion: 'v1', kind: 'Pod', namespace, name, uid }, 'Warning', 'MirrorFailed', message);
}
