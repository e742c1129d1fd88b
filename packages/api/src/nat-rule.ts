/** Exceptions to `natOutgoing`, as their author writes them. */
import { type Family, formatPrefix, prefixAround, readAddress, readPrefix } from '@kube-ovn/ipam';
import type { SubnetSpec } from './crds/subnet.ts';

/** One of them, for one family. */
export interface NatRule {
  readonly family: Family;
  /** Blocks; empty: any address. */
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  /** Leave under an address of the node, or under the pod's own. */
  readonly action: 'nat' | 'forward';
}

export type NatRuleReading =
  /** One of each family that it is for. */
  | { readonly ok: true; readonly rules: readonly NatRule[] }
  | { readonly ok: false; readonly field: 'srcIPs' | 'dstIPs' | 'action'; readonly bad: string };

type Written = NonNullable<SubnetSpec['natOutgoingPolicyRules']>[number];

/**
 * Blocks and addresses are separated by commas; a rule is for the families that both of its lists have, an absent list having both.
 * @source Kube-OVN Subnet.spec.natOutgoingPolicyRules
 */
export function readNatRule({ match, action }: Written): NatRuleReading {
  if (action !== 'nat' && action !== 'forward') return { ok: false, field: 'action', bad: action ?? '' };
  const lists = { srcIPs: readBlocks(match?.srcIPs), dstIPs: readBlocks(match?.dstIPs) };
  for (const field of ['srcIPs', 'dstIPs'] as const) if (lists[field].bad !== undefined) return { ok: false, field, bad: lists[field].bad };
  const rules = ([4, 6] as const).flatMap((family): readonly NatRule[] => {
    const [sources, destinations] = [lists.srcIPs, lists.dstIPs].map(({ blocks }) => blocks?.filter((block) => familyOf(block) === family));
    if (sources?.length === 0 || destinations?.length === 0) return [];
    return [{ family, sources: sources ?? [], destinations: destinations ?? [], action }];
  });
  return rules.length > 0 ? { ok: true, rules } : { ok: false, field: 'dstIPs', bad: match?.dstIPs ?? '' };
}

function readBlocks(text: string | undefined): { readonly blocks: readonly string[] | undefined; readonly bad?: string } {
  if (text === undefined || text.trim() === '') return { blocks: undefined };
  const blocks: string[] = [];
  for (const item of text.split(',').map((each) => each.trim())) {
    const address = readAddress(item);
    const prefix = address === undefined ? readPrefix(item) : prefixAround(address, address.family === 4 ? 32 : 128);
    if (prefix === undefined) return { blocks: undefined, bad: item };
    blocks.push(formatPrefix(prefix));
  }
  return { blocks };
}

function familyOf(block: string): Family {
  return block.includes(':') ? 6 : 4;
}
