/**
 * A program's frame: its streams, what it says of an error, and its exit code.
 */
import { OvsdbError } from '../../errors.ts';
import { UsageError } from './arguments.ts';
import type { Streams } from './streams.ts';

const EXIT = { failed: 1, usage: 2, timeout: 3 } as const;

/** Run a program on the standard streams and end the process. */
export async function runProgram(name: string, main: (args: readonly string[], streams: Streams) => Promise<void>): Promise<never> {
  // A reader that goes away (head, less) ends the program without a complaint.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : EXIT.failed));
  const complain = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    });
  try {
    await main(process.argv.slice(2), { input: process.stdin, write, complain });
    // All is written; timers and connections that are still open concern nobody any more.
    process.exit(0);
  } catch (error) {
    complain(wordsOf(error, name));
    process.exit(exitCodeOf(error));
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  return error instanceof OvsdbError && error.code === 'OVSDB_TIMEOUT' ? EXIT.timeout : EXIT.failed;
}

function wordsOf(error: unknown, name: string): string {
  if (error instanceof UsageError) return `${error.message}\n"${name} --help" tells how it is used.`;
  if (error instanceof OvsdbError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}
