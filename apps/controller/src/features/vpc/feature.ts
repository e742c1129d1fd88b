import { deriveTable, isSamePlainData } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { finalizersWanted } from '../finalizers.ts';
import { vpcFragment } from './vpc.formula.ts';
import { vpcStatus } from './status.formula.ts';

/** A Vpc is deleted last: its router stays while Subnets are in it. */
export const vpcFeature: Feature = {
  name: 'vpc',
  wire: ({ vpcs, subnets, names, objects, northbound }) => {
    const subnetsIn = (vpc: string): string[] =>
      [...subnets.entries()].flatMap(([name, subnet]) => (subnet.vpc === vpc ? [name] : [])).toSorted();
    const isWanted = (name: string): boolean => vpcs.get(name)?.isTerminating === false || subnetsIn(name).length > 0;
    return {
      fragments: [
        fragmentTable('vpc', vpcs, (name, vpc) => (isWanted(name) ? vpcFragment(vpc, subnets.get(names.joinSubnet)) : undefined)),
      ],
      patches: {
        vpc: deriveTable(
          'vpc patches',
          objects.vpcs,
          (name, object): ObjectPatch => {
            const inUse = isWanted(name) || northbound.routers.has(name);
            const finalizers = finalizersWanted(object.metadata, inUse);
            if (object.metadata.deletionTimestamp !== undefined) return { finalizers };
            const status = vpcStatus(object, { names, subnets: subnetsIn(name), isRouterSeen: northbound.routers.has(name) });
            return { finalizers, status };
          },
          { equals: isSamePlainData },
        ),
      },
    };
  },
};
