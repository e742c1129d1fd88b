/** Entry of the lab's command line. */
import { parseCommandLine, USAGE, type CliCommand } from './cli/arguments.ts';
import { detach } from './cli/detach.ts';
import { down } from './cli/down.ts';
import { matrix } from './cli/matrix.ts';
import { status } from './cli/status.ts';
import { up } from './cli/up.ts';
import { describeError, LabError } from './errors.ts';

const print = (text: string): void => console.log(text);

async function run(command: CliCommand, args: readonly string[]): Promise<number> {
  switch (command.command) {
    case 'help':
      print(USAGE);
      return 0;
    case 'up': {
      if (command.up.detach) return detach(command.up.layout, args, print);
      const stop = new AbortController();
      // A second Ctrl-C changes nothing: what is being removed is removed to the end.
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
      return up(command.up, { print, signal: stop.signal });
    }
    case 'matrix':
      return matrix(command.name, print);
    case 'status':
      return status(command.name, print);
    case 'down':
      return down(command.name, print);
  }
}

const args = process.argv.slice(2);
try {
  process.exitCode = await run(parseCommandLine(args), args);
} catch (error) {
  console.error(`lab: ${describeError(error)}`);
  if (error instanceof LabError && error.code === 'LAB_USAGE') console.error('"npm run lab -- --help" shows the options');
  process.exitCode = error instanceof LabError && error.code === 'LAB_CANCELLED' ? 130 : 1;
}
