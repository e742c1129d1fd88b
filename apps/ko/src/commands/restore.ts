/** `ko nb restore` and `ko sb restore`: a backup in the place of what a database holds. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { objection, readBackupFile } from '../backup/backup-file.ts';
import { putBack, schemaOf, takeBackup } from '../backup/take.ts';
import { KoError } from '../errors.ts';
import { databaseNames } from '../site/cluster.ts';
import type { DatabaseKind } from '../site/site.ts';

interface RestoreFlags {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly before: string;
  readonly output: Output;
}

const NOTES = `
All that the database holds is replaced, in one transaction, while its servers run; a cluster stays one. Before that, what it holds goes to
a file. Rows get new UUIDs, so that ovn-northd makes the logical network anew: connections may be interrupted for some seconds. The
controller then brings it to what Kubernetes says now.
examples:
  ko nb restore ovnnb_db.backup
  ko nb restore ovnnb_db.backup --yes`;

export function restoreCommand(database: Command, kind: DatabaseKind, context: () => Context): void {
  database
    .command('restore')
    .description('put what a backup holds in the place of what the database holds; without --yes say what would be done')
    .argument('<file>', 'what "backup" has written')
    .option('--yes', 'do it')
    .option(
      '--before <file>',
      'a new file for what it holds before',
      `ovn${kind}_db.${new Date().toISOString().replaceAll(':', '')}.before-restore`,
    )
    .option('--force', 'also with another schema: what the server’s does not know is left out')
    .addOption(outputOption())
    .addHelpText('after', NOTES)
    .action((file: string, flags: RestoreFlags) => restore(context(), kind, file, flags));
}

async function restore(context: Context, kind: DatabaseKind, file: string, { yes, force, before, output }: RestoreFlags): Promise<void> {
  const name = databaseNames[kind];
  const backup = readBackupFile(file, await contentOf(file));
  const leader = await context.cluster.leader(kind);
  const refused = objection(backup, name, await schemaOf(kind, leader));
  const isBridged = force === true && backup.database === name;
  if (refused !== undefined && !isBridged) throw new KoError('KO_BAD_FILE', `${file}: ${refused}`);
  const rows = [...backup.rows.values()].reduce((sum, count) => sum + count, 0);
  const written = backup.writtenAt?.toISOString() ?? 'a time that it does not tell';
  const document = { database: name, server: leader.remote, file, rows, writtenAt: backup.writtenAt?.toISOString() ?? null };
  if (yes !== true) {
    const plan = `would put ${rows} rows of ${written} in the place of all that ${name} at ${leader.place.name} holds, after a backup to ${before}`;
    say(
      context,
      inForm(output, { ...document, restored: false }, () => `${plan}\nnothing is done without --yes`),
    );
    context.exitWith(1);
    return;
  }
  const size = await takeBackup(context, leader, kind, before);
  await putBack(leader, kind, { file, force: force === true });
  say(
    context,
    inForm(
      output,
      { ...document, restored: true, before },
      () => `${before}: ${size} bytes of ${name} as it was\n${name} at ${leader.place.name}: ${rows} rows of ${written}`,
    ),
  );
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new KoError('KO_BAD_FILE', `${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
