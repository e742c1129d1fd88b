/**
 * Which Subnets serve a namespace, in order of preference.
 *
 * The defaultSubnet of the Vpc that lists the namespace comes first, then Subnets that list it, then Subnets whose selectors match it;
 * only a namespace that none of these serve gets the cluster's default Subnet. Subnets of the same rank are in order of their names.
 *
 * A namespace whose only Subnets are refused waits for them: addresses of the default Subnet, perhaps in another Vpc, are not what
 * their author asked for.
 *
 * @source Kube-OVN, order of a namespace's logical_switch annotation
 */
import { DEFAULT_PROVIDER, selects, type Subnet } from '@kube-ovn/api';
import type { NamespaceInput } from '../../inputs/namespace.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';

export interface BindingInputs {
  /** defaultSubnet of the Vpcs that list this namespace. */
  readonly vpcDefaults: readonly string[];
  /** Subnets that list this namespace. */
  readonly listing: readonly SubnetInput[];
  /** Subnets that have namespace selectors. */
  readonly selecting: readonly SubnetInput[];
  /** Subnets that are not in force, because something is wrong with them. */
  readonly refused: readonly RefusedSubnet[];
  /** Name of the cluster's default Subnet. */
  readonly fallback: string;
}

/** What a Subnet that is not in force asks for. */
export type RefusedSubnet = Pick<SubnetInput, 'name' | 'namespaces' | 'namespaceSelectors'>;

/** The Subnet as it is bound if it serves namespaces at all. @source Kube-OVN Subnet.spec.provider: empty means ovn */
export function asRefused({ metadata, spec }: Subnet): RefusedSubnet | undefined {
  const isForNamespaces = (spec.provider ?? '') === '' || spec.provider === DEFAULT_PROVIDER;
  if (!isForNamespaces || metadata.deletionTimestamp !== undefined) return undefined;
  return { name: metadata.name, namespaces: spec.namespaces ?? [], namespaceSelectors: spec.namespaceSelectors ?? [] };
}

/** Names of the Subnets of one namespace. */
export function bindNamespace(namespace: NamespaceInput, inputs: BindingInputs): readonly string[] {
  const isSelected = ({ namespaceSelectors }: RefusedSubnet): boolean =>
    namespaceSelectors.some((selector) => selects(selector, namespace.labels));
  const matching = inputs.selecting.filter(isSelected);
  const names = [...inputs.vpcDefaults.filter((name) => name !== ''), ...serving(inputs.listing), ...serving(matching)];
  if (names.length > 0) return [...new Set(names)];
  const refused = inputs.refused.filter((subnet) => subnet.namespaces.includes(namespace.name) || isSelected(subnet));
  return refused.length > 0 ? refused.map(({ name }) => name).toSorted() : [inputs.fallback];
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
