/** Failures of the controller itself; what users get wrong in their objects is a Problem (a value), never thrown. */

export type ControllerErrorCode =
  | 'CONTROLLER_BAD_FLAG' // the command line or the environment cannot be used; the process ends with code 2
  | 'CONTROLLER_NOT_READY' // a dry run did not see the whole cluster in time; nothing was written
  | 'CONTROLLER_NOT_LEADER'; // a write was about to be sent by a process that no longer holds the lease

export class ControllerError extends Error {
  readonly code: ControllerErrorCode;
  readonly details: Readonly<Record<string, string>>;

  constructor(code: ControllerErrorCode, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'ControllerError';
    this.code = code;
    this.details = details;
  }
}
