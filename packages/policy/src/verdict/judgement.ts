/** What is asked of one tier of policies, and what it answers. */
import type { Flow, Party } from './flow.ts';
import type { PodObject } from './objects.ts';

/** One direction of one pod, for one connection. */
export interface Question {
  readonly flow: Flow;
  readonly direction: 'ingress' | 'egress';
  /** The pod whose policies are asked: the receiver for ingress, the sender for egress. */
  readonly pod: PodObject;
  /** That pod's end. */
  readonly own: Party;
  readonly other: Party;
  /** The receiving end. */
  readonly to: Party;
}

/** A decision, and in words what made it. */
export interface Judgement {
  readonly action: 'allow' | 'deny';
  readonly because: string;
}

/** A judgement. */
export function decided(action: 'allow' | 'deny', because: string): Judgement {
  return { action, because };
}
