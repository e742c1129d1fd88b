/**
 * kubeovn.io/v1 SecurityGroup → the policies that it is: one for each rule, and what its members are left with after all rules.
 *
 * What cannot be read fails closed: a rule that allows is left out, any other one denies all of its family.
 * @source Kube-OVN, SecurityGroup and Tiered Security Groups: lower tiers first, smaller priorities first; `pass` leads on to tier 1; a
 *   port with a group drops what no rule allows, but for traffic of the own group where allowSameGroupTraffic is set
 */
import { formatPrefix, readAddress, readPrefix } from '@kube-ovn/ipam';
import { membersOf } from '../group/traits.ts';
import type { Action, Direction, Peer, Policy, Port, Rule } from '../model.ts';
import type { SecurityGroupObject, SecurityGroupRule } from './objects.ts';
import { below, complain, type Field, listOf, type Read, readShaped, type Report } from './report.ts';

/** Priorities that come after those of rules, which end at 16384. */
const after = { sameGroup: 16_385, rest: 16_386, nextTier: 16_387 };

/**
 * The group of interfaces that name none, where it is there and they are in another Vpc than the default one.
 * @source Kube-OVN, default-securitygroup
 */
export const defaultSecurityGroup = 'default-securitygroup';

/** The groups of an interface. @param hasDefault whether the default group is there, and for interfaces of its Vpc */
export function groupsInEffect(named: readonly string[], hasDefault: boolean): readonly string[] {
  return named.length === 0 && hasDefault ? [defaultSecurityGroup] : named;
}

/** Read a SecurityGroup. Never throws. */
export function readSecurityGroup(object: SecurityGroupObject): Read<readonly Policy[]> {
  const { metadata } = object;
  const closed = (): readonly Policy[] => readSpec({ metadata }).value;
  return readShaped(`SecurityGroup ${metadata.name}`, object.spec, { read: () => readSpec(object), closed });
}

/** What a group that pods name, but that is not there, stands for: it comes after all groups that are, and allows nothing. */
export function missingSecurityGroup(name: string): readonly Policy[] {
  return readSecurityGroup({ metadata: { name }, spec: { tier: 1 } }).value;
}

function readSpec({ metadata: { name }, spec = {} }: SecurityGroupObject): Read<readonly Policy[]> {
  const report: Report = { object: `SecurityGroup ${name}`, problems: [] };
  const root: Field = { report, path: 'spec' };
  const tier = readTier(below(root, 'tier'), spec.tier);
  const common = { kind: 'SecurityGroup', name, tier, subject: membersOf(name), isolates: [], enforcement: 'standard' } as const;
  const part = (text: string, priority: number, rules: Pick<Policy, Direction>): Policy => ({ ...common, part: text, priority, ...rules });
  const both = (rule: Rule): Pick<Policy, Direction> => ({ ingress: [rule], egress: [rule] });
  const ruled = (direction: Direction): Policy[] => {
    const field = below(root, `${direction}Rules`);
    return listOf(field, spec[`${direction}Rules`]).flatMap((rule, index) => {
      const read = readRule(below(field, index), rule, tier);
      if (read === undefined) return [];
      const rules = { ingress: [], egress: [], [direction]: [read.rule] };
      return [part(`${direction}/${index}`, read.priority, rules)];
    });
  };
  const same: Rule = { action: 'allow', peers: [{ kind: 'pods', set: membersOf(name) }], ports: 'any' };
  const value = [
    ...ruled('ingress'),
    ...ruled('egress'),
    ...(spec.allowSameGroupTraffic === true ? [part('same', after.sameGroup, both(same))] : []),
    part('rest', after.rest, both({ action: 'deny', peers: 'any', ports: 'any' })),
  ];
  // Members of tier 1 alone are asked there, not by what comes after tier 0.
  const skip: Policy = { ...part('tier', after.nextTier, both({ action: 'pass', peers: 'any', ports: 'any' })), tier: 'securityGroup' };
  // What tier 0 passes and tier 1 does not allow is denied all the same.
  const passed: Policy = {
    ...part('passed', after.rest, both({ action: 'deny', peers: 'any', ports: 'any' })),
    tier: 'lowerSecurityGroup',
  };
  const last = tier === 'lowerSecurityGroup' ? [skip] : value.some(passes) ? [passed] : [];
  return { value: [...value, ...last], problems: report.problems };
}

function passes({ ingress, egress }: Policy): boolean {
  return [...ingress, ...egress].some(({ action }) => action === 'pass');
}

function readTier(field: Field, tier: number | undefined): 'securityGroup' | 'lowerSecurityGroup' {
  if (tier === 1) return 'lowerSecurityGroup';
  if (tier !== undefined && tier !== 0) complain(field, tier, 'write 0 or 1');
  return 'securityGroup';
}

interface ReadRule {
  readonly rule: Rule;
  readonly priority: number;
}

function readRule(field: Field, rule: SecurityGroupRule, tier: Policy['tier']): ReadRule | undefined {
  const known = field.report.problems.length;
  const family = readFamily(below(field, 'ipVersion'), rule.ipVersion);
  const priority = readPriority(below(field, 'priority'), rule.priority);
  const action = readAction(below(field, 'policy'), rule.policy, tier);
  const peers = readRemote(field, rule, family);
  const ports = readPorts(field, rule);
  const near = readNear(field, rule, family);
  if (field.report.problems.length === known) return { rule: { action, peers, ports, ...near }, priority };
  return action === 'allow'
    ? undefined
    : { rule: { action: 'deny', peers: [{ kind: 'block', cidr: everywhere[family], except: [] }], ports: 'any' }, priority };
}

const everywhere = { 4: '0.0.0.0/0', 6: '::/0' } as const;

function readFamily(field: Field, version: string | undefined): 4 | 6 {
  if (version !== 'ipv4' && version !== 'ipv6') complain(field, version, 'write ipv4 or ipv6');
  return version === 'ipv6' ? 6 : 4;
}

function readPriority(field: Field, priority: number | undefined): number {
  if (priority !== undefined && Number.isInteger(priority) && priority >= 1 && priority < after.sameGroup) return priority;
  complain(field, priority, 'write a number from 1, which comes first, to 16384');
  return 1;
}

function readAction(field: Field, policy: string | undefined, tier: Policy['tier']): Action {
  if (policy === 'allow') return 'allow';
  if (policy === 'pass' && tier === 'securityGroup') return 'pass';
  if (policy !== 'drop') complain(field, policy, 'write allow, drop or, in tier 0, pass');
  return 'deny';
}

function readRemote(field: Field, rule: SecurityGroupRule, family: 4 | 6): readonly Peer[] {
  if (rule.remoteType === 'securityGroup') {
    if (typeof rule.remoteSecurityGroup === 'string') return [{ kind: 'pods', set: membersOf(rule.remoteSecurityGroup), family }];
    complain(below(field, 'remoteSecurityGroup'), rule.remoteSecurityGroup, 'name a SecurityGroup');
    return [];
  }
  const cidr = isStated(rule.remoteAddress) ? readEnd(below(field, 'remoteAddress'), rule.remoteAddress, family) : everywhere[family];
  return cidr === undefined ? [] : [{ kind: 'block', cidr, except: [] }];
}

/** An address or a block of the rule's family, as a block. */
function readEnd(field: Field, text: string, family: 4 | 6): string | undefined {
  const address = readAddress(text);
  const prefix = address === undefined ? readPrefix(text) : readPrefix(`${text}/${family === 4 ? 32 : 128}`);
  return prefix?.family === family ? formatPrefix(prefix) : complain(field, text, `write an address or a block of IPv${family}`);
}

function isStated(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** @source Kube-OVN SecurityGroup: the source port range is looked at where localAddress is set */
function readNear(field: Field, rule: SecurityGroupRule, family: 4 | 6): Pick<Rule, 'local' | 'sourcePorts'> {
  const { localAddress, protocol, sourcePortRangeMin: min, sourcePortRangeMax: max } = rule;
  if (!isStated(localAddress)) {
    const hint = 'set localAddress as well, to a block of all addresses if need be: without it source ports are not looked at';
    if (min !== undefined || max !== undefined) complain(below(field, 'sourcePortRangeMin'), `${min ?? ''}-${max ?? ''}`, hint);
    return {};
  }
  const local = readEnd(below(field, 'localAddress'), localAddress, family);
  const sourcePorts = protocol === 'tcp' || protocol === 'udp' ? readRange(below(field, 'sourcePortRangeMin'), min, max) : undefined;
  return { ...(local && { local }), ...(sourcePorts && { sourcePorts }) };
}

function readPorts(field: Field, { protocol = 'all', portRangeMin, portRangeMax }: SecurityGroupRule): 'any' | readonly Port[] {
  if (protocol === 'all') return 'any';
  if (protocol === 'icmp') return [{ kind: 'icmp' }];
  if (protocol !== 'tcp' && protocol !== 'udp') {
    complain(below(field, 'protocol'), protocol, 'write all, icmp, tcp or udp');
    return [];
  }
  const name = protocol === 'tcp' ? 'TCP' : 'UDP';
  const range = readRange(below(field, 'portRangeMin'), portRangeMin, portRangeMax);
  return [range === undefined ? { kind: 'protocol', protocol: name } : { kind: 'range', protocol: name, ...range }];
}

/** Both ends, or none. */
function readRange(field: Field, first: number | undefined, last: number | undefined): Rule['sourcePorts'] {
  if (first === undefined && last === undefined) return undefined;
  const isPort = (port: number | undefined): port is number => port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535;
  if (isPort(first) && isPort(last) && first <= last) return { first, last };
  return complain(field, `${first ?? ''}-${last ?? ''}`, 'write a range of ports from 1 to 65535, with both of its ends');
}
