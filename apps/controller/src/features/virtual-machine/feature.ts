import { deriveTable, isSamePlainData } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature } from '../feature.ts';
import { allocatedAnnotations, servedInterface } from '../pod/annotations.ts';

/** The pod that a virtual machine is being moved to is told the machine's addresses, so that it can start beside the one that has them. */
export const virtualMachineFeature: Feature = {
  name: 'virtual-machine',
  wire: (graph) => ({
    patches: {
      pod: deriveTable(
        'migration target patches',
        graph.migrationTargets,
        (_key, { interfaces }): ObjectPatch | undefined => {
          const served = interfaces.flatMap((nic) => servedInterface(nic, graph) ?? []);
          if (served.length < interfaces.length) return undefined;
          return { annotations: Object.assign({}, ...served.map(allocatedAnnotations)) as Readonly<Record<string, string>> };
        },
        { equals: isSamePlainData },
      ),
    },
  }),
};
