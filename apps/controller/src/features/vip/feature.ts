import { deriveTable, expandTable, isSamePlainData } from '@kube-ovn/dataflow';
import { type AddressDemand, vipKey } from '../../effects/demand.ts';
import { type VipInput, vipProblems } from '../../inputs/vip.ts';
import type { Feature } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { pairOf } from '../lease.ts';
import { isShared, parentsOf, takerOf } from './shared.ts';
import { vipNotice, vipPatch, type VipProgress } from './status.formula.ts';
import { vipFragment } from './vip.formula.ts';

const byContent = { equals: isSamePlainData };

/** Addresses that belong to no interface: from the pool of their Subnet, held by pods that name them, written down in the Vip itself. */
export const vipFeature: Feature = {
  name: 'vip',
  wire: (graph) => ({
    demands: [
      expandTable(
        'vip demands',
        graph.vips,
        (name, vip) => demandOf(vip, graph).map((demand) => [vipKey(name), demand] as const),
        byContent,
      ),
    ],
    fragments: [
      fragmentTable('vip', graph.vips, (name, vip) => {
        const lease = graph.leases.get(vipKey(name));
        // Who takes the addresses as its own answers for them by its own port.
        if (lease === undefined || vip.isTerminating || takerOf(vip, graph) !== undefined) return undefined;
        const subnet = graph.subnets.get(lease.subnet);
        if (subnet?.isOvn !== true) return undefined;
        return vipFragment(vip, lease, {
          parents: isShared(vip) ? parentsOf(vip, lease, graph) : [],
          vpc: graph.vpcs.has(subnet.vpc) ? subnet.vpc : '',
        });
      }),
    ],
    patches: {
      vip: deriveTable('vip patches', graph.objects.vips, (name, object) => vipPatch(object, progressOf(name, graph)), byContent),
    },
    notices: deriveTable(
      'vip notices',
      graph.objects.vips,
      (name, object) => {
        const vip = graph.vips.get(name);
        return vip === undefined ? undefined : vipNotice(object, vip, progressOf(name, graph));
      },
      byContent,
    ),
  }),
};

/** What a Vip has is what it wants, whatever becomes of its spec. */
function demandOf(vip: VipInput, graph: Graph): readonly AddressDemand[] {
  const { name, namespace, uid, held, isTerminating } = vip;
  const common = { holder: { kind: 'Vip' as const, namespace, name, uid }, node: '', podType: '' as const };
  if (isTerminating && takerOf(vip, graph) === undefined) return [];
  if (held !== undefined) {
    return [{ ...common, subnets: [held.subnet], addresses: pairOf(held.v4, held.v6), mac: held.mac }];
  }
  if (isTerminating || vipProblems(vip, (subnet) => graph.subnets.get(subnet)).length > 0) return [];
  const { subnet, addresses, mac } = vip;
  return [{ ...common, subnets: [subnet], ...(addresses === undefined ? {} : { addresses }), ...(mac === undefined ? {} : { mac }) }];
}

function progressOf(name: string, graph: Graph): VipProgress {
  const { vips, subnets, leases, refusals } = graph;
  const vip = vips.get(name);
  const lease = leases.get(vipKey(name));
  return {
    problems: vip === undefined ? [] : vipProblems(vip, (subnet) => subnets.get(subnet)),
    lease: lease?.holder.uid === vip?.uid ? lease : undefined,
    refusal: refusals.get(vipKey(name)),
    taker: takerOf({ name }, graph),
  };
}
