/** The templates that a StatefulSet had, as ControllerRevisions. @source Kubernetes pkg/controller/history (behaviour) */
import { controllerReference, deletion, type Action } from '../../shared/action.ts';
import { canonical, contentHash } from '../../shared/hash.ts';
import { keyOf, kinds, type ControllerRevision, type StatefulSet } from '../../shared/objects.ts';

/** The revisions that matter now. */
export interface Revisions {
  /** What the spec says; its object may not exist yet. */
  readonly update: ControllerRevision;
  /** What pods below the partition keep. */
  readonly current: ControllerRevision;
  readonly actions: readonly Action[];
}

/** Find or make the revision of the present template; drop those beyond the history limit that no pod uses. */
export function reviseHistory(set: StatefulSet, known: readonly ControllerRevision[], used: ReadonlySet<string>): Revisions {
  const highest = known.reduce((number, revision) => Math.max(number, revision.revision), 0);
  const wanted = draft(set, highest + 1);
  const same = known.find((revision) => canonical(revision.data) === canonical(wanted.data));
  const update = same ?? wanted;
  const current = known.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
  return {
    update,
    current,
    actions: [
      ...settle(same, wanted, highest),
      ...dropHistory(set, known, new Set([...used, update.metadata.name, current.metadata.name])),
    ],
  };
}

/** A template that comes back takes the highest number again. */
function settle(same: ControllerRevision | undefined, wanted: ControllerRevision, highest: number): readonly Action[] {
  if (same === undefined) return [{ do: 'create', resource: kinds.controllerRevision, object: wanted }];
  if (same.revision === highest) return [];
  return [{ do: 'patch', resource: kinds.controllerRevision, key: keyOf(same), body: { revision: highest + 1 } }];
}

function draft(set: StatefulSet, revision: number): ControllerRevision {
  const data = { spec: { template: { ...set.spec?.template, $patch: 'replace' } } };
  const { name, namespace } = set.metadata;
  return {
    apiVersion: kinds.controllerRevision.apiVersion,
    kind: kinds.controllerRevision.kind,
    metadata: {
      name: `${name}-${contentHash(data)}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...set.spec?.selector?.matchLabels, 'controller.kubernetes.io/hash': contentHash(data) },
      ownerReferences: [controllerReference(kinds.statefulSet, set)],
    },
    revision,
    data,
  };
}

function dropHistory(set: StatefulSet, known: readonly ControllerRevision[], used: ReadonlySet<string>): readonly Action[] {
  const idle = known.filter((revision) => !used.has(revision.metadata.name)).toSorted((left, right) => left.revision - right.revision);
  const surplus = idle.length - (set.spec?.revisionHistoryLimit ?? 10);
  return surplus <= 0 ? [] : idle.slice(0, surplus).map((revision) => deletion(kinds.controllerRevision, revision));
}
