/**
 * Interface of a pod → the Subnets, and pools in them, that its addresses may come from.
 *
 * A Subnet named for the interface is the only candidate; otherwise those that name its provider are, in order of their names, and for a
 * port of ours the Subnets of the namespace where none does. Addresses asked for by name may be in any pool; a pool named for the
 * interface goes before the pools of the namespace, and a namespace that IPPools list uses their Subnets and addresses alone. Where
 * nothing but refused Subnets is left, the pod waits and says why they are.
 */
import { DEFAULT_PROVIDER, type Problem } from '@kube-ovn/api';
import { type AddressDemand, type PoolChoice, vipKey } from '../../effects/demand.ts';
import type { IpPoolInput } from '../../inputs/ip-pool.ts';
import type { PodInterface } from '../../inputs/pod.ts';
import { problem } from '../../inputs/problem.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';
import type { VipInput } from '../../inputs/vip.ts';
import type { Graph } from '../graph.ts';
import { boundPools } from '../ip-pool/judge.ts';
import { pairOf } from '../lease.ts';
import { problemsText } from '../problems-text.ts';

/** What the interfaces of a pod may choose from. */
export interface Offers {
  /** Subnets of its namespace; undefined while the namespace has not been seen: its pods may come by another watch sooner than it does. */
  readonly binding: readonly string[] | undefined;
  /** IPPools that list its namespace. */
  readonly boundPools: readonly IpPoolInput[];
  readonly findPool: (name: string) => IpPoolInput | undefined;
  /** Names of the Subnets of a provider, in order. */
  readonly ofProvider: (provider: string) => readonly string[];
  readonly findSubnet: (name: string) => SubnetInput | undefined;
  /** What is wrong with a Subnet that is not in force; empty when it is, or is not there. */
  readonly subnetProblems: (name: string) => readonly Problem[];
  readonly findVip: (name: string) => VipInput | undefined;
}

/** What the pods of a namespace may choose from now. */
export function offersFor(namespace: string, graph: Omit<Graph, 'podPlans'>): Offers {
  return {
    binding: graph.bindings.get(namespace),
    boundPools: boundPools(graph, namespace),
    findPool: (name) => graph.ipPools.get(name),
    ofProvider: (provider) => [...graph.subnetsByProvider.of(provider)].toSorted(),
    findSubnet: (name) => graph.subnets.get(name),
    subnetProblems: (name) => (graph.subnets.has(name) ? [] : (graph.subnetProblems.get(name) ?? [])),
    findVip: (name) => graph.vips.get(name),
  };
}

export type Places = Pick<AddressDemand, 'subnets' | 'pools' | 'addresses' | 'mac' | 'lender'>;

/** Places of one interface; undefined while they are not known. */
export function placesOf(each: PodInterface, offers: Offers): { readonly places: Places | undefined; readonly problem?: Problem } {
  if (each.vip !== undefined) return ofVip(each, each.vip, offers);
  const { subnets, isOffered, problem: misfit } = candidates(each, offers);
  if (subnets === undefined) return { places: undefined };
  const places = narrowed(each, subnets, { ...offers, boundPools: offers.boundPools.filter(({ subnet }) => isOffered(subnet)) });
  const found = misfit ?? (each.isInUse ? undefined : refusedSubnets(each, places.subnets, offers));
  return { places, ...(found === undefined ? {} : { problem: found }) };
}

/** The addresses of a Vip, once it has some. @source Kube-OVN: annotation vip of a pod */
function ofVip(each: PodInterface, name: string, { findVip }: Offers): { readonly places: Places | undefined; readonly problem?: Problem } {
  const vip = findVip(name);
  const [namespace = ''] = each.pod.split('/');
  if (vip === undefined || (vip.namespace !== '' && vip.namespace !== namespace)) {
    const what = vip === undefined ? 'is no Vip' : `is a Vip for namespace ${vip.namespace}`;
    return { places: undefined, problem: noVip(each, name, what) };
  }
  if (vip.isTerminating && !each.isInUse) return { places: undefined, problem: noVip(each, name, 'is being deleted') };
  const { held } = vip;
  if (held === undefined) return { places: undefined };
  return { places: { subnets: [held.subnet], addresses: pairOf(held.v4, held.v6), mac: held.mac, lender: vipKey(name) } };
}

function noVip({ pod }: PodInterface, value: string, what: string): Problem {
  const hint = 'create that Vip for the namespace of the pod, or name another one';
  return problem('POD_NO_VIP', { object: `Pod ${pod}`, field: 'metadata.annotations[ovn.kubernetes.io/vip]', value, what, hint });
}

interface Candidates {
  readonly subnets: readonly string[] | undefined;
  /** Whether a pool of this Subnet may serve. */
  readonly isOffered: (subnet: string) => boolean;
  readonly problem?: Problem;
}

/** @source Kube-OVN: logical_switch of the interface, else Subnets with its provider, else (on OVN) those of the namespace */
function candidates(each: PodInterface, { binding, ofProvider, findSubnet }: Offers): Candidates {
  if (each.subnet !== undefined) {
    const named = each.isInUse ? undefined : findSubnet(each.subnet);
    const only = { subnets: [each.subnet], isOffered: (subnet: string) => subnet === each.subnet };
    return named === undefined || serves(named, each) ? only : { ...only, problem: wrongSubnet(each, named) };
  }
  const own = each.network === DEFAULT_PROVIDER ? [] : ofProvider(each.network);
  if (own.length > 0) return { subnets: own, isOffered: (subnet) => own.includes(subnet) };
  if (!each.isOvn) return { subnets: [], isOffered: () => false, problem: noSubnet(each) };
  return { subnets: binding, isOffered: (subnet) => (findSubnet(subnet)?.provider ?? DEFAULT_PROVIDER) === DEFAULT_PROVIDER };
}

function narrowed(each: PodInterface, subnets: readonly string[], { boundPools, findPool }: Offers): Places {
  if (each.addresses !== undefined || each.candidates !== undefined) return { subnets };
  if (each.pool !== undefined) {
    const pool = findPool(each.pool);
    const [subnet = ''] = each.subnet === undefined && pool !== undefined ? [pool.subnet] : subnets;
    return { subnets: [subnet], pools: { [subnet]: pool === undefined ? { names: [each.pool] } : choiceOf([pool]) } };
  }
  if (boundPools.length === 0) return { subnets };
  const places = Map.groupBy(boundPools, ({ subnet }) => subnet);
  return { subnets: [...places.keys()], pools: Object.fromEntries([...places].map(([subnet, pools]) => [subnet, choiceOf(pools)])) };
}

function choiceOf(pools: readonly IpPoolInput[]): PoolChoice {
  return {
    names: pools.map(({ name }) => name),
    families: [...new Set(pools.flatMap(({ families }) => families))].toSorted((a, b) => a - b),
  };
}

/** Ports of ours are on a switch of ours; addresses for another plugin come from a Subnet for that very network. */
function serves(subnet: SubnetInput, { isOvn, network }: PodInterface): boolean {
  return isOvn ? subnet.isOvn : subnet.provider === network;
}

function wrongSubnet({ pod, provider, network, isOvn }: PodInterface, subnet: SubnetInput): Problem {
  return problem('POD_WRONG_SUBNET', {
    object: `Pod ${pod}`,
    field: `metadata.annotations[${provider}.kubernetes.io/logical_switch]`,
    value: subnet.name,
    what: `is a Subnet of provider "${subnet.provider}", which does not serve this interface`,
    hint: isOvn ? 'name one whose provider is "ovn" or ends in ".ovn"' : `name one whose spec.provider is "${network}"`,
  });
}

/** Every Subnet that could serve is there, and refused. */
function refusedSubnets({ pod, name }: PodInterface, subnets: readonly string[], { subnetProblems }: Offers): Problem | undefined {
  const reasons = subnets.map((subnet) => problemsText(subnetProblems(subnet)));
  if (reasons.length === 0 || reasons.includes('')) return undefined;
  return problem('POD_SUBNET_REFUSED', {
    object: `Pod ${pod}`,
    field: `interface ${name}: Subnet`,
    value: subnets.join(','),
    what: `is refused (${reasons.join(' | ')})`,
    hint: 'mend it, and the pod gets its addresses',
  });
}

function noSubnet({ pod, name, network }: PodInterface): Problem {
  return problem('POD_NO_SUBNET', {
    object: `Pod ${pod}`,
    field: `interface ${name}: provider`,
    value: network,
    what: 'is that of no Subnet',
    hint: `create a Subnet with spec.provider "${network}"`,
  });
}
