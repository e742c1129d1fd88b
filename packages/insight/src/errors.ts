/** What went wrong, with a code that stays. */

export type InsightErrorCode =
  /** Nobody can tell what is asked: an end or a port is not written as one. */
  'INSIGHT_BAD_QUESTION';

export class InsightError extends Error {
  override readonly name = 'InsightError';
  readonly code: InsightErrorCode;

  constructor(code: InsightErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
