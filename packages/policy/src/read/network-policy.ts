/**
 * networking.k8s.io/v1 NetworkPolicy → Policy.
 *
 * What cannot be read fails closed: a bad port or peer matches nothing, a bad podSelector selects every pod of the namespace and
 * lets nothing pass.
 */
import { formatPrefix, readPrefix } from '@kube-ovn/ipam';
import type { Direction, Peer, Policy, PodSet, Port, Rule } from '../model.ts';
import { everySelector } from '../select/selector.ts';
import { readLogging } from './logging.ts';
import type { NetworkPolicyObject, NetworkPolicyPeer, NetworkPolicyPort } from './objects.ts';
import { readPolicyPort } from './ports.ts';
import { below, complain, type Field, listOf, type Read, readShaped, type Report } from './report.ts';
import { readPodSet } from './selectors.ts';

/** Read a NetworkPolicy. Never throws. */
export function readNetworkPolicy(object: NetworkPolicyObject): Read<Policy> {
  const { name, namespace = 'default' } = object.metadata;
  const closed = (): Policy => ({
    kind: 'NetworkPolicy',
    namespace,
    name,
    tier: 'default',
    priority: 0,
    subject: wholeNamespace(namespace),
    isolates: ['ingress', 'egress'],
    enforcement: 'standard',
    ingress: [],
    egress: [],
  });
  return readShaped(`NetworkPolicy ${namespace}/${name}`, object.spec, { read: () => readPolicy(object), closed });
}

function readPolicy({ metadata, spec = {} }: NetworkPolicyObject): Read<Policy> {
  const { name, namespace = 'default', annotations = {} } = metadata;
  const report: Report = { object: `NetworkPolicy ${namespace}/${name}`, problems: [] };
  const root: Field = { report, path: 'spec' };
  const subject = readPodSet(root, { podSelector: spec.podSelector }, namespace);
  const isolates = readDirections(root, spec);
  const rules = (direction: Direction): Rule[] =>
    subject !== undefined && isolates.includes(direction) ? readRules(root, { spec, direction, namespace }) : [];
  const networks = annotations['ovn.kubernetes.io/network_policy_for'];
  const logging = readLogging(report, metadata);
  const value: Policy = {
    kind: 'NetworkPolicy',
    namespace,
    name,
    tier: 'default',
    priority: 0,
    subject: subject ?? wholeNamespace(namespace),
    ...(networks === undefined ? {} : { networks: [...new Set(networks.split(',').map((word) => word.trim()))].sort() }),
    isolates,
    enforcement: annotations['ovn.kubernetes.io/network_policy_enforcement'] === 'lax' ? 'lax' : 'standard',
    ingress: rules('ingress'),
    egress: rules('egress'),
    ...(logging === undefined ? {} : { logging }),
  };
  return { value, problems: report.problems };
}

function wholeNamespace(name: string): PodSet {
  return { namespaces: { kind: 'name', name }, pods: everySelector };
}

type Spec = NonNullable<NetworkPolicyObject['spec']>;

/** @source networking.k8s.io/v1 NetworkPolicySpec.policyTypes: without any, Ingress, and Egress where there are egress rules */
function readDirections(root: Field, { policyTypes, egress }: Spec): Direction[] {
  const field = below(root, 'policyTypes');
  const types = listOf(field, policyTypes);
  if (types.length === 0) return Array.isArray(egress) && egress.length > 0 ? ['ingress', 'egress'] : ['ingress'];
  const unknown = types.filter((type) => type !== 'Ingress' && type !== 'Egress');
  if (unknown.length > 0) complain(field, unknown.join(','), 'name Ingress, Egress or both');
  // Whoever names a type that we do not know wants to be closed in some way: both ways are the safe reading.
  if (unknown.length > 0) return ['ingress', 'egress'];
  return (['ingress', 'egress'] as const).filter((direction) => types.includes(direction === 'ingress' ? 'Ingress' : 'Egress'));
}

function readRules(
  root: Field,
  { spec, direction, namespace }: { readonly spec: Spec; readonly direction: Direction; readonly namespace: string },
): Rule[] {
  const field = below(root, direction);
  if (direction === 'ingress') {
    return listOf(field, spec.ingress).map(({ from, ports }, index) =>
      readRule(below(field, index), { peers: from, ports, end: 'from', namespace }),
    );
  }
  return listOf(field, spec.egress).map(({ to, ports }, index) =>
    readRule(below(field, index), { peers: to, ports, end: 'to', namespace }),
  );
}

interface RuleText {
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
  readonly ports: readonly NetworkPolicyPort[] | undefined;
  readonly end: 'from' | 'to';
  readonly namespace: string;
}

/** @source networking.k8s.io/v1 NetworkPolicyIngressRule: empty or missing from matches all sources, empty or missing ports all ports */
function readRule(field: Field, { peers, ports, end, namespace }: RuleText): Rule {
  const [peerField, portField] = [below(field, end), below(field, 'ports')];
  const peerList = listOf(peerField, peers);
  const portList = listOf(portField, ports);
  return {
    action: 'allow',
    peers: isAny(peers) ? 'any' : peerList.flatMap((peer, index): Peer[] => readPeer(below(peerField, index), peer, namespace) ?? []),
    ports: isAny(ports) ? 'any' : portList.flatMap((port, index): Port[] => some(readPolicyPort(below(portField, index), port))),
  };
}

/** Absent or empty; something else than a list is neither. */
function isAny(list: readonly unknown[] | null | undefined): boolean {
  return list === undefined || list === null || (Array.isArray(list) && list.length === 0);
}

function some<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function readPeer(field: Field, { ipBlock, ...selectors }: NetworkPolicyPeer, namespace: string): Peer[] | undefined {
  if (ipBlock !== undefined) {
    if (selectors.podSelector !== undefined || selectors.namespaceSelector !== undefined) {
      return complain(field, { ipBlock, ...selectors }, 'write ipBlock and the selectors as two peers');
    }
    return some(readBlock(below(field, 'ipBlock'), ipBlock));
  }
  if (selectors.podSelector === undefined && selectors.namespaceSelector === undefined) {
    return complain(field, selectors, 'set podSelector, namespaceSelector or ipBlock');
  }
  const set = readPodSet(field, selectors, namespace);
  return set === undefined ? undefined : [{ kind: 'pods', set }];
}

/** An exception that cannot be read takes the whole block with it: what it was to keep out is not known. */
function readBlock(field: Field, { cidr, except }: NonNullable<NetworkPolicyPeer['ipBlock']>): Peer | undefined {
  const block = readCidr(below(field, 'cidr'), cidr);
  const exceptField = below(field, 'except');
  const exceptions = listOf(exceptField, except).map((text, index) => readCidr(below(exceptField, index), text));
  if (block === undefined || exceptions.includes(undefined)) return undefined;
  return { kind: 'block', cidr: block, except: exceptions.flatMap(some).sort() };
}

/** A block in canonical form. */
export function readCidr(field: Field, text: string): string | undefined {
  const prefix = typeof text === 'string' ? readPrefix(text) : undefined;
  return prefix === undefined ? complain(field, text, 'write a block such as 10.16.0.0/16 or fd00::/64') : formatPrefix(prefix);
}
