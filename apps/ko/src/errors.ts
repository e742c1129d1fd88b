/** What went wrong, with a code that stays. Exit codes: {@link exitCodeOf}. */
import { InsightError } from '@kube-ovn/insight';

export type KoErrorCode =
  /** The command line. */
  | 'KO_USAGE'
  /** The site file. */
  | 'KO_BAD_SITE'
  /** A file that was given. */
  | 'KO_BAD_FILE'
  /** A pod, node or server that was named is not there. */
  | 'KO_NOT_FOUND'
  /** It is there, and cannot be asked. */
  | 'KO_UNREACHABLE'
  /** A program of OVN or Open vSwitch failed. */
  | 'KO_PROGRAM_FAILED';

export class KoError extends Error {
  override readonly name = 'KoError';
  readonly code: KoErrorCode;

  constructor(code: KoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** 2: the command line is wrong; 3: it could not look. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InsightError) return 2;
  return error instanceof KoError && ['KO_USAGE', 'KO_BAD_SITE', 'KO_BAD_FILE'].includes(error.code) ? 2 : 3;
}
