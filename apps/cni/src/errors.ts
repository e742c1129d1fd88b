import { cniErrorCodes, type CniErrorBody } from '@kube-ovn/api';

/** A failure of a CNI call, with a code of the specification. @source CNI specification 1.1.0, "Error" */
export class CniError extends Error {
  override readonly name = 'CniError';
  readonly code: number;
  readonly details: string | undefined;

  constructor(code: number, message: string, details?: string) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What to print for anything that was thrown. */
export function errorBody(error: unknown): CniErrorBody {
  if (error instanceof CniError)
    return { code: error.code, msg: error.message, ...(error.details === undefined ? {} : { details: error.details }) };
  return { code: cniErrorCodes.internal, msg: error instanceof Error ? error.message : String(error) };
}
