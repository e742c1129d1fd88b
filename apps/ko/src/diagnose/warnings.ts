/** Warnings of the network's programs that are young enough to matter. Pure. */
import type { NetworkEvent } from '../events/events.ts';
import type { Diagnosis } from './finding.ts';

export function warningFindings(events: readonly NetworkEvent[], sinceMs: number): readonly Diagnosis[] {
  return events
    .filter(({ type, at }) => type === 'Warning' && Date.parse(at) >= sinceMs)
    .map(({ object, reason, message, times, at }) => ({
      severity: 'warning',
      code: reason,
      object: asNamed(object),
      message: `${message} (${times > 1 ? `${times} times, last ` : ''}${at})`,
      fix: `an event of the past: if it holds, it says what to mend; ko events ${object}`,
    }));
}

/** `Pod/shop/web-0` → `pod shop/web-0`, as findings have it. */
function asNamed(object: string): string {
  const [kind = '', ...name] = object.split('/');
  return `${kind === 'Pod' || kind === 'Node' ? kind.toLowerCase() : kind} ${name.join('/')}`;
}
