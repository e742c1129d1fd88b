/**
 * Which Subnets serve a namespace, in order of preference.
 *
 * The defaultSubnet of the Vpc that lists the namespace comes first, then Subnets that list it, then Subnets whose selectors match it;
 * only a namespace that none of these serve gets the cluster's default Subnet. Subnets of the same rank are in order of their names.
 *
 * @source Kube-OVN, order of a namespace's logical_switch annotation
 */
import type { NamespaceInput } from '../../inputs/namespace.ts';
import { selects } from '../../inputs/selector.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';

export interface BindingInputs {
  /** defaultSubnet of the Vpcs that list this namespace. */
  readonly vpcDefaults: readonly string[];
  /** Subnets that list this namespace. */
  readonly listing: readonly SubnetInput[];
  /** Subnets that have namespace selectors. */
  readonly selecting: readonly SubnetInput[];
  /** Name of the cluster's default Subnet. */
  readonly fallback: string;
}

/** Names of the Subnets of one namespace. */
export function bindNamespace(namespace: NamespaceInput, inputs: BindingInputs): readonly string[] {
  const matching = inputs.selecting.filter((subnet) => subnet.namespaceSelectors.some((selector) => selects(selector, namespace.labels)));
  const names = [...inputs.vpcDefaults.filter((name) => name !== ''), ...serving(inputs.listing), ...serving(matching)];
  return names.length === 0 ? [inputs.fallback] : [...new Set(names)];
}

/** Whether pods get addresses from a Subnet without asking for it by name. */
function servesNamespaces(subnet: SubnetInput): boolean {
  return subnet.provider === 'ovn' && !subnet.isTerminating;
}

function serving(subnets: readonly SubnetInput[]): readonly string[] {
  return subnets
    .filter(servesNamespaces)
    .map((subnet) => subnet.name)
    .toSorted();
}
