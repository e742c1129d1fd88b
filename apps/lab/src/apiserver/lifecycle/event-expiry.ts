/** Events are news: after an hour they go, as in a real cluster. */
import type { Api } from '../api.ts';
import { asString } from '../json.ts';
import type { KubeObject } from '../object.ts';

/** @source kube-apiserver --event-ttl (default 1h) */
const lifetimeMs = 3_600_000;
const periodMs = 60_000;

/** Look through the events once a minute. @returns stop */
export function expireEvents(api: Api): () => void {
  const look = (): void => {
    const oldest = api.ports.now() - lifetimeMs;
    for (const { object } of api.store.collection('events').list()) {
      if (lastSeenMs(object) < oldest) api.store.remove('events', `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`);
    }
    timer = api.ports.after(periodMs, look);
  };
  let timer = api.ports.after(periodMs, look);
  return () => timer.cancel();
}

function lastSeenMs(event: KubeObject): number {
  const times = [asString(event['lastTimestamp']), asString(event['eventTime']), event.metadata.creationTimestamp];
  return Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time))));
}
