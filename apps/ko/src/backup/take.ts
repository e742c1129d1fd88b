/** Writing what a database holds to a file, and putting a file's content into one. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Context } from '../cli/context.ts';
import { KoError } from '../errors.ts';
import { type DatabaseMember, databaseNames } from '../site/cluster.ts';
import { capture } from '../site/place.ts';
import type { DatabaseKind } from '../site/site.ts';
import type { SchemaFacts } from './backup-file.ts';

/**
 * @param file must not be there yet
 * @returns its size, in bytes
 * @source ovsdb-client(1) backup: a snapshot of a running server, standalone also where that is clustered
 * @throws {KoError} KO_PROGRAM_FAILED
 */
export async function takeBackup(
  { terminal }: Context,
  { place, remote }: DatabaseMember,
  kind: DatabaseKind,
  file: string,
): Promise<number> {
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  const code = await place.run(['ovsdb-client', '--timeout=60', 'backup', remote, databaseNames[kind]], { ...terminal, stdout: out });
  out.end();
  await finished(out);
  if (code !== 0) throw new KoError('KO_PROGRAM_FAILED', `no whole backup: ovsdb-client ended with exit code ${code}; remove ${file}`);
  return (await stat(file)).size;
}

/** ovsdb-client reads a file back and forth, and a connection into a pod has no end of input: hence a file there, of so many bytes. */
const RESTORE = `umask 077; file=$(mktemp) || exit; trap 'rm -f "$file"' EXIT
head -c "$1" >"$file" && ovsdb-client --timeout=120 $4 restore "$2" "$3" <"$file"`;

/**
 * Put a file's content in the place of all that the database holds, in one transaction.
 *
 * @source ovsdb-client(1) restore
 * @throws {KoError} KO_PROGRAM_FAILED
 */
export async function putBack(
  member: DatabaseMember,
  kind: DatabaseKind,
  { file, force }: { readonly file: string; readonly force: boolean },
): Promise<void> {
  const { size } = await stat(file);
  const flags = force ? ['--force'] : [''];
  const argv = ['sh', '-c', RESTORE, 'restore', String(size), member.remote, databaseNames[kind], ...flags] as const;
  await capture(member.place, argv, { stdin: createReadStream(file) });
}

export async function schemaOf(kind: DatabaseKind, { place, remote }: DatabaseMember): Promise<SchemaFacts> {
  const ask = async (what: string): Promise<string> =>
    (await capture(place, ['ovsdb-client', '--timeout=10', what, remote, databaseNames[kind]])).trim();
  const [version, checksum] = await Promise.all([ask('get-schema-version'), ask('get-schema-cksum')]);
  return { version, checksum };
}
