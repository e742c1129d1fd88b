/**
 * The physical networks of a node: a bridge each, with the interface that leads there, and the names by which OVN knows the bridges.
 *
 * Reads: ProviderNetworks, Vlans, the Node's name and labels. Wants: what `keep.ts` brings about.
 */
import { createHash } from 'node:crypto';
import {
  acceptedVlanTag,
  isMeantFor,
  type ProviderNetwork,
  providerBridge,
  providerInterface,
  providerNetworkObjection,
  type Vlan,
  vlanTag,
} from '@kube-ovn/api';

/** A network that this node has, or is to have. */
export interface NodeNetwork {
  readonly name: string;
  readonly bridge: string;
  /** Interface of the node that leads there. */
  readonly nic: string;
  /** Ids of the VLANs that the interface carries, sorted; 0 is what has no tag. */
  readonly vlans: readonly number[];
}

/** What is wanted of this node. */
export interface NetworkPlan {
  readonly wanted: readonly NodeNetwork[];
  /** By name, why this node can not have a network that is meant for it. */
  readonly refused: ReadonlyMap<string, string>;
  /** Names of networks that are not meant for it. */
  readonly excluded: readonly string[];
}

/** What the plan depends on. */
export interface PlanInput {
  readonly networks: readonly ProviderNetwork[];
  readonly vlans: readonly Vlan[];
  readonly node: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

/** In the order of their names; of two that want one interface the first has it. @source Kube-OVN ProviderNetwork.spec */
export function planNetworks({ networks, vlans, node }: PlanInput): NetworkPlan {
  // of one whose edit is refused what was accepted last is in force; the controller tells which
  const tags = vlans.flatMap((vlan) => [vlanTag(vlan), acceptedVlanTag(vlan) ?? vlanTag(vlan)]);
  const owners = new Map<string, string>();
  const wanted: NodeNetwork[] = [];
  const refused = new Map<string, string>();
  const excluded: string[] = [];
  for (const network of networks.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const { name } = network.metadata;
    const nic = providerInterface(network.spec, node.name);
    const objection = providerNetworkObjection(network);
    const other = owners.get(nic);
    if (!isMeantFor(network.spec, node)) excluded.push(name);
    else if (objection !== undefined) refused.set(name, `${objection.field} ${objection.value} ${objection.what}`);
    else if (other !== undefined) refused.set(name, `interface ${nic} belongs to ProviderNetwork ${other}`);
    else {
      owners.set(nic, name);
      const ids = new Set([0, ...tags.filter((tag) => tag.network === name).map(({ id }) => id)]);
      wanted.push({ name, bridge: providerBridge(name), nic, vlans: [...ids].toSorted((a, b) => a - b) });
    }
  }
  return { wanted, refused, excluded };
}

/** A key of `external_ids` that lists pairs, as `net1:br-net1,net2:br-net2`. */
export interface MappingChange {
  /** As it stands, whoever wrote it. */
  readonly present: string;
  /** Networks that are ours; what is said of others stays. */
  readonly ours: ReadonlySet<string>;
  readonly wanted: ReadonlyMap<string, string>;
}

/** The key's new value. @source ovn-controller(8) external_ids:ovn-bridge-mappings, ovn-chassis-mac-mappings */
export function changedMapping({ present, ours, wanted }: MappingChange): string {
  const others = pairs(present).filter(([network]) => !ours.has(network) && !wanted.has(network));
  const own = [...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [...others, ...own].map(([network, value]) => `${network}:${value}`).join(',');
}

/** What a network is mapped to. */
export function mappedTo(present: string, network: string): string | undefined {
  return pairs(present).find(([name]) => name === network)?.[1];
}

function pairs(text: string): readonly (readonly [string, string])[] {
  return text
    .split(',')
    .filter((pair) => pair.includes(':'))
    .map((pair) => [pair.slice(0, pair.indexOf(':')).trim(), pair.slice(pair.indexOf(':') + 1).trim()]);
}

/**
 * The address by which routers of OVN send from this node to a network: from each node another one, or switches would see one address
 * move between their ports. It follows from the names; the first octet says "locally administered, unicast".
 * @source ovn-controller(8) external_ids:ovn-chassis-mac-mappings; IEEE 802-2014 §8.2
 */
export function chassisMac(node: string, network: string): string {
  const digest = createHash('sha256').update(`${node}/${network}`).digest('hex');
  return ['0e', ...[0, 2, 4, 6, 8].map((at) => digest.slice(at, at + 2))].join(':');
}
