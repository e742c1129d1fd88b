/** The process's log: JSON lines on standard output. */
import { pino } from 'pino';
import type { Log } from './ports.ts';

/** @param level one of pino's levels, or `silent` */
export function createLog(level: string): Log {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, serializers: { error: describeError } });
}

/** Code and message; a stack only for bugs, which have no code. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as Error & { readonly code?: unknown };
  return { message: error.message, ...(code === undefined ? { stack: error.stack } : { code }) };
}
