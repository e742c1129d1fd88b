import { isMirrored, type MirrorInput, readMirror } from '@kube-ovn/api';
import { deriveTable, expandTable, indexBy, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature, Notice } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { mirrorFault, mirrorPatch, podSink } from './mirror.formula.ts';

const byContent = { equals: isSamePlainData };

/** What becomes of Mirrors, which nodes carry out: docs/features/mirror.md. */
export const mirrorFeature: Feature = {
  name: 'mirror',
  wire: (graph) => {
    const { objects, names } = graph;
    // what nodes tell of themselves changes no reading
    const specs = deriveTable(
      'mirror specs',
      objects.mirrors,
      (_name, { metadata, spec }) => ({ metadata: { name: metadata.name }, spec }),
      byContent,
    );
    const readings = deriveTable('mirrors', specs, (_name, mirror) => readMirror(mirror), byContent);
    const sinks = deriveTable(
      'pods that get copies',
      specs,
      (_name, mirror) => {
        const { namespace, name } = mirror.spec.sink?.pod ?? {};
        return namespace === undefined ? undefined : podSink(mirror, objects.pods.get(`${namespace}/${name}`), names.clusterRouter);
      },
      byContent,
    );
    const selections = selectionTable(graph, readings);
    const byMirror = indexBy('selected interfaces by mirror', selections, ({ mirror }) => [mirror]);
    const counts = deriveTable(
      'selected interfaces of mirrors',
      readings,
      (name) => {
        const perNode: Record<string, number> = {};
        for (const key of byMirror.of(name)) {
          const node = selections.get(key)?.node;
          if (node !== undefined) perNode[node] = (perNode[node] ?? 0) + 1;
        }
        return perNode;
      },
      byContent,
    );
    const situation = (name: string, reading: ReturnType<typeof readMirror>) => ({
      reading,
      sink: sinks.get(name),
      selected: new Map(Object.entries(counts.get(name) ?? {})),
      hasNode: (node: string) => graph.nodes.has(node),
    });
    return {
      patches: {
        mirror: deriveTable(
          'mirror patches',
          objects.mirrors,
          (name, object): ObjectPatch | undefined => {
            const reading = readings.get(name);
            return reading === undefined ? undefined : mirrorPatch(object, situation(name, reading));
          },
          byContent,
        ),
      },
      notices: deriveTable(
        'mirror notices',
        readings,
        (key, reading): Notice | undefined => {
          const fault = mirrorFault({ reading, sink: sinks.get(key) });
          return fault === undefined
            ? undefined
            : {
                kind: 'mirror',
                key,
                type: 'Warning',
                reason: reading.ok ? 'SinkNotThere' : 'Refused',
                message: fault.message,
                isState: true,
              };
        },
        byContent,
      ),
    };
  },
};

interface Selected {
  readonly mirror: string;
  readonly node: string;
}

/** Which Mirrors select an interface; a change of a pod costs as much as there are Mirrors. */
function selectionTable(graph: Graph, readings: Table<ReturnType<typeof readMirror>>): Table<Selected> {
  const inForce = deriveTable(
    'mirrors in force',
    readings,
    (_name, reading): MirrorInput | undefined => (reading.ok ? reading.value : undefined),
    byContent,
  );
  const labels = deriveTable('labels of namespaces', graph.objects.namespaces, (_name, { metadata }) => metadata.labels ?? {}, byContent);
  return expandTable(
    'interfaces selected by mirrors',
    graph.interfaces,
    (port, { pod, node, provider, isOvn }) => {
      const mirrors = [...inForce.entries()];
      const identity = isOvn && mirrors.length > 0 ? graph.podIdentities.get(pod) : undefined;
      if (identity === undefined) return [];
      const nic = { pod, provider, labels: identity.labels, namespaceLabels: labels.get(identity.namespace) ?? {} };
      return mirrors.flatMap(([name, mirror]) => (isMirrored(mirror, nic) ? [[`${name} ${port}`, { mirror: name, node }] as const] : []));
    },
    byContent,
  );
}
