/** Stable codes of what this package reports. */
export type DataflowErrorCode =
  /** A formula reads its own result, directly or through others. */
  | 'DATAFLOW_CYCLE'
  /** A formula tried to write a source; formulas only read. */
  | 'DATAFLOW_WRITE_IN_FORMULA'
  /** Observers keep writing sources in answer to each other and never come to rest. */
  | 'DATAFLOW_UNSETTLED'
  /** A table that this package did not make was passed where one of its own is needed. */
  | 'DATAFLOW_FOREIGN_TABLE'
  /** A formula or a flush threw something that is not an Error. */
  | 'DATAFLOW_THROWN';

/** The one error class of this package. Callers branch on `code`. */
export class DataflowError extends Error {
  readonly code: DataflowErrorCode;

  constructor(code: DataflowErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'DataflowError';
    this.code = code;
  }
}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new DataflowError('DATAFLOW_THROWN', `something that is not an Error was thrown: ${String(thrown)}`, { cause: thrown });
}
