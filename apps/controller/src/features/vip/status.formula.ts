/** Vip → what is written to it, and what its user is told: whether it has its addresses, and why not. */
import { FINALIZER, ipLabels, OLD_FINALIZER, type Problem, type Vip } from '@kube-ovn/api';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { HeldLease } from '../../effects/demand.ts';
import type { Refusal } from '../../effects/waiting.ts';
import { changedFields, type VipInput, vipReady } from '../../inputs/vip.ts';
import type { Notice } from '../feature.ts';
import { isToldKept } from '../kept.ts';
import { problemsText } from '../problems-text.ts';

export interface VipProgress {
  readonly problems: readonly Problem[];
  readonly lease: HeldLease | undefined;
  readonly refusal: Refusal | undefined;
  /** Port that has its addresses. */
  readonly taker: string | undefined;
}

interface VipCondition {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Undefined while the answer is on its way. */
function conditionOf({ problems, lease, refusal }: VipProgress): VipCondition | undefined {
  if (lease !== undefined) return { status: 'True', reason: 'AddressAllocated', message: '' };
  if (problems.length > 0) return { status: 'False', reason: 'ValidateVipFailed', message: problemsText(problems) };
  return refusal === undefined ? undefined : { status: 'False', reason: 'AcquireAddressFailed', message: refusal.message };
}

/**
 * The patch of one Vip. Addresses and Subnet can not be changed once they are given: an edit is put back.
 *
 * The condition names no generation: without a status subresource each write of the status is a new one.
 */
export function vipPatch(object: Vip, progress: VipProgress): ObjectPatch | undefined {
  const { lease, taker } = progress;
  if (object.metadata.deletionTimestamp !== undefined) {
    // The journal lets it go.
    return taker === undefined ? undefined : { status: { conditions: [{ ...kept, message: keptText(object.metadata.name, taker) }] } };
  }
  const condition = conditionOf(progress);
  const finalizers = { [FINALIZER]: true, [OLD_FINALIZER]: false };
  const status = {
    ...(lease === undefined
      ? {}
      : { v4ip: lease.v4 ?? '', v6ip: lease.v6 ?? '', mac: lease.mac, type: object.spec.type ?? '', selector: object.spec.selector ?? [] }),
    ...(condition === undefined ? {} : { conditions: [{ type: vipReady, ...condition }] }),
  };
  const labels = { [ipLabels.reserved]: taker === undefined ? null : 'true' };
  if (lease === undefined) return { finalizers, labels, status };
  return {
    finalizers,
    labels,
    spec: { subnet: lease.subnet, v4ip: lease.v4 ?? '', v6ip: lease.v6 ?? '', macAddress: lease.mac },
    status,
  };
}

const kept = { type: 'InUse', status: 'True', reason: 'AddressesInUse' } as const;

function keptText(name: string, taker: string): string {
  return `Vip ${name} is kept: ${taker} has its addresses; delete that pod`;
}

/** Told when the condition does not say it yet. @source Kube-OVN event reason AcquireAddressFailed */
export function vipNotice(object: Vip, vip: VipInput, progress: VipProgress): Notice | undefined {
  const warning = { kind: 'vip' as const, key: vip.name, type: 'Warning' as const };
  const { lease, taker } = progress;
  if (vip.isTerminating) {
    const isNews = taker !== undefined && !isToldKept(object.status?.conditions);
    return isNews ? { ...warning, reason: 'VipInUse', message: keptText(vip.name, taker) } : undefined;
  }
  const changed = lease === undefined ? [] : changedFields(object, lease);
  if (changed.length > 0) {
    const message = `Vip ${vip.name}: ${changed.join(', ')} can not be changed once it has its addresses, and is put back; delete the Vip and make another`;
    return { ...warning, reason: 'VipImmutable', message };
  }
  const condition = conditionOf(progress);
  if (condition?.status !== 'False' || condition.message === vip.told) return undefined;
  return { ...warning, reason: condition.reason, message: condition.message };
}
