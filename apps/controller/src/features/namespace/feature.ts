import { deriveTable, isSamePlainData } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature } from '../feature.ts';
import { boundPools } from '../ip-pool/judge.ts';
import { namespaceAnnotationsWanted } from './namespace.formula.ts';

/** Users see the Subnets of a namespace on the namespace. */
export const namespaceFeature: Feature = {
  name: 'namespace',
  wire: (graph) => ({
    patches: {
      namespace: deriveTable(
        'namespace patches',
        graph.namespaces,
        (name): ObjectPatch | undefined => {
          const bound = (graph.bindings.get(name) ?? [])
            .map((subnet) => graph.subnets.get(subnet))
            .filter((subnet) => subnet !== undefined);
          return bound.length === 0 ? undefined : { annotations: namespaceAnnotationsWanted(bound, boundPools(graph, name)) };
        },
        { equals: isSamePlainData },
      ),
    },
  }),
};
