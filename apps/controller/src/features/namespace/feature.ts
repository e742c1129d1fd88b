import { deriveTable, isSamePlainData } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature } from '../feature.ts';
import { namespaceAnnotationsWanted } from './namespace.formula.ts';

/** Users see the Subnets of a namespace on the namespace. */
export const namespaceFeature: Feature = {
  name: 'namespace',
  wire: ({ namespaces, bindings, subnets }) => ({
    patches: {
      namespace: deriveTable(
        'namespace patches',
        namespaces,
        (name): ObjectPatch | undefined => {
          const bound = (bindings.get(name) ?? []).map((subnet) => subnets.get(subnet)).filter((subnet) => subnet !== undefined);
          return bound.length === 0 ? undefined : { annotations: namespaceAnnotationsWanted(bound) };
        },
        { equals: isSamePlainData },
      ),
    },
  }),
};
