/**
 * Tells what limits: by an annotation on the object, and by events where that changes or is not what its author wants.
 */
import { podAnnotations, type Pod } from '@kube-ovn/api';
import { deriveTable, formula, indexBy, isSamePlainData, sourceTable, type Cell, type Table } from '@kube-ovn/dataflow';
import type { EventRecorder, ObjectPatch } from '@kube-ovn/kube';
import type { Outcomes } from './apply.ts';
import type { Limits } from './limits.formula.ts';
import { tell } from './outcome.formula.ts';

/** What was told of one interface. */
interface Report {
  readonly object: Limits['object'];
  readonly provider: string;
  readonly text: string | undefined;
  readonly warnings: readonly string[];
}

/** Where it is told. */
export interface BandwidthReports {
  readonly report: (key: string, told: { readonly limits: Limits; readonly outcomes: Outcomes } | undefined) => void;
  readonly podPatches: Table<ObjectPatch>;
  /** What limits the node's own interface. */
  readonly nodeText: Cell<string | undefined>;
}

/** Make the reports of a node; `annotated` gives the annotation as it is now. */
export function bandwidthReports(options: {
  readonly events: EventRecorder;
  readonly pods: Table<Pod>;
  readonly nodeAnnotations: () => Readonly<Record<string, string>> | undefined;
}): BandwidthReports {
  const { events, pods } = options;
  const reports = sourceTable<Report>('bandwidth reports', { equals: isSamePlainData });
  const byPod = indexBy('bandwidth reports by pod', reports, ({ object }) => [podKey(object)]);
  return {
    report: (key, told) => {
      if (told === undefined) {
        reports.delete(key);
        return;
      }
      const { limits, outcomes } = told;
      const { text, warnings } = tell(limits, outcomes);
      const before = reports.peek(key);
      reports.set(key, { object: limits.object, provider: limits.provider, text, warnings });
      const { kind } = limits.object;
      const reference = { apiVersion: 'v1', ...limits.object };
      for (const warning of warnings)
        if (before?.warnings.includes(warning) !== true) events.state(reference, 'Warning', `${kind}QoSFailed`, warning);
      const annotations = kind === 'Pod' ? pods.peek(podKey(limits.object))?.metadata.annotations : options.nodeAnnotations();
      const shown = annotations?.[podAnnotations(limits.provider).bandwidth.key];
      // what an earlier daemon has told already is no news
      if (text !== (before === undefined ? shown : before.text))
        events.event(reference, 'Normal', `${kind}QoSUpdated`, `${limits.provider}: ${text ?? 'no limit any more'}`);
    },
    podPatches: deriveTable(
      'bandwidth of pods',
      pods,
      (key, pod) =>
        bandwidthPatch(
          pod,
          [...byPod.of(key)].flatMap((each) => reports.get(each) ?? []),
        ),
      { equals: isSamePlainData },
    ),
    nodeText: formula(() => reports.get(NODE_LIMITS)?.text),
  };
}

/** Key of the node's own interface among those of pods. */
export const NODE_LIMITS = 'node';

function podKey({ namespace = '', name }: Limits['object']): string {
  return `${namespace}/${name}`;
}

function bandwidthPatch(pod: Pod, reports: readonly Report[]): ObjectPatch | undefined {
  const own = reports.filter(({ object }) => object.kind === 'Pod' && object.uid === pod.metadata.uid);
  const entries = own.flatMap(({ provider, text }) =>
    bandwidthEntry(podAnnotations(provider).bandwidth, { text, annotations: pod.metadata.annotations }),
  );
  return entries.length === 0 ? undefined : { annotations: Object.fromEntries(entries) };
}

/** The annotation as it shall be; nothing when there is none and none is wanted. */
export function bandwidthEntry(
  { key }: { readonly key: string },
  is: { readonly text: string | undefined; readonly annotations: Readonly<Record<string, string>> | undefined },
): readonly (readonly [string, string | null])[] {
  if (is.text !== undefined) return [[key, is.text]];
  return is.annotations?.[key] === undefined ? [] : [[key, null]];
}
