/**
 * The spec that was accepted last, kept on the object itself: while a user's edit can not be used, the object goes on as before, over
 * restarts too.
 */
import type { KubeObject } from './objects/meta.ts';

/** An addition to Kube-OVN's API. Users need not look at it. */
export const acceptedAnnotation = 'ovn.kubernetes.io/accepted-spec';

/** What the annotation holds, whose fields may be of any form; undefined when it is not there, or has been spoilt. */
export function acceptedFields({ metadata }: KubeObject): Readonly<Record<string, unknown>> | undefined {
  const text = metadata.annotations?.[acceptedAnnotation];
  if (text === undefined) return undefined;
  try {
    const spec: unknown = JSON.parse(text);
    return typeof spec === 'object' && spec !== null ? { ...spec } : undefined;
  } catch {
    return undefined;
  }
}
