/**
 * What a command of `ovsdb` is.
 */
import type { Invocation, SpecificOption } from './arguments.ts';
import type { Streams } from './streams.ts';

/** A command. */
export interface Command {
  readonly name: string;
  /** Its arguments. */
  readonly usage: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** More of it, in lines; may be empty. */
  readonly details: readonly string[];
  readonly examples: readonly string[];
  /** Options that not every command has. */
  readonly options: readonly SpecificOption[];
  run(invocation: Invocation, streams: Streams): Promise<void>;
}
