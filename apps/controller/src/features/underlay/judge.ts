/** Vlans beside each other and their ProviderNetworks: which can be used, and why others cannot. Pure. */
import type { Problem } from '@kube-ovn/api';
import { problem } from '../../inputs/problem.ts';
import type { ProviderNetworkInput } from '../../inputs/provider-network.ts';
import type { VlanInput } from '../../inputs/vlan.ts';
import { byRank } from '../rank.ts';

export interface JudgedVlan extends VlanInput {
  /** Another one has its id. */
  readonly isInConflict: boolean;
  readonly problems: readonly Problem[];
}

/** By name. Of two with one id on one network the one that was accepted stays, else the older one. @source Kube-OVN: id 0 is never in conflict */
export function judgeVlans(
  vlans: readonly VlanInput[],
  networks: ReadonlyMap<string, ProviderNetworkInput>,
): ReadonlyMap<string, JudgedVlan> {
  const taken = new Map<string, VlanInput>();
  const judged = new Map<string, JudgedVlan>();
  for (const vlan of vlans.toSorted(byRank)) {
    const key = `${vlan.network} ${vlan.id}`;
    const other = vlan.id === 0 ? undefined : taken.get(key);
    if (other === undefined) taken.set(key, vlan);
    judged.set(vlan.name, {
      ...vlan,
      isInConflict: other !== undefined,
      problems: [...networkProblems(vlan, networks.get(vlan.network)), ...(other === undefined ? [] : [conflict(vlan, other)])],
    });
  }
  return judged;
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
