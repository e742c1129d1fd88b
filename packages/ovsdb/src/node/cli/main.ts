#!/usr/bin/env node
/**
 * `ovsdb`: OVSDB on the command line, for people and scripts.
 */
import { OvsdbError } from '../../errors.ts';
import { parseInvocation, UsageError } from './arguments.ts';
import { dump, listDbs, monitor, schema, transact, wait } from './commands.ts';
import type { Command } from './commands.ts';
import { serveReplica } from './replica.ts';

const USAGE = `usage: ovsdb COMMAND REMOTE [DATABASE] [ARGUMENTS] [OPTIONS]

REMOTE is unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT; several members of a cluster are joined with commas.

commands
  dump REMOTE DATABASE [TABLE...]            print the content
  monitor REMOTE DATABASE [TABLE...]         print the content and then every change
  transact REMOTE DATABASE OPERATION...      run operations (RFC 7047 5.2, JSON) as one transaction
  schema REMOTE DATABASE                     print the schema
  list-dbs REMOTE                            print the databases that are served
  wait REMOTE DATABASE                       wait until the database can be used
  replica REMOTE DATABASE                    keep a live replica; each line "dump" on standard input prints it as JSON

options
  --json              JSON instead of tables
  --table NAME        show this table alone (may be repeated)
  -t, --timeout SEC   give up after so many seconds (default 10; not for monitor and replica)
  --no-leader-only    accept any member of a cluster
  -p, --private-key FILE   -c, --certificate FILE   -C, --ca-cert FILE   for ssl remotes
  -h, --help
`;

const COMMANDS: Readonly<Record<string, Command>> = { dump, monitor, watch: monitor, transact, schema, 'list-dbs': listDbs, wait };

function write(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

function complain(line: string): void {
  process.stderr.write(`ovsdb: ${line}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const invocation = parseInvocation(args);
  if (invocation.isHelp) {
    await write(USAGE.trimEnd());
    return 0;
  }
  if (invocation.command === 'replica') {
    await serveReplica(invocation, { input: process.stdin, write, complain });
    return 0;
  }
  const command = COMMANDS[invocation.command ?? ''];
  if (command === undefined)
    throw new UsageError(invocation.command === undefined ? 'a command is needed' : `unknown command "${invocation.command}"`);
  await command(invocation, (line) => void write(line));
  return 0;
}

// A reader that goes away (head, less) ends the program without a complaint.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) complain(`${error.message}\n\n${USAGE}`);
  else complain(error instanceof OvsdbError ? `${error.message} (${error.code})` : error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
