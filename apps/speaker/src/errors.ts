/** Stable codes of what can go wrong with BIRD. */
export type BirdErrorCode =
  /** Its control socket does not answer. */
  | 'BIRD_UNREACHABLE'
  /** It does not take a configuration or a command; its own words follow. */
  | 'BIRD_REFUSED'
  /** The program could not be started, or ended at once. */
  | 'BIRD_NOT_STARTED';

/** BIRD does not do what it is told. */
export class BirdError extends Error {
  override readonly name = 'BirdError';
  readonly code: BirdErrorCode;

  constructor(code: BirdErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
