/**
 * The one error class of the lab.
 *
 * Codes:
 * - `LAB_USAGE`: a flag or its value is wrong; the message says which and what is allowed
 * - `LAB_NOT_ROOT`, `LAB_MISSING_PROGRAM`: the machine is not ready for a lab
 * - `LAB_NAME_IN_USE`, `LAB_PORT_IN_USE`: something of that name or port is already there
 * - `LAB_TOOL_FAILED`: a tool that the lab ran (ip, ovs-vsctl, ...) failed or ran out of time
 * - `LAB_PROCESS_FAILED`: a process of the lab ended before it was ready
 * - `LAB_TIMEOUT`: something did not become true in time
 * - `LAB_LEFTOVERS`: taking the lab down left something behind
 * - `LAB_CANCELLED`: start-up was interrupted
 * - `LAB_CNI`: a CNI configuration or plugin misbehaved
 * - `LAB_POD`: a pod asks for something that this kubelet does not do
 */
export type LabErrorCode =
  | 'LAB_USAGE'
  | 'LAB_NOT_ROOT'
  | 'LAB_MISSING_PROGRAM'
  | 'LAB_NAME_IN_USE'
  | 'LAB_PORT_IN_USE'
  | 'LAB_TOOL_FAILED'
  | 'LAB_PROCESS_FAILED'
  | 'LAB_TIMEOUT'
  | 'LAB_LEFTOVERS'
  | 'LAB_CANCELLED'
  | 'LAB_CNI'
  | 'LAB_POD';

export class LabError extends Error {
  readonly code: LabErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: LabErrorCode, message: string, options: { details?: Readonly<Record<string, unknown>>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LabError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The text of anything that was thrown, with its causes, on one line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describeError(error.cause)}`;
}
