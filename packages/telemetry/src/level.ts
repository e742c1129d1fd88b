/** Other levels of a running log. */
import type { Logger } from 'pino';
import type { LogLevel } from './log.ts';

/** SIGUSR1 is Node's own: it opens the debugger. */
const SIGNAL = 'SIGUSR2';

/** The level that the next signal leads to: more, still more, then what was configured. */
export function nextLevel(now: string, configured: LogLevel): LogLevel {
  if (now === 'trace') return configured;
  return now === 'debug' ? 'trace' : 'debug';
}

/**
 * Change the level at each SIGUSR2, and say so in the log.
 * @returns what takes the listener away
 */
export function changeLevelOnSignal(log: Pick<Logger, 'level' | 'info'>): () => void {
  const configured = log.level as LogLevel;
  const change = (): void => {
    const before = log.level;
    const after = nextLevel(before, configured);
    // the line is to be seen whichever of both hides more
    log.level = 'info';
    log.info({ before, after }, `log level is now ${after}`);
    log.level = after;
  };
  process.on(SIGNAL, change);
  return () => void process.off(SIGNAL, change);
}
