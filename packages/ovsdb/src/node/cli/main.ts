#!/usr/bin/env node
/**
 * `ovsdb`: OVSDB on the command line, for people and scripts.
 */
import { parseArguments, UsageError } from './arguments.ts';
import type { ParsedArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { dump } from './commands/dump.ts';
import { listDbs } from './commands/list-dbs.ts';
import { monitor, watch } from './commands/monitor.ts';
import { replica } from './commands/replica.ts';
import { schema } from './commands/schema.ts';
import { transact } from './commands/transact.ts';
import { wait } from './commands/wait.ts';
import { helpOf, overview } from './help.ts';
import { runProgram } from './program.ts';

const COMMANDS: readonly Command[] = [dump, monitor, watch, transact, wait, schema, listDbs, replica];

function commandOf({ positionals, given }: ParsedArguments): Command {
  const [name] = positionals;
  if (name === undefined) throw new UsageError('a command is needed; "ovsdb --help" lists them');
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) throw new UsageError(`unknown command "${name}"; there are ${COMMANDS.map((one) => one.name).join(', ')}`);
  const stray = given.find((option) => !command.options.includes(option));
  if (stray !== undefined) throw new UsageError(`--${stray} is no option of ${name}; see "ovsdb ${name} --help"`);
  return command;
}

await runProgram('ovsdb', async (args, streams) => {
  const parsed = parseArguments(args);
  if (parsed.isHelp && parsed.positionals.length === 0) {
    await streams.write(overview(COMMANDS));
    return;
  }
  const command = commandOf(parsed);
  if (parsed.isHelp) await streams.write(helpOf(command));
  else await command.run({ ...parsed, positionals: parsed.positionals.slice(1) }, streams);
});
