/**
 * policy.networking.k8s.io: AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1), ClusterNetworkPolicy (v1alpha2) → Policy.
 *
 * What cannot be read fails closed as the API says: a rule that accepts then matches nothing, one that denies or passes becomes one
 * that denies everything.
 * @source v1alpha2 ClusterNetworkPolicyIngressPeer: "For 'Deny' and 'Pass' rules, 'fail closed' means: 'treat the rule as a Deny all rule'"
 */
import type { Action, Direction, Peer, Policy, PodSet, Port, Rule } from '../model.ts';
import { selectorOf } from '../select/selector.ts';
import { readCidr } from './network-policy.ts';
import type { AdminNetworkPolicyObject, AdminPeer, AdminRule, ClusterNetworkPolicyObject, ClusterRule } from './objects.ts';
import { readAdminPort, readClusterProtocol } from './ports.ts';
import { below, complain, type Field, listOf, type Read, readShaped, type Report } from './report.ts';
import { readPodSet, readSelector } from './selectors.ts';

/** Read an AdminNetworkPolicy. Never throws. */
export function readAdminNetworkPolicy(object: AdminNetworkPolicyObject): Read<Policy> {
  return readPolicy(object, { kind: 'AdminNetworkPolicy', tier: 'admin', priority: object.spec?.priority });
}

/** Read a BaselineAdminNetworkPolicy: it is judged after ClusterNetworkPolicies of the tier. Never throws. */
export function readBaselineAdminNetworkPolicy(object: AdminNetworkPolicyObject): Read<Policy> {
  return readPolicy(object, { kind: 'BaselineAdminNetworkPolicy', tier: 'baseline', priority: maxPriority + 1 });
}

/** Read a ClusterNetworkPolicy. Never throws. */
export function readClusterNetworkPolicy(object: ClusterNetworkPolicyObject): Read<Policy> {
  const tier = object.spec?.tier === 'Baseline' ? 'baseline' : 'admin';
  return readPolicy(object, { kind: 'ClusterNetworkPolicy', tier, priority: object.spec?.priority });
}

const maxPriority = 1000;

type Kind = Pick<Policy, 'kind' | 'tier'> & { readonly priority: number | undefined };

/** Without a subject that can be read there is nobody to close. */
function readPolicy(object: AdminNetworkPolicyObject | ClusterNetworkPolicyObject, own: Kind): Read<Policy> {
  const { name } = object.metadata;
  const common = { isolates: [], enforcement: 'standard', ingress: [], egress: [] } as const;
  const closed = (): Policy => ({ kind: own.kind, name, tier: own.tier, priority: maxPriority, subject: nobody, ...common });
  return readShaped(`${own.kind} ${name}`, object.spec, { read: () => readSpec(object, own), closed });
}

function readSpec(object: AdminNetworkPolicyObject | ClusterNetworkPolicyObject, { kind, tier, priority }: Kind): Read<Policy> {
  const { metadata, spec = {} } = object;
  const report: Report = { object: `${kind} ${metadata.name}`, problems: [] };
  const root: Field = { report, path: 'spec' };
  const isValid = kind === 'BaselineAdminNetworkPolicy' || isPriority(priority);
  if (!isValid) complain(below(root, 'priority'), priority, `write a number from 0 to ${maxPriority}`);
  const subject = readSubject(below(root, 'subject'), spec.subject);
  const value: Policy = {
    kind,
    name: metadata.name,
    tier,
    priority: isValid ? (priority ?? maxPriority) : maxPriority,
    subject,
    isolates: [],
    enforcement: 'standard',
    ingress: readRules(root, spec.ingress, 'ingress'),
    egress: readRules(root, spec.egress, 'egress'),
  };
  return { value, problems: report.problems };
}

/** Selects no pod: a label cannot be there and not be there. */
const nobody: PodSet = {
  namespaces: { kind: 'labels', selector: selectorOf([]) },
  pods: selectorOf([
    { key: 'none', operator: 'Exists', values: [] },
    { key: 'none', operator: 'DoesNotExist', values: [] },
  ]),
};

function readSubject(field: Field, subject: AdminPeer | undefined): PodSet {
  const set = subject === undefined ? undefined : readPods(field, subject);
  if (set === undefined && subject?.pods === undefined && subject?.namespaces === undefined)
    complain(field, subject, 'set namespaces or pods');
  return set ?? nobody;
}

function readPods(field: Field, { namespaces, pods }: AdminPeer): PodSet | undefined {
  if (namespaces !== undefined) return readPodSet(field, { namespaceSelector: namespaces }, undefined);
  return pods === undefined ? undefined : readPodSet(below(field, 'pods'), pods, undefined);
}

function readRules(root: Field, rules: readonly (AdminRule | ClusterRule)[] | undefined, direction: Direction): Rule[] {
  const field = below(root, direction);
  return listOf(field, rules).map((rule, index) => readRule(below(field, index), rule, direction));
}

function readRule(field: Field, rule: AdminRule | ClusterRule, direction: Direction): Rule {
  const known = field.report.problems.length;
  const action = readAction(below(field, 'action'), rule.action);
  const peerField = below(field, direction === 'ingress' ? 'from' : 'to');
  const peers = listOf(peerField, direction === 'ingress' ? rule.from : rule.to).flatMap((peer, index) =>
    readPeer(below(peerField, index), peer),
  );
  const ports = readPorts(field, rule);
  const name = rule.name === undefined ? {} : { name: rule.name };
  const isBad = field.report.problems.slice(known).some(({ code }) => code === 'POLICY_BAD_FIELD');
  if (!isBad) return { action, peers, ports, ...name };
  return action === 'allow' ? { action, peers: [], ports, ...name } : { action: 'deny', peers: 'any', ports: 'any', ...name };
}

function readAction(field: Field, action: string | undefined): Action {
  if (action === 'Allow' || action === 'Accept') return 'allow';
  if (action === 'Deny') return 'deny';
  if (action !== 'Pass') complain(field, action, 'write Accept (v1alpha1: Allow), Deny or Pass');
  return 'pass';
}

function readPorts(field: Field, rule: AdminRule | ClusterRule): Rule['ports'] {
  const [name, items, read]: readonly [string, readonly object[] | undefined, (at: Field, item: object) => Port | undefined] =
    'protocols' in rule
      ? ['protocols', rule.protocols, readClusterProtocol]
      : ['ports', 'ports' in rule ? rule.ports : undefined, readAdminPort];
  const at = below(field, name);
  const list = listOf(at, items);
  if (list.length === 0) return 'any';
  return list.flatMap((item, index) => {
    const port = read(below(at, index), item);
    return port === undefined ? [] : [port];
  });
}

function readPeer(field: Field, peer: AdminPeer): Peer[] {
  if (peer.networks !== undefined) {
    const at = below(field, 'networks');
    return listOf(at, peer.networks).flatMap((text, index): Peer[] => {
      const cidr = readCidr(below(at, index), text);
      return cidr === undefined ? [] : [{ kind: 'block', cidr, except: [] }];
    });
  }
  if (peer.nodes !== undefined) {
    const selector = readSelector(below(field, 'nodes'), peer.nodes);
    return selector === undefined ? [] : [{ kind: 'nodes', selector }];
  }
  if (peer.domainNames !== undefined) {
    complain(below(field, 'domainNames'), peer.domainNames, 'name networks: domain names match nothing yet', 'POLICY_UNSUPPORTED');
    return [];
  }
  if (peer.namespaces === undefined && peer.pods === undefined) {
    complain(field, peer, 'set one of namespaces, pods, nodes, networks');
    return [];
  }
  const set = readPods(field, peer);
  return set === undefined ? [] : [{ kind: 'pods', set }];
}

function isPriority(priority: number | undefined): boolean {
  return priority !== undefined && Number.isInteger(priority) && priority >= 0 && priority <= maxPriority;
}
