/** Every subcommand; one file each. */
import type { Command } from 'commander';
import type { Context } from '../cli/context.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { connectivityCommand } from './connectivity.ts';
import { databaseCommands } from './database.ts';
import { diagnoseCommand } from './diagnose.ts';
import { dropsCommand } from './drops.ts';
import { envCheckCommand } from './env-check.ts';
import { eventsCommand } from './events.ts';
import { graphCommand } from './graph.ts';
import { ipCommand } from './ip.ts';
import { logCommand } from './log.ts';
import { perfCommand } from './perf.ts';
import { reloadCommand } from './reload.ts';
import { supportBundleCommand } from './support-bundle.ts';
import { tcpdumpCommand } from './tcpdump.ts';
import { topCommand } from './top.ts';
import { toolCommands } from './tools.ts';
import { traceCommand } from './trace.ts';
import { whyCommand } from './why.ts';

/** Adds itself to the program; the context is there once a command runs. */
export type Define = (program: Command, context: () => Context) => void;

export const commands: readonly Define[] = [
  whyCommand,
  diagnoseCommand,
  checkCommand,
  envCheckCommand,
  ipCommand,
  eventsCommand,
  graphCommand,
  topCommand,
  connectivityCommand,
  perfCommand,
  dropsCommand,
  traceCommand,
  tcpdumpCommand,
  logCommand,
  toolCommands,
  databaseCommands,
  reloadCommand,
  supportBundleCommand,
  completionCommand,
];
