/** Events of the network's own programs, told in the order in which they happened. Pure. */
import type { Event } from '@kube-ovn/api';

export interface NetworkEvent {
  /** RFC 3339; when it was seen last. */
  readonly at: string;
  readonly type: 'Normal' | 'Warning';
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  readonly times: number;
  /** Program and node. */
  readonly from: string;
}

export interface EventFilter {
  readonly warningsOnly: boolean;
  /** `Kind/name`, `namespace/name` or a part of either. */
  readonly about: string | undefined;
}

/** Who makes events of the network. @source events' `source.component` */
const COMPONENT = /^kube-ovn-/;

export function networkEvents(events: readonly Event[], { warningsOnly, about }: EventFilter): readonly NetworkEvent[] {
  return events
    .filter((event) => COMPONENT.test(componentOf(event)))
    .map(readEvent)
    .filter(({ type }) => !warningsOnly || type === 'Warning')
    .filter(({ object }) => about === undefined || object.toLowerCase().includes(about.toLowerCase()))
    .toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
}

/** One line an event. */
export function printEvents(events: readonly NetworkEvent[]): string {
  if (events.length === 0) return 'no events';
  return events
    .map(({ at, type, object, reason, message, times, from }) => {
      const often = times > 1 ? ` (${times} times)` : '';
      return `${at}  ${type.padEnd(7)}  ${object}: ${reason}: ${message}${often}  [${from}]`;
    })
    .join('\n');
}

function readEvent(event: Event): NetworkEvent {
  const { kind = '', namespace, name = '' } = event.involvedObject ?? {};
  const host = event.source?.host ?? '';
  return {
    at: event.lastTimestamp ?? event.firstTimestamp ?? event.metadata.creationTimestamp ?? '',
    type: event.type ?? 'Normal',
    object: [kind, ...(namespace === undefined || namespace === '' ? [] : [namespace]), name].join('/'),
    reason: event.reason ?? '',
    message: event.message ?? '',
    times: event.count ?? 1,
    from: [componentOf(event), ...(host === '' ? [] : [host])].join(' '),
  };
}

function componentOf({ source, reportingComponent = '' }: Event): string {
  return source?.component ?? reportingComponent;
}
