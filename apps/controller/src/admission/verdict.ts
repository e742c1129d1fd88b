/**
 * A write → whether it is refused, and what its author is warned of. Pure: the problems are those that conditions and events tell of.
 *
 * Refused is what only its author can mend. Let through, with a warning, is
 * - what another object can mend that may come later: things are applied in any order;
 * - what is sound, and not supported in this version;
 * - a problem that the object had before: labels, finalizers and half of a repair can still be written;
 * - whatever the objects that the controller makes for itself would be told.
 * An object that is being deleted is let through as it is.
 */
import type { KubeObject, Problem } from '@kube-ovn/api';
import { isSamePlainData } from '@kube-ovn/dataflow';
import type { ProblemCode as PolicyProblemCode } from '@kube-ovn/policy';
import { problemsText } from '../features/problems-text.ts';
import type { ProblemCode } from '../inputs/problem.ts';
import type { Verdict, Write } from './review.ts';

/** Judges objects of one resource. */
export interface Judge {
  readonly problems: (object: KubeObject) => readonly Problem[];
  /** Problems that this write makes for other objects. */
  readonly consequences?: (object: KubeObject) => readonly Problem[];
  /** What is accepted and has no effect. */
  readonly unused: (object: KubeObject) => readonly string[];
}

const mendedByOthers: readonly ProblemCode[] = [
  'SUBNET_NO_VPC',
  'SUBNET_NAMESPACE_NOT_IN_VPC',
  'IPPOOL_NO_SUBNET',
  'IP_NO_SUBNET',
  'VIP_NO_SUBNET',
  'EIP_NO_SUBNET',
  'NAT_NO_EIP',
  'NAT_NO_TARGET',
  'NAT_NOT_JOINED',
  'NAT_SEVERAL_PORTS',
  'VPC_NO_SUBNET',
  'VPC_NO_PEER',
  'VPC_PEERING_MISMATCH',
  'POD_UNKNOWN_NETWORK',
  'POD_NO_SUBNET',
  'POD_SUBNET_REFUSED',
  'POD_NO_VIP',
];

const unsupported: readonly PolicyProblemCode[] = ['POLICY_UNSUPPORTED'];

const letThrough: ReadonlySet<string> = new Set([...mendedByOthers, ...unsupported]);

/** @param isOwn an object that the controller itself makes */
export function verdictOf({ object, before }: Write, judge: Judge, isOwn: boolean): Verdict {
  if (object.metadata.deletionTimestamp !== undefined || (before !== undefined && asksTheSame(object, before))) {
    return { refusal: undefined, warnings: [] };
  }
  const known = new Set(before === undefined ? [] : judge.problems(before).map(({ message }) => message));
  const problems = judge.problems(object);
  const isRefused = ({ code, message }: Problem): boolean => !isOwn && !letThrough.has(code) && !known.has(message);
  const refused = problems.filter(isRefused);
  const told = [...problems.filter((each) => !isRefused(each)), ...(judge.consequences?.(object) ?? [])];
  return {
    refusal: refused.length === 0 ? undefined : problemsText(refused),
    warnings: [...told.map(({ message }) => message), ...judge.unused(object)],
  };
}

/** Status and labels ask for nothing; annotations may. */
function asksTheSame(object: KubeObject, before: KubeObject): boolean {
  const spec = ({ spec: value }: KubeObject & { readonly spec?: unknown }): unknown => value;
  return (
    isSamePlainData(spec(object), spec(before)) && isSamePlainData(object.metadata.annotations ?? {}, before.metadata.annotations ?? {})
  );
}
