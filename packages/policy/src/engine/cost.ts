/**
 * What policies cost a database and the switches.
 *
 * Flows are estimated as ovn-controller makes them, for one node that has all ports of the policy's subjects: the ports of the group,
 * the far ends, the ports and, where a rule names them, own addresses are alternatives. Where one of these has several, each is a flow;
 * where more have, they are added up (conjunctive matches), with one flow for the whole.
 * @source ovn-controller(8), ovs-fields(7) CONJUNCTIVE MATCH FIELDS
 */
import type { Family } from '@kube-ovn/ipam';
import { type AddressRanges, everyAddress, families, isEveryAddress, prefixesOf } from '../acl/addresses.ts';
import type { RuleAcl } from '../acl/compile.ts';
import { allPorts, type Traffic } from '../acl/protocols.ts';
import type { FarEnds, Term } from '../acl/term.ts';
import { groupOf } from '../group/group.ts';
import { problem, type Problem } from '../problem.ts';
import type { PolicyRecord } from './judged-tiers.ts';
import type { Membership } from './membership.ts';

/** What one policy costs. */
export interface PolicyCost {
  /** Key of the policy. */
  readonly policy: string;
  /** Rows that are its own. */
  readonly acls: number;
  /** Estimated, on a node with all of its subjects. */
  readonly flows: number;
}

/** What all policies cost. */
export interface Cost {
  /** The dearest first. */
  readonly policies: readonly PolicyCost[];
  /** Policies that a reader would not expect to cost that much, and what to do about them. */
  readonly problems: readonly Problem[];
}

/** More flows on a node than this for one rule are told. */
const manyFlows = 5000;

/** How many ports a group has, and how many addresses of each family. */
type Size = Readonly<Record<'ports' | Family, number>>;

/** Estimate what policies cost. @param memberships of all pods */
export function costOf(records: Iterable<PolicyRecord>, memberships: Iterable<Membership>): Cost {
  const sizes = sizesOf(memberships);
  const policies: PolicyCost[] = [];
  const problems: Problem[] = [];
  for (const { key, policy, compiled } of records) {
    let flows = 0;
    for (const own of compiled?.acls ?? []) {
      const parts = own.terms.map((term) => partsOf(term, { own, networks: policy.networks, sizes }));
      const cost = parts.reduce((sum, part) => sum + part.flows, 0);
      flows += cost;
      if (cost > manyFlows) problems.push(tooDear(key, own, { cost, parts }));
    }
    policies.push({ policy: key, acls: compiled?.acls.length ?? 0, flows });
  }
  return { policies: policies.sort((a, b) => b.flows - a.flows || (a.policy < b.policy ? -1 : 1)), problems };
}

function sizesOf(memberships: Iterable<Membership>): ReadonlyMap<string, Size> {
  const sizes = new Map<string, Record<'ports' | Family, number>>();
  for (const { interface: own, groups } of memberships) {
    const v6 = own.addresses.filter((address) => address.includes(':')).length;
    for (const name of groups) {
      const size = sizes.get(name) ?? { ports: 0, 4: 0, 6: 0 };
      size.ports += 1;
      size[4] += own.addresses.length - v6;
      size[6] += v6;
      sizes.set(name, size);
    }
  }
  return sizes;
}

/** The alternatives of a term. */
interface Parts {
  readonly flows: number;
  readonly ports: number;
  readonly blocks: number;
  readonly pods: number;
  readonly kinds: number;
}

interface Around {
  readonly own: RuleAcl;
  readonly networks: readonly string[] | undefined;
  readonly sizes: ReadonlyMap<string, Size>;
}

function partsOf({ peers, traffic, own: near = everyAddress, sources = allPorts }: Term, { own, networks, sizes }: Around): Parts {
  const ports = sizes.get(own.acl.holder)?.ports ?? 0;
  const kinds = kindsOf(traffic);
  const from = sources.reduce((sum, { first, last }) => sum + partsOfRange(first, last), 0);
  let [flows, blocks, pods] = [0, 0, 0];
  for (const family of families) {
    const far = peers.map((ends) => farCount(ends, family, { networks, sizes }));
    const sum = far.reduce((all, each) => ({ blocks: all.blocks + each.blocks, pods: all.pods + each.pods }), { blocks: 0, pods: 0 });
    blocks += sum.blocks;
    pods += sum.pods;
    flows += flowsOf([ports, sum.blocks + sum.pods, kinds, from, blockCount(near, family)]);
  }
  return { flows, ports, blocks, pods, kinds };
}

function flowsOf(alternatives: readonly number[]): number {
  if (alternatives.includes(0)) return 0;
  const several = alternatives.filter((count) => count > 1);
  return several.length < 2 ? (several[0] ?? 1) : several.reduce((sum, count) => sum + count, 1);
}

function farCount(
  ends: FarEnds,
  family: Family,
  { networks, sizes }: Pick<Around, 'networks' | 'sizes'>,
): { blocks: number; pods: number } {
  const { all, none, within } = ends;
  if (within[family].length === 0) return { blocks: 0, pods: 0 };
  if (all.length > 0) return { blocks: 0, pods: sizes.get(groupOf(all, none, networks).name)?.[family] ?? 0 };
  return { blocks: blockCount(within, family), pods: 0 };
}

function blockCount(within: AddressRanges, family: Family): number {
  return isEveryAddress(within, family) ? 1 : prefixesOf(within, family).length;
}

/** How many matches of protocol and port: a range is as many as it has aligned parts. */
function kindsOf({ icmp, other, ports }: Traffic): number {
  const ranges = Object.values(ports).flat();
  const isAll = icmp && other && ranges.every(({ first, last }) => first === 0 && last === maxPort);
  if (isAll) return 1;
  return ranges.reduce((sum, { first, last }) => sum + partsOfRange(first, last), (icmp ? 1 : 0) + (other ? otherProtocols : 0));
}

const maxPort = 65_535;
const otherProtocols = 251;

function partsOfRange(first: number, last: number): number {
  let count = 0;
  for (let start = first; start <= last; count += 1) {
    let size = 1;
    while (start % (size * 2) === 0 && start + size * 2 - 1 <= last && size <= maxPort) size *= 2;
    start += size;
  }
  return count;
}

function tooDear(
  key: string,
  { acl, rule }: RuleAcl,
  { cost, parts }: { readonly cost: number; readonly parts: readonly Parts[] },
): Problem {
  const most = (name: keyof Parts): number => Math.max(...parts.map((part) => part[name]));
  const [blocks, pods, kinds, ports] = [most('blocks'), most('pods'), most('kinds'), most('ports')];
  const hint =
    parts.length > 8
      ? 'give the ports that it names one number on all pods'
      : blocks >= Math.max(pods, kinds, ports)
        ? `its blocks and exceptions come to ${blocks} prefixes: write fewer, larger and aligned ones`
        : kinds >= Math.max(pods, ports)
          ? `its ports come to ${kinds} matches: write ranges that begin and end at powers of two, or fewer`
          : `it is between ${ports} ports and ${pods} addresses: name a block that holds the pods, such as their Subnet's, or select fewer`;
  return problem({
    code: 'POLICY_COSTLY',
    object: key,
    field: rule === undefined ? `spec.${acl.direction}` : `spec.${acl.direction}[${rule}]`,
    value: `about ${cost} flows`,
    hint,
  });
}
