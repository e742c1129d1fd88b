/** What annotations say about announcing an object. */
import type { Annotation, KubeObject, Problem } from '@kube-ovn/api';

/** From which nodes: `cluster` from all with a speaker, `local` from the node that has it, `none` not at all. */
export type Scope = 'cluster' | 'local' | 'none';

/** What an object says of itself. */
export interface Announcement {
  /** Undefined: it says nothing. */
  readonly scope: Scope | undefined;
  /** Undefined: it says nothing. */
  readonly communities: readonly string[] | undefined;
  readonly problems: readonly Problem[];
}

interface Annotations {
  readonly bgp: Annotation<'true' | 'false' | 'cluster' | 'local'>;
  readonly bgp_communities: Annotation<readonly string[]>;
}

const SCOPES = { true: 'cluster', cluster: 'cluster', local: 'local', false: 'none' } as const;

/**
 * Read them. An object with one that cannot be read is not announced: a community that is left out may be the one that keeps
 * a prefix from spreading.
 */
export function readAnnouncement(object: KubeObject, annotations: Annotations): Announcement {
  const bgp = annotations.bgp.read(object);
  const communities = annotations.bgp_communities.read(object);
  const problems = [bgp, communities].flatMap((reading) => (reading.ok ? [] : [reading.problem]));
  if (!bgp.ok || !communities.ok) return { scope: 'none', communities: undefined, problems };
  return { scope: bgp.value === undefined ? undefined : SCOPES[bgp.value], communities: communities.value, problems };
}
