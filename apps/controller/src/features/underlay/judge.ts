/** Vlans beside each other and their ProviderNetworks: which can be used, and why others cannot. Pure. */
import type { Problem, VlanTag } from '@kube-ovn/api';
import { problem } from '../../inputs/problem.ts';
import type { ProviderNetworkInput } from '../../inputs/provider-network.ts';
import type { VlanInput } from '../../inputs/vlan.ts';
import { byRank } from '../rank.ts';

/** Its id and ProviderNetwork are the ones in force. */
export interface JudgedVlan extends VlanInput {
  /** Another one has its id. */
  readonly isInConflict: boolean;
  /** Of its spec as it stands. */
  readonly problems: readonly Problem[];
  /** An edit is refused, and what was accepted last stays in force. */
  readonly isHeld: boolean;
}

/**
 * By name. Of two with one id on one network the one that was accepted stays, else the older one. What was accepted stays taken, and in force, as
 * long as an edit of it can not be used.
 * @source Kube-OVN: id 0 is never in conflict
 */
export function judgeVlans(
  vlans: readonly VlanInput[],
  networks: ReadonlyMap<string, ProviderNetworkInput>,
): ReadonlyMap<string, JudgedVlan> {
  const ranked = vlans.toSorted(byRank);
  const taken = new Map<string, VlanInput>();
  const take = (vlan: VlanInput, tag: VlanTag): VlanInput | undefined => {
    if (tag.id === 0) return undefined;
    const key = `${tag.network} ${tag.id}`;
    const holder = taken.get(key);
    if (holder === undefined) taken.set(key, vlan);
    return holder?.name === vlan.name ? undefined : holder;
  };
  for (const vlan of ranked) if (vlan.accepted !== undefined) take(vlan, vlan.accepted);
  return new Map(
    ranked.map((vlan) => {
      const other = take(vlan, vlan);
      const problems = [...networkProblems(vlan, networks.get(vlan.network)), ...(other === undefined ? [] : [conflict(vlan, other)])];
      const before = problems.length === 0 ? undefined : usable(vlan, networks);
      return [vlan.name, { ...vlan, ...before, isHeld: before !== undefined, isInConflict: other !== undefined, problems }];
    }),
  );
}

/** What was accepted, where that differs from the spec as it stands and still can be used. */
function usable({ id, network, accepted }: VlanInput, networks: ReadonlyMap<string, ProviderNetworkInput>): VlanTag | undefined {
  if (accepted === undefined || (accepted.id === id && accepted.network === network)) return undefined;
  return networks.get(accepted.network)?.problems.length === 0 ? accepted : undefined;
}

function networkProblems({ name, network }: VlanInput, found: ProviderNetworkInput | undefined): readonly Problem[] {
  if (found !== undefined) return found.problems;
  return [
    problem('VLAN_NO_PROVIDER_NETWORK', {
      object: `Vlan ${name}`,
      field: 'spec.provider',
      value: network,
      what: 'is no ProviderNetwork',
      hint: 'create that ProviderNetwork, or name another one',
    }),
  ];
}

function conflict({ name, id, network }: VlanInput, other: VlanInput): Problem {
  return problem('VLAN_CONFLICT', {
    object: `Vlan ${name}`,
    field: 'spec.id',
    value: `${id}`,
    what: `is that of Vlan ${other.name} on ProviderNetwork ${network}`,
    hint: 'give it another id, or use that Vlan: several Subnets may lie on one',
  });
}
