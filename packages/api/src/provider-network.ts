/**
 * What controller and daemon both go by: which nodes a ProviderNetwork is for, by which of their interfaces, and what can not be done.
 */
import { acceptedFields } from './accepted-spec.ts';
import type { ProviderNetwork } from './crds/provider-network.ts';
import type { Vlan } from './crds/vlan.ts';
import type { LabelSelector } from './objects/meta.ts';
import { selects } from './selects.ts';

/** `br-<name>` must be the name of a link. @source linux/if.h IFNAMSIZ: 15 characters */
const MAX_NAME = 12;
/** Bridge `br-int` is OVN's own. */
const RESERVED_NAME = 'int';

/** Why a ProviderNetwork can be had on no node, in the parts of a problem. */
export interface NetworkObjection {
  readonly field: string;
  readonly value: string;
  readonly what: string;
  readonly hint: string;
}

/** The first objection, if there is one. */
export function providerNetworkObjection({ metadata: { name }, spec }: ProviderNetwork): NetworkObjection | undefined {
  const about = { field: 'metadata.name', value: name };
  if (name.length > MAX_NAME) {
    const what = `is longer than ${MAX_NAME} characters, and its bridge ${providerBridge(name)} could not be made`;
    return { ...about, what, hint: 'give it a shorter name' };
  }
  if (name === RESERVED_NAME)
    return { ...about, what: `would have bridge ${providerBridge(name)}, which is OVN's own`, hint: 'give it another name' };
  if (spec.exchangeLinkName !== true) return undefined;
  return {
    field: 'spec.exchangeLinkName',
    value: 'true',
    what: 'is not possible here: to rename an interface that is up would cut the node off',
    hint: `leave it out, and use the name ${providerBridge(name)} where programs of the nodes name the interface`,
  };
}

/** The bridge of a ProviderNetwork on every node. @source Kube-OVN */
export function providerBridge(network: string): string {
  return `br-${network}`;
}

/** Whether a node is to have the network. @source Kube-OVN ProviderNetwork.spec.excludeNodes, nodeSelector */
export function isMeantFor(
  spec: { readonly excludeNodes?: readonly string[] | undefined; readonly nodeSelector?: LabelSelector | undefined },
  node: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): boolean {
  return spec.excludeNodes?.includes(node.name) !== true && (spec.nodeSelector === undefined || selects(spec.nodeSelector, node.labels));
}

/** The interface of a node that leads to the network. @source Kube-OVN ProviderNetwork.spec.customInterfaces */
export function providerInterface(spec: ProviderNetwork['spec'], node: string): string {
  return spec.customInterfaces?.find(({ nodes }) => nodes.includes(node))?.interface ?? spec.defaultInterface;
}

/** Where a Vlan is. */
export interface VlanTag {
  /** 0: untagged. */
  readonly id: number;
  /** ProviderNetwork. */
  readonly network: string;
}

/** Id and ProviderNetwork of a Vlan; older names of the fields count where the present ones are left out. @source Kube-OVN Vlan.spec */
export function vlanTag({ spec }: Vlan): VlanTag {
  return { id: spec.id ?? spec.vlanId ?? 0, network: spec.provider === '' ? (spec.providerInterfaceName ?? '') : spec.provider };
}

/** The same by the spec that was accepted last; undefined when none was, or the annotation has been spoilt. */
export function acceptedVlanTag(vlan: Vlan): VlanTag | undefined {
  const { id, provider } = acceptedFields(vlan) ?? {};
  return typeof id === 'number' && Number.isInteger(id) && typeof provider === 'string' ? { id, network: provider } : undefined;
}

/** The annotation's text. */
export function vlanSpecInForce({ id, network }: VlanTag): string {
  return JSON.stringify({ id, provider: network });
}
