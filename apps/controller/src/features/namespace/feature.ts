import { deriveTable, isSamePlainData } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { boundPools } from '../ip-pool/judge.ts';
import { namespaceAnnotationsWanted } from './namespace.formula.ts';

/** Annotations of a namespace as they should be; undefined while it has no Subnet. */
export function annotationsOf(name: string, graph: Graph): Readonly<Record<string, string | null>> | undefined {
  const bound = (graph.bindings.get(name) ?? []).flatMap((subnet) => graph.subnets.get(subnet) ?? []);
  return bound.length === 0 ? undefined : namespaceAnnotationsWanted(bound, boundPools(graph, name));
}

/** Users see the Subnets of a namespace on the namespace. */
export const namespaceFeature: Feature = {
  name: 'namespace',
  wire: (graph) => ({
    patches: {
      namespace: deriveTable(
        'namespace patches',
        graph.namespaces,
        (name): ObjectPatch | undefined => {
          const annotations = annotationsOf(name, graph);
          return annotations === undefined ? undefined : { annotations };
        },
        { equals: isSamePlainData },
      ),
    },
  }),
};
