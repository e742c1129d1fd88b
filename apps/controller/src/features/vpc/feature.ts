import { deriveTable, indexBy, isSamePlainData } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { finalizersWanted } from '../finalizers.ts';
import { vpcFragment } from './vpc.formula.ts';
import { vpcStatus } from './status.formula.ts';

/** A Vpc is deleted last: its router stays while Subnets are in it. */
export const vpcFeature: Feature = {
  name: 'vpc',
  wire: ({ vpcs, subnets, names, objects, northbound }) => {
    const byVpc = indexBy('subnets by vpc', subnets, (subnet) => [subnet.vpc]);
    const subnetsIn = (vpc: string): string[] => [...byVpc.of(vpc)].toSorted();
    const isWanted = (name: string): boolean => vpcs.get(name)?.isTerminating === false || byVpc.of(name).size > 0;
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
      notices: deriveTable(
        'vpc notices',
        vpcs,
        (key, { isTerminating }): Notice | undefined => {
          if (!isTerminating || byVpc.of(key).size === 0) return undefined;
          const message = `Vpc ${key} is kept: Subnets ${subnetsIn(key).join(', ')} are in it; delete them first`;
          return { kind: 'vpc', key, type: 'Warning', reason: 'VpcInUse', message };
        },
        { equals: isSamePlainData },
      ),
    };
  },
};
