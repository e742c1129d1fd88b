/**
 * Policy → ACLs: one per rule, whatever its ports, ranges, peers and families are. A rule that names ports has one more for each
 * number that some of its subjects, and not all, give a name.
 */
import { and, eq, or, portGroup, symbol } from '@kube-ovn/ovn-model';
import { type Group, groupOf, literalOf } from '../group/group.ts';
import { type Direction, type Policy, policyKey, type PolicyKind, type Rule } from '../model.ts';
import { problem, type Problem } from '../problem.ts';
import { type Remainder, termsMatch } from './match.ts';
import type { PolicyPlaces } from './places.ts';
import { everyTraffic } from './protocols.ts';
import { type Acl, aclOf, type Log } from './rows.ts';
import { namesUsed, type NameUse, ruleTerms, type Surroundings } from './rule-terms.ts';
import { anyone, type Term, withoutTerms } from './term.ts';
import { type Place, placeOf } from './tiers.ts';

/** What rules of policies ahead of others pass. */
export type Passed = Readonly<Record<Direction, readonly Term[]>>;

/** What a policy is compiled with. */
export interface CompileOptions {
  readonly surroundings: Surroundings;
  readonly hasTiers: boolean;
  /** Of a policy outside of the tier `default`. */
  readonly places?: PolicyPlaces | undefined;
  /** What policies of its tier ahead of this one pass; of use without tiers alone, where nothing else can say `pass`. */
  readonly passed?: Passed | undefined;
}

/** An ACL, and the rule that it comes from. */
export interface RuleAcl {
  readonly acl: Acl;
  /** Place in the policy's list; undefined for what the policy does besides its rules. */
  readonly rule: number | undefined;
  /** What it matches. */
  readonly terms: readonly Term[];
}

export interface Compiled {
  readonly acls: readonly RuleAcl[];
  readonly groups: readonly Group[];
  readonly remainders: readonly Remainder[];
  /** What was passed before, and what this policy passes. */
  readonly passed: Passed;
  readonly problems: readonly Problem[];
}

const directions = ['ingress', 'egress'] as const;

const nothingPassed: Passed = { ingress: [], egress: [] };

const kindWords: Readonly<Record<PolicyKind, string>> = {
  NetworkPolicy: 'np',
  AdminNetworkPolicy: 'anp',
  BaselineAdminNetworkPolicy: 'banp',
  ClusterNetworkPolicy: 'cnp',
  SecurityGroup: 'sg',
  Subnet: 'subnet',
};

/** A compilation that is going on. */
interface Work {
  readonly policy: Policy;
  readonly options: CompileOptions;
  readonly acls: RuleAcl[];
  readonly groups: Map<string, Group>;
  readonly remainders: Map<string, Remainder>;
  readonly passed: Record<Direction, readonly Term[]>;
  readonly problems: Problem[];
}

/** Compile a policy. @complexity in proportion to its rules, their peers and ports, and the numbers behind their named ports */
export function compilePolicy(policy: Policy, options: CompileOptions): Compiled {
  const passed = { ...(options.passed ?? nothingPassed) };
  const work: Work = { policy, options, acls: [], groups: new Map(), remainders: new Map(), passed, problems: [] };
  for (const direction of directions) {
    for (const index of policy[direction].keys()) compileRule(work, direction, index);
    closeDirection(work, direction);
  }
  const { acls, groups, remainders, problems } = work;
  // Copies have room for exactly what is in them, and most policies have one rule.
  return { acls: [...acls], groups: [...groups.values()], remainders: [...remainders.values()], passed, problems };
}

/** The names of ports that a policy depends on. */
export function policyNames(policy: Policy): NameUse[] {
  return directions.flatMap((direction) => policy[direction].flatMap((rule) => namesUsed({ subject: policy.subject, direction, rule })));
}

/** What people call a rule: in the database, and in log records. */
export function ruleName(policy: Policy, direction: Direction, rule: number | undefined): string {
  const name = [kindWords[policy.kind], policy.namespace, policy.name, policy.part].filter((word) => word !== undefined).join('/');
  if (policy.part !== undefined) return name;
  return rule === undefined ? `${name}/${direction}` : `${name}/${direction}/${rule}`;
}

function compileRule(work: Work, direction: Direction, index: number): void {
  const { policy, options, passed } = work;
  const rule = policy[direction][index];
  if (rule === undefined) return;
  const place = rulePlace(work, { direction, index, rule });
  if (place === undefined) return;
  const terms = ruleTerms({ subject: policy.subject, direction, rule }, options.surroundings);
  const isSubtracted = rule.action === 'pass' && policy.tier !== 'baseline' && !options.hasTiers;
  const left = passed[direction].length === 0 ? terms : withoutPassed(work, { direction, index, terms });
  if (isSubtracted) passed[direction] = [...passed[direction], ...terms];
  if (isSubtracted || left.length === 0) return;
  const compiled = termsMatch(left, { direction, networks: policy.networks });
  for (const group of compiled.groups) work.groups.set(group.name, group);
  for (const remainder of compiled.remainders) work.remainders.set(remainder.name, remainder);
  for (const { subject, match, terms: own } of compiled.subjects) {
    const acl = aclOf({
      key: `${policyKey(policy)}/${direction}/${index}`,
      holder: subject.name,
      direction,
      place,
      action: actionOf(policy, rule),
      match,
      ...logOf(policy, rule, { direction, index }),
    });
    work.acls.push({ acl, rule: index, terms: own });
  }
}

function rulePlace(
  { policy, options }: Work,
  { direction, index, rule }: { readonly direction: Direction; readonly index: number; readonly rule: Rule },
): Place | undefined {
  if (policy.tier === 'default') return placeOf('allowed', options.hasTiers);
  if (policy.tier === 'subnet') return placeOf(rule.action === 'allow' ? 'insideSubnet' : 'privateSubnet', options.hasTiers);
  return options.places?.[direction][index];
}

/** A rule that falls into too many pieces fails closed: one that denies takes what was passed as well, one that allows is left out. */
function withoutPassed(
  { policy, passed, problems }: Work,
  { direction, index, terms }: { readonly direction: Direction; readonly index: number; readonly terms: readonly Term[] },
): readonly Term[] {
  const left = withoutTerms(terms, passed[direction]);
  if (left !== undefined) return left;
  problems.push(
    problem({
      code: 'POLICY_TOO_MANY_RULES',
      object: `${policy.kind} ${policy.name}`,
      field: `spec.${direction}[${index}]`,
      value: policy[direction][index]?.name ?? '',
      hint: 'this OVN has no tiers, and the rules that pass before this one cut it into too many pieces: merge those, or update OVN',
    }),
  );
  return policy[direction][index]?.action === 'allow' ? [] : terms;
}

/** Besides its rules: what a policy logs as it drops, and what stands for rules that found no place. */
function closeDirection(work: Work, direction: Direction): void {
  const { policy, options } = work;
  const { logging } = policy;
  const closed = options.places?.closed[direction];
  if (closed !== undefined) addDrop(work, { direction, place: closed, isLax: false });
  if (logging?.drop !== true || !policy.isolates.includes(direction)) return;
  const log = { name: ruleName(policy, direction, undefined), rate: logging.rate };
  const place = placeOf('loggedIsolation', options.hasTiers);
  addDrop(work, { direction, place, isLax: policy.enforcement === 'lax', log });
}

interface Drop {
  readonly direction: Direction;
  readonly place: Place;
  readonly isLax: boolean;
  readonly log?: Log;
}

function addDrop({ policy, acls, groups }: Work, { direction, place, isLax, log }: Drop): void {
  const subject = groupOf([literalOf(policy.subject)], [], policy.networks);
  groups.set(subject.name, subject);
  const own = eq(direction === 'ingress' ? 'outport' : 'inport', portGroup(subject.name));
  const packets = isLax ? or(symbol('tcp'), symbol('udp'), symbol('sctp')) : symbol('ip');
  const acl = aclOf({
    key: `${policyKey(policy)}/${direction}`,
    holder: subject.name,
    direction,
    place,
    action: 'deny',
    match: and(own, packets),
    ...(log === undefined ? {} : { log }),
  });
  const traffic = isLax ? { ...everyTraffic, other: false } : everyTraffic;
  acls.push({ acl, rule: undefined, terms: [{ subject: { all: [literalOf(policy.subject)], none: [] }, peers: [anyone], traffic }] });
}

/** Nothing comes after the baseline: to pass there is to be allowed. */
function actionOf(policy: Policy, { action }: Rule): Rule['action'] {
  return action === 'pass' && policy.tier === 'baseline' ? 'allow' : action;
}

function logOf(policy: Policy, { action }: Rule, at: { readonly direction: Direction; readonly index: number }): { readonly log?: Log } {
  const { logging } = policy;
  const isLogged = action === 'allow' ? logging?.allow : action === 'deny' && logging?.drop;
  if (logging === undefined || isLogged !== true) return {};
  return { log: { name: ruleName(policy, at.direction, at.index), rate: logging.rate } };
}
