/**
 * Failures that are thrown. What the host cannot do is no failure but a refusal, see `finding.ts`.
 */
import type { Step } from './step.ts';

/** Stable codes of thrown errors. */
export const errorCodes = [
  /** A list of CPUs can not be read. */
  'DPDK_BAD_CPU_LIST',
  /** The kernel gave fewer hugepages than were asked for. */
  'DPDK_HUGEPAGES_SHORT',
  /** A file of the host that tells what it has can not be read. */
  'DPDK_INVENTORY_UNREADABLE',
  /** A step of the plan failed; those before it were taken back, or are named. */
  'DPDK_STEP_FAILED',
] as const;

/** A thrown error's code. */
export type DpdkErrorCode = (typeof errorCodes)[number];

/** What an error knows beside its message. */
export interface DpdkErrorDetails {
  readonly cause?: unknown;
  /** The step that failed. */
  readonly step?: Step;
  /** Steps that are still carried out, since taking them back failed as well; in the order in which to undo them. */
  readonly left?: readonly Step[];
}

/** A failure of the host, or text that a parser was given. */
export class DpdkError extends Error {
  override readonly name = 'DpdkError';
  readonly code: DpdkErrorCode;
  readonly step: Step | undefined;
  readonly left: readonly Step[];

  constructor(code: DpdkErrorCode, message: string, { cause, step, left = [] }: DpdkErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.step = step;
    this.left = left;
  }
}
