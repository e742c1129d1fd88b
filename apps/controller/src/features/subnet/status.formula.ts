/**
 * Subnet → its status: whether it is in force, and how many of its addresses are in use. Counters and ranges follow from the
 * allocations, never from counting up and down.
 */
import { type Condition, type Problem, type Subnet, type SubnetStatus } from '@kube-ovn/api';
import type { SubnetUsage } from '@kube-ovn/ipam';
import type { HeldLease } from '../../effects/demand.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';
import { fnv64 } from '../fnv.ts';
import { ipText } from '../lease.ts';
import { problemsText } from '../problems-text.ts';

export interface SubnetFacts {
  readonly problems: readonly Problem[];
  /** The Subnet in force, if any. */
  readonly input: SubnetInput | undefined;
  readonly isSwitchSeen: boolean;
  readonly usage: SubnetUsage | undefined;
  /** Address by which it is joined to its Vpc beside its gateway. */
  readonly junction: HeldLease | undefined;
}

/** Status of one Subnet. @source Kube-OVN Subnet.status; all fields are always there */
export function subnetStatus(subnet: Subnet, facts: SubnetFacts): SubnetStatus {
  const { v4, v6 } = facts.usage ?? {};
  const known = subnet.status;
  return {
    conditions: conditionsOf(subnet, facts),
    v4availableIPs: v4?.available ?? 0,
    v4availableIPrange: v4?.availableRange ?? '',
    v4usingIPs: v4?.using ?? 0,
    v4usingIPrange: v4?.usingRange ?? '',
    v6availableIPs: v6?.available ?? 0,
    v6availableIPrange: v6?.availableRange ?? '',
    v6usingIPs: v6?.using ?? 0,
    v6usingIPrange: v6?.usingRange ?? '',
    dhcpV4OptionsUUID: known?.dhcpV4OptionsUUID ?? '',
    dhcpV6OptionsUUID: known?.dhcpV6OptionsUUID ?? '',
    u2oInterconnectionIP: facts.junction === undefined ? '' : ipText(facts.junction),
    u2oInterconnectionMAC: facts.junction?.mac ?? '',
    u2oInterconnectionVPC: facts.junction === undefined ? '' : (facts.input?.vpc ?? ''),
    natOutgoingPolicyRules: facts.input === undefined ? (known?.natOutgoingPolicyRules ?? []) : namedRules(facts.input),
    mcastQuerierIP: known?.mcastQuerierIP ?? '',
    mcastQuerierMAC: known?.mcastQuerierMAC ?? '',
  };
}

/** Each with an id that follows from what it says. @source Kube-OVN Subnet.status.natOutgoingPolicyRules[].ruleID: 12 characters */
function namedRules({ natOutgoingPolicyRules }: SubnetInput): NonNullable<SubnetStatus['natOutgoingPolicyRules']> {
  return natOutgoingPolicyRules.map((rule, index) => {
    const ruleID = fnv64(JSON.stringify([index, rule.match?.srcIPs, rule.match?.dstIPs, rule.action]))
      .toString(16)
      .padStart(16, '0');
    return { ruleID: ruleID.slice(4), ...rule };
  });
}

/** Conditions that are known; times are the sink's. @source Kube-OVN, reasons of Subnet conditions */
function conditionsOf(subnet: Subnet, facts: SubnetFacts): readonly Condition[] {
  const condition = (type: 'Validated' | 'Ready', status: 'True' | 'False', reason: string): Condition => ({
    type,
    status,
    reason,
    message: status === 'True' ? '' : problemsText(facts.problems),
    observedGeneration: subnet.metadata.generation ?? 0,
  });
  if (facts.problems.length > 0) {
    const refused = condition('Validated', 'False', 'ValidateLogicalSwitchFailed');
    return facts.input === undefined ? [refused, condition('Ready', 'False', 'ValidateLogicalSwitchFailed')] : [refused];
  }
  const validated = condition('Validated', 'True', 'ValidateLogicalSwitchSuccess');
  if (facts.input?.isOvn === false) return [validated, condition('Ready', 'True', 'SetNonOvnSubnetSuccess')];
  return facts.isSwitchSeen ? [validated, condition('Ready', 'True', 'ResetLogicalSwitchAclSuccess')] : [validated];
}
