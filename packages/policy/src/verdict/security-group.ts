/** kubeovn.io/v1 SecurityGroup: rules for the pods that name the group. */
import { canonicalAddress } from '@kube-ovn/ipam';
import { hasOwnNetwork, inBlock, isAlive, podAddresses, usualSourcePort } from './flow.ts';
import { decided, type Judgement, type Question } from './judgement.ts';
import type { ClusterObjects, PodObject, SecurityGroupObject, SecurityGroupRuleObject, SubnetObject } from './objects.ts';

/**
 * The judgement of the groups of a pod; undefined when it names none. One that is not there allows nothing.
 *
 * @source Kube-OVN, SecurityGroup: "Rules in tier 0 are evaluated first. If a rule in tier 0 matches with policy: pass, ACL processing
 *   continues to tier 1"; "smaller values indicating higher priority"; a port with a group drops what no rule of it allows, in both
 *   tiers, but for traffic of the own group where allowSameGroupTraffic is set
 */
export function judgeBySecurityGroups(cluster: ClusterObjects, question: Question): Judgement | undefined {
  const named = namesOf(cluster, question.pod);
  if (named.length === 0) return undefined;
  const groups = cluster.securityGroups.filter(({ metadata }) => named.includes(metadata.name));
  for (const tier of [0, 1]) {
    const inTier = groups.filter(({ spec }) => (spec?.tier ?? 0) === tier);
    const first = inTier
      .flatMap((group) => rulesOf(group, question.direction).map((rule) => ({ group, rule })))
      .filter(({ rule }) => matchesRule(cluster, rule, question))
      .toSorted((a, b) => (a.rule.priority ?? 0) - (b.rule.priority ?? 0))[0];
    if (first?.rule.policy === 'pass' && tier === 0) continue;
    if (first !== undefined && first.rule.policy !== 'pass') {
      const action = first.rule.policy === 'allow' ? 'allow' : 'deny';
      return decided(action, `SecurityGroup ${first.group.metadata.name} ${question.direction} priority ${first.rule.priority}`);
    }
    const same = inTier.find(({ metadata, spec }) => spec?.allowSameGroupTraffic === true && isMember(cluster, metadata.name, question));
    if (same !== undefined) return decided('allow', `SecurityGroup ${same.metadata.name} allowSameGroupTraffic`);
    if (inTier.length > 0) break;
  }
  return decided('deny', `not allowed by SecurityGroup ${named.join(', ')}`);
}

/**
 * @source Kube-OVN, annotation security_groups of a pod: names, separated by commas; `default-securitygroup`, if it is there, is that of
 *   the ports of Vpcs other than the default one which have none
 */
function namesOf(cluster: ClusterObjects, pod: PodObject): readonly string[] {
  const names = (pod.metadata.annotations?.['ovn.kubernetes.io/security_groups'] ?? '').split(',').map((name) => name.trim());
  const named = names.filter((name) => name !== '');
  if (named.length > 0 || !cluster.securityGroups.some(({ metadata }) => metadata.name === 'default-securitygroup')) return named;
  const subnet = podAddresses(pod).flatMap((address) => cluster.subnets.find((one) => holds(one, address)) ?? [])[0];
  const vpc = subnet?.spec?.vpc ?? '';
  return vpc === '' || vpc === 'ovn-cluster' ? [] : ['default-securitygroup'];
}

function holds({ spec }: SubnetObject, address: string): boolean {
  const blocks = (spec?.cidrBlock ?? '').split(',').map((text) => text.trim());
  return blocks.some((block) => block !== '' && inBlock(block, address));
}

function rulesOf({ spec }: SecurityGroupObject, direction: 'ingress' | 'egress'): readonly SecurityGroupRuleObject[] {
  return (direction === 'ingress' ? spec?.ingressRules : spec?.egressRules) ?? [];
}

/** Whether the other end is a pod of the group: one that names it, whether or not the group is there. */
function isMember(cluster: ClusterObjects, group: string, { other }: Question): boolean {
  const { pod } = other;
  if (pod === undefined || !hasOwnNetwork(pod) || !isAlive(pod)) return false;
  return namesOf(cluster, pod).includes(group);
}

/**
 * @source Kube-OVN SecurityGroup.spec.ingressRules: ipVersion, protocol (all, icmp, tcp, udp), remoteAddress an address or block,
 *   remoteSecurityGroup, localAddress an address or block; portRangeMin and portRangeMax are destination ports; the source port range "only when
 *   localAddress set"
 */
function matchesRule(cluster: ClusterObjects, rule: SecurityGroupRuleObject, question: Question): boolean {
  const { flow, other, own } = question;
  if (flow.family !== (rule.ipVersion === 'ipv6' ? 6 : 4)) return false;
  if (rule.protocol !== undefined && rule.protocol !== 'all' && rule.protocol.toUpperCase() !== flow.protocol) return false;
  const isRemote =
    rule.remoteType === 'securityGroup'
      ? isMember(cluster, rule.remoteSecurityGroup ?? '', question)
      : isAt(rule.remoteAddress, other.address);
  if (!isRemote || (rule.localAddress !== undefined && !isAt(rule.localAddress, own.address))) return false;
  if (rule.protocol !== 'tcp' && rule.protocol !== 'udp') return true;
  const { portRangeMin: low, portRangeMax: high } = rule;
  if (low !== undefined && high !== undefined && !(low <= (flow.port ?? 0) && (flow.port ?? 0) <= high)) return false;
  const { sourcePortRangeMin: first, sourcePortRangeMax: last } = rule;
  if (rule.localAddress === undefined || first === undefined || last === undefined) return true;
  const from = flow.sourcePort ?? usualSourcePort;
  return first <= from && from <= last;
}

/** An address or a block; without one, anywhere. */
function isAt(text: string | undefined, address: string): boolean {
  if (text === undefined || text === '') return true;
  return text.includes('/') ? inBlock(text, address) : canonicalAddress(text) === address;
}
