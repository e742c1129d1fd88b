/**
 * Routes of a Vpc, as its author writes them, or the problems that keep them from being used. One that can not be used keeps all of them
 * as they were: others may rely on what it drops, or on where it leads.
 */
import type { Problem, VpcSpec } from '@kube-ovn/api';
import { type Address, formatAddress, formatPrefix, prefixAround, readAddress, readPrefix } from '@kube-ovn/ipam';
import { isMatchText, matchHint } from './match-text.ts';
import { problem } from './problem.ts';

/** @source Kube-OVN Vpc.spec.staticRoutes; OVN_Northbound Logical_Router_Static_Route */
export interface StaticRoute {
  readonly policy: 'src-ip' | 'dst-ip';
  readonly family: 4 | 6;
  /** A block; a single address has the full length. */
  readonly prefix: string;
  readonly nextHop: string;
  /** Answers go back the way that the request came. */
  readonly isSymmetric: boolean;
  /** Empty: the main one. */
  readonly routeTable: string;
}

/** @source Kube-OVN Vpc.spec.policyRoutes; OVN_Northbound Logical_Router_Policy */
export interface PolicyRoute {
  readonly priority: number;
  readonly match: string;
  readonly action: (typeof actions)[number];
  /** Of reroute. */
  readonly nextHops: readonly string[];
}

/** One end of a link between two Vpcs. @source Kube-OVN Vpc.spec.vpcPeerings */
export interface Peering {
  readonly remote: string;
  /** Addresses of this end with their prefix lengths, one of each family. */
  readonly networks: readonly string[];
}

export interface VpcRoutes {
  readonly staticRoutes: readonly StaticRoute[];
  readonly policyRoutes: readonly PolicyRoute[];
  readonly peerings: readonly Peering[];
}

/** Fields of the spec that routes follow from. */
export type RouteFields = Pick<VpcSpec, 'staticRoutes' | 'policyRoutes' | 'vpcPeerings'>;

export const noRoutes: VpcRoutes = { staticRoutes: [], policyRoutes: [], peerings: [] };

const actions = ['allow', 'drop', 'reroute'] as const;
const maxPriority = 32_767;
/** The routes in force are kept in an annotation, of which an object may have 256 KiB in all. */
const maxTotalLength = 131_072;

/** Read all routes of one Vpc; none when one of them can not be used. */
export function readVpcRoutes(name: string, spec: RouteFields): { readonly routes: VpcRoutes; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const bad = (field: string, value: unknown, rest: Wrong): undefined => {
    problems.push(problem('VPC_BAD_FIELD', { object: `Vpc ${name}`, field: `spec.${field}`, value: shown(value), ...rest }));
  };
  const total = JSON.stringify([spec.staticRoutes, spec.policyRoutes, spec.vpcPeerings]).length;
  if (total > maxTotalLength) {
    bad('staticRoutes, spec.policyRoutes, spec.vpcPeerings', `${total} characters`, {
      what: 'are too many',
      hint: `use at most ${maxTotalLength} characters for all; put addresses into fewer, wider blocks`,
    });
    return { routes: noRoutes, problems };
  }
  const read = <T, U>(items: readonly T[] | undefined, field: string, one: (item: T, wrong: Bad) => U | undefined): readonly U[] =>
    (items ?? []).flatMap((item, index) => one(item, (part, value, rest) => bad(`${field}[${index}].${part}`, value, rest)) ?? []);
  const staticRoutes = read(spec.staticRoutes, 'staticRoutes', staticRoute);
  const policyRoutes = read(spec.policyRoutes, 'policyRoutes', policyRoute);
  const peerings = read(spec.vpcPeerings, 'vpcPeerings', (item, wrong) => peering(item, name, wrong));
  for (const { index, earlier } of repeated(policyRoutes, ({ priority, match }) => `${priority} ${match}`)) {
    const hint = 'give one of them another priority, or leave it out';
    const what = `and policyRoutes[${earlier}] have the same priority and match`;
    bad(`policyRoutes[${index}].match`, policyRoutes[index]?.match, { what, hint });
  }
  for (const { index } of repeated(peerings, ({ remote }) => remote)) {
    bad(`vpcPeerings[${index}].remoteVpc`, peerings[index]?.remote, { what: 'is named twice', hint: 'one link to each Vpc is enough' });
  }
  return { routes: problems.length > 0 ? noRoutes : { staticRoutes, policyRoutes, peerings }, problems };
}

interface Wrong {
  readonly what: string;
  readonly hint: string;
}

type Bad = (field: string, value: unknown, wrong: Wrong) => undefined;
type Item<K extends keyof RouteFields> = NonNullable<RouteFields[K]>[number];

function staticRoute(item: Item<'staticRoutes'>, bad: Bad): StaticRoute | undefined {
  const { policy = '', cidr, nextHopIP, ecmpMode = '', routeTable = '' } = item;
  const block = blockOf(cidr);
  const nextHop = addressOf(nextHopIP);
  if (!['', 'policySrc', 'policyDst'].includes(policy))
    bad('policy', policy, { what: 'is no policy of a route', hint: 'use policyDst or policySrc' });
  if (block === undefined) bad('cidr', cidr, { what: 'is neither an address nor a block', hint: 'write one such as 10.1.0.0/16' });
  if (nextHop === undefined) bad('nextHopIP', nextHopIP, { what: 'is no address', hint: 'write one address without a prefix length' });
  if (!['', 'ecmp_symmetric_reply'].includes(ecmpMode))
    bad('ecmpMode', ecmpMode, { what: 'is no such mode', hint: 'leave it out, or use ecmp_symmetric_reply' });
  if (!isTableName(routeTable))
    bad('routeTable', routeTable, { what: 'is no name of a route table', hint: 'use letters, digits, _ . and -' });
  if (block === undefined || nextHop === undefined) return undefined;
  if (block.family !== nextHop.family) {
    return bad('nextHopIP', nextHopIP, { what: `is of another family than ${block.prefix}`, hint: 'write a next hop of the same family' });
  }
  return {
    policy: policy === 'policySrc' ? 'src-ip' : 'dst-ip',
    family: block.family,
    prefix: block.prefix,
    nextHop: formatAddress(nextHop),
    isSymmetric: ecmpMode === 'ecmp_symmetric_reply',
    routeTable,
  };
}

function policyRoute(item: Item<'policyRoutes'>, bad: Bad): PolicyRoute | undefined {
  const { priority, match, nextHopIP = '' } = item;
  const action = actions.find((one) => one === item.action);
  const isPriority = priority !== undefined && Number.isInteger(priority) && priority >= 0 && priority <= maxPriority;
  const texts = String(nextHopIP)
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const hops = texts.map(addressOf);
  if (!isPriority) bad('priority', priority, { what: 'is no priority', hint: `use a whole number from 0 to ${maxPriority}` });
  if (!isMatchText(match)) bad('match', match, { what: 'is no match expression', hint: matchHint });
  if (action === undefined) bad('action', item.action, { what: 'is no action of a policy', hint: `use one of ${actions.join(', ')}` });
  const wanted = 'write one or several addresses of one family, separated by commas';
  if (action === 'reroute' && hops.length === 0) bad('nextHopIP', '', { what: 'is empty', hint: wanted });
  if (action !== undefined && action !== 'reroute' && hops.length > 0)
    bad('nextHopIP', nextHopIP, { what: `is of no use to ${action}`, hint: 'leave it out, or use reroute' });
  const known = hops.flatMap((hop) => hop ?? []);
  if (known.length < hops.length || new Set(known.map(({ family }) => family)).size > 1)
    bad('nextHopIP', nextHopIP, { what: 'is no list of addresses of one family', hint: wanted });
  if (action === undefined || !isPriority || !isMatchText(match)) return undefined;
  return { priority, match, action, nextHops: [...new Set(known.map(formatAddress))].toSorted((a, b) => (a < b ? -1 : 1)) };
}

function peering({ remoteVpc = '', localConnectIP }: Item<'vpcPeerings'>, own: string, bad: Bad): Peering | undefined {
  const texts = String(localConnectIP ?? '').split(',');
  const ends = texts.map((text) => {
    const [address = '', length = ''] = text.trim().split('/');
    const [own, block] = [readAddress(address), readPrefix(text.trim())];
    return own === undefined || block === undefined || length === ''
      ? undefined
      : { family: own.family, network: `${formatAddress(own)}/${block.length}` };
  });
  const known = ends.flatMap((end) => end ?? []);
  if (remoteVpc === '') bad('remoteVpc', '', { what: 'is empty', hint: 'name the Vpc at the other end' });
  if (remoteVpc !== '' && remoteVpc === own) bad('remoteVpc', remoteVpc, { what: 'is this Vpc itself', hint: 'name another one' });
  if (known.length < ends.length || new Set(known.map(({ family }) => family)).size < known.length) {
    return bad('localConnectIP', localConnectIP, {
      what: 'is no address with its prefix length',
      hint: 'write one such as 169.254.0.1/30, or one of each family, separated by a comma',
    });
  }
  return remoteVpc === '' || remoteVpc === own ? undefined : { remote: remoteVpc, networks: known.map(({ network }) => network) };
}

function addressOf(text: unknown): Address | undefined {
  return typeof text === 'string' ? readAddress(text.trim()) : undefined;
}

/** Host bits are masked off: OVN refuses them. */
function blockOf(text: unknown): { readonly family: 4 | 6; readonly prefix: string } | undefined {
  if (typeof text !== 'string') return undefined;
  const address = readAddress(text.trim());
  const prefix = address === undefined ? readPrefix(text.trim()) : prefixAround(address, address.family === 4 ? 32 : 128);
  return prefix === undefined ? undefined : { family: prefix.family, prefix: formatPrefix(prefix) };
}

function isTableName(text: unknown): boolean {
  return typeof text === 'string' && /^[\w.-]{0,63}$/.test(text);
}

function* repeated<T>(items: readonly T[], keyOf: (item: T) => string): Iterable<{ readonly index: number; readonly earlier: number }> {
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const earlier = seen.get(keyOf(item));
    if (earlier === undefined) seen.set(keyOf(item), index);
    else yield { index, earlier };
  }
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
