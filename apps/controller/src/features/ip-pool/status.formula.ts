/** IPPool → its status: whether it is in force, and how many of its addresses are in use, as the allocations tell. */
import type { Condition, IPPool, IpPoolStatus, Problem } from '@kube-ovn/api';
import type { SubnetUsage } from '@kube-ovn/ipam';
import { problemsText } from '../problems-text.ts';

export interface IpPoolFacts {
  readonly problems: readonly Problem[];
  /** By its spec as it stands, or by the one accepted last. */
  readonly isInForce: boolean;
  readonly usage: SubnetUsage | undefined;
}

/** Status of one IPPool. @source Kube-OVN IPPool.status */
export function ipPoolStatus(pool: IPPool, facts: IpPoolFacts): IpPoolStatus {
  const { v4, v6 } = facts.usage ?? {};
  return {
    conditions: conditionsOf(pool, facts),
    v4AvailableIPs: v4?.available ?? 0,
    v4AvailableIPRange: v4?.availableRange ?? '',
    v4UsingIPs: v4?.using ?? 0,
    v4UsingIPRange: v4?.usingRange ?? '',
    v6AvailableIPs: v6?.available ?? 0,
    v6AvailableIPRange: v6?.availableRange ?? '',
    v6UsingIPs: v6?.using ?? 0,
    v6UsingIPRange: v6?.usingRange ?? '',
  };
}

/** @source Kube-OVN, reasons of IPPool conditions */
function conditionsOf(pool: IPPool, { problems, isInForce }: IpPoolFacts): readonly Condition[] {
  const isSound = problems.length === 0;
  const condition = (type: 'Validated' | 'Ready', holds: boolean): Condition => ({
    type,
    status: holds ? 'True' : 'False',
    reason: holds ? 'UpdateIPAMSucceeded' : 'UpdateIPAMFailed',
    message: holds ? '' : problemsText(problems),
    observedGeneration: pool.metadata.generation ?? 0,
  });
  return [condition('Validated', isSound), condition('Ready', isInForce)];
}
