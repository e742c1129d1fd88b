/** IP object that a user made → what its condition says: whether it has its addresses, and why not. */
import type { IP, Problem } from '@kube-ovn/api';
import type { ObjectPatch } from '@kube-ovn/kube';
import { isReserved } from '../../effects/ip-object.ts';
import type { Refusal } from '../../effects/waiting.ts';
import type { Notice } from '../feature.ts';
import { problemsText } from '../problems-text.ts';

/** Type of the condition. An addition to Kube-OVN's API. */
const ipReady = 'Ready';

export interface ReservationProgress {
  readonly problems: readonly Problem[];
  readonly isHeld: boolean;
  readonly refusal: Refusal | undefined;
}

interface IpCondition {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Whether there may be something to say of an object; not so of the journal's own. */
export function isOfInterest(ip: IP): boolean {
  return ip.metadata.deletionTimestamp === undefined && (isReserved(ip) || toldOf(ip) !== undefined);
}

/** Undefined while there is nothing to say: one that has its addresses at once never bears the condition. */
function conditionOf(ip: IP, { problems, isHeld, refusal }: ReservationProgress): IpCondition | undefined {
  if (problems.length > 0) return { status: 'False', reason: 'ValidateIPFailed', message: problemsText(problems) };
  if (isHeld) return toldOf(ip) === undefined ? undefined : { status: 'True', reason: 'AddressAllocated', message: '' };
  return refusal === undefined ? undefined : { status: 'False', reason: 'AcquireAddressFailed', message: refusal.message };
}

/** The patch of one object. */
export function reservationPatch(ip: IP, progress: ReservationProgress): ObjectPatch | undefined {
  const condition = conditionOf(ip, progress);
  return condition === undefined ? undefined : { status: { conditions: [{ type: ipReady, ...condition }] } };
}

/** Told when the condition does not say it yet. @source Kube-OVN event reason AcquireAddressFailed */
export function reservationNotice(ip: IP, progress: ReservationProgress): Notice | undefined {
  const condition = conditionOf(ip, progress);
  if (condition?.status !== 'False' || condition.message === toldOf(ip)) return undefined;
  return { kind: 'ip', key: ip.metadata.name, type: 'Warning', reason: condition.reason, message: condition.message };
}

/** What the condition says; undefined when there is none. */
function toldOf({ status }: IP): string | undefined {
  const told = status?.conditions?.find(({ type }) => type === ipReady);
  return told === undefined ? undefined : (told.message ?? '');
}
