/** OvnEip → what is written to it, and what its user is told. */
import { FINALIZER, OLD_FINALIZER, type OvnEip, type Problem } from '@kube-ovn/api';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { HeldLease } from '../../effects/demand.ts';
import type { Refusal } from '../../effects/waiting.ts';
import { changedEipFields, type EipInput } from '../../inputs/ovn-eip.ts';
import { immutableProblem } from '../../inputs/immutable.ts';
import type { Notice } from '../feature.ts';
import { isToldKept, keptCondition, someOf } from '../kept.ts';
import { problemsText } from '../problems-text.ts';

export interface EipProgress {
  readonly problems: readonly Problem[];
  readonly lease: HeldLease | undefined;
  readonly refusal: Refusal | undefined;
  /** What it serves: names of objects, for people. */
  readonly users: readonly string[];
  /** The same for machines. @source Kube-OVN OvnEip.status.nat: fip, snat, dnat */
  readonly uses: readonly string[];
}

interface Ready {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Undefined while the answer is on its way. */
function readyOf({ problems, lease, refusal }: EipProgress): Ready | undefined {
  if (lease !== undefined) return { status: 'True', reason: 'AddressAllocated', message: '' };
  if (problems.length > 0) return { status: 'False', reason: 'ValidateOvnEipFailed', message: problemsText(problems) };
  return refusal === undefined ? undefined : { status: 'False', reason: 'AcquireAddressFailed', message: refusal.message };
}

export function eipPatch(object: OvnEip, eip: EipInput, progress: EipProgress): ObjectPatch | undefined {
  const { lease, users, uses } = progress;
  const { metadata } = object;
  if (eip.isTerminating) {
    return users.length === 0 ? undefined : { status: { conditions: [keptCondition(metadata, keptText(eip.name, users))] } }; // the journal lets it go
  }
  const ready = readyOf(progress);
  const conditions = ready === undefined ? [] : [{ type: 'Ready', ...ready, observedGeneration: metadata.generation ?? 0 }];
  const finalizers = { [FINALIZER]: true, [OLD_FINALIZER]: false };
  const nat = uses.join(',');
  if (lease === undefined) return { finalizers, status: { ready: false, nat, ...(ready === undefined ? {} : { conditions }) } };
  const { subnet, v4 = '', v6 = '', mac } = lease;
  return {
    finalizers,
    spec: { externalSubnet: subnet, v4Ip: v4, v6Ip: v6, macAddress: mac, type: eip.type },
    status: { v4Ip: v4, v6Ip: v6, macAddress: mac, nat, type: eip.type, ready: true, conditions },
  };
}

export function eipNotice(object: OvnEip, eip: EipInput, progress: EipProgress): Notice | undefined {
  const warning = { kind: 'ovnEip' as const, key: eip.name, type: 'Warning' as const };
  if (eip.isTerminating) {
    const isNews = progress.users.length > 0 && !isToldKept(object.status?.conditions);
    return isNews ? { ...warning, reason: 'OvnEipInUse', message: keptText(eip.name, progress.users) } : undefined;
  }
  const changed = immutableProblem(`OvnEip ${eip.name}`, changedEipFields(object));
  if (changed !== undefined) return { ...warning, reason: 'OvnEipImmutable', message: changed.message };
  const ready = readyOf(progress);
  const said = object.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
  return ready?.status !== 'False' || ready.message === said ? undefined : { ...warning, reason: ready.reason, message: ready.message };
}

function keptText(name: string, users: readonly string[]): string {
  return `OvnEip ${name} is kept: ${someOf(users)} ${users.length === 1 ? 'uses' : 'use'} it; delete what uses it first`;
}
