import { cniErrorCodes, type CniErrorBody } from '@kube-ovn/api';

/** A refusal of a CNI call, with the code that the runtime gets. @source CNI specification 1.1.0, "Error" */
export class CniFailure extends Error {
  override readonly name = 'CniFailure';
  readonly code: number;
  readonly details: string | undefined;

  constructor(code: number, message: string, options: { readonly details?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}

/** A failure that goes away by itself: the runtime repeats the call. */
export function tryAgainLater(message: string, details?: string): CniFailure {
  return new CniFailure(cniErrorCodes.tryAgainLater, message, details === undefined ? {} : { details });
}

/** The answer for anything that was thrown; an error without a code of its own may be a passing one, so the runtime repeats. */
export function failureBody(error: unknown): CniErrorBody {
  if (error instanceof CniFailure)
    return { code: error.code, msg: error.message, ...(error.details === undefined ? {} : { details: error.details }) };
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    code: cniErrorCodes.tryAgainLater,
    msg: error instanceof Error ? error.message : String(error),
    ...(code === undefined ? {} : { details: code }),
  };
}
