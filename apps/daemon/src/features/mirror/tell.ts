import type { EventRecorder } from '@kube-ovn/kube';
import type { Attachment } from '../attachment/record.ts';
import type { InterfaceReading } from './features.ts';

/** An annotation that can not be read is told on its pod. */
export function tellReading(
  events: Pick<EventRecorder, 'state'>,
  attachment: Attachment | undefined,
  reading: InterfaceReading | undefined,
): void {
  if (attachment === undefined || reading?.problem === undefined) return;
  const { namespace, pod: name, podUid: uid } = attachment;
  const message = `${reading.problem.message}; it asks for no copies`;
  events.state({ apiVersion: 'v1', kind: 'Pod', namespace, name, uid }, 'Warning', 'MirrorFailed', message);
}
