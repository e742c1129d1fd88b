/** The log of a program: JSON lines on standard output. */
import { pino, type Logger } from 'pino';

/** From the most to the fewest lines. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  /** Of the program, in each line. */
  readonly name: string;
  readonly level: LogLevel;
  /** Further fields of each line. */
  readonly base?: Readonly<Record<string, string>>;
}

export function createLog({ name, level, base = {} }: LogOptions): Logger {
  return pino({
    level,
    base: { name, ...base },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    serializers: { err: describeError, error: describeError },
  });
}

/** Code and message; a stack only for bugs, which have no code. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as Error & { readonly code?: unknown };
  return { message: error.message, ...(code === undefined ? { stack: error.stack } : { code }) };
}
