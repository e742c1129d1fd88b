import { deriveTable, isSamePlainData } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { boundPools } from '../ip-pool/judge.ts';
import { namespaceAnnotationsWanted, noSubnetAnnotations } from './namespace.formula.ts';

/** Annotations of a namespace as they should be; undefined while its Subnets have not been seen. */
export function annotationsOf(name: string, graph: Graph): Readonly<Record<string, string | null>> | undefined {
  const names = graph.bindings.get(name) ?? [];
  const bound = names.flatMap((subnet) => graph.subnets.get(subnet) ?? []);
  if (bound.length > 0) return namespaceAnnotationsWanted(bound, boundPools(graph, name));
  return names.some((subnet) => graph.subnetProblems.has(subnet)) ? noSubnetAnnotations : undefined;
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
