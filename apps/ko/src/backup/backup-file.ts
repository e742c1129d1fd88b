/**
 * A backup of a database as a file. Pure.
 *
 * @source ovsdb(5) "File Formats": a log of records; the first is the schema, each other one a transaction
 */
import { createHash } from 'node:crypto';
import { KoError } from '../errors.ts';

/** What a file of a standalone database has. */
export interface BackupFile {
  readonly database: string;
  readonly version: string;
  /** Of the schema; empty where it has none. */
  readonly checksum: string;
  /** When the last transaction was written, where it says so. */
  readonly writtenAt: Date | undefined;
  /** Rows by table, of tables that have some. */
  readonly rows: ReadonlyMap<string, number>;
}

const HEADER = /^OVSDB (\w+) (\d+) ([0-9a-f]{40})$/;

/**
 * Read a file, and hold every record against its checksum, so that nothing of a torn file is ever used.
 *
 * @throws {KoError} KO_BAD_FILE naming the file and what is wrong
 */
export function readBackupFile(name: string, content: Buffer): BackupFile {
  const refuse = (why: string): never => {
    throw new KoError('KO_BAD_FILE', `${name}: ${why}`);
  };
  const [schema, ...transactions] = records(content, refuse);
  if (schema === undefined) return refuse('it is empty');
  const { name: database, version, cksum } = schema as { readonly name?: unknown; readonly version?: unknown; readonly cksum?: unknown };
  if (typeof database !== 'string' || typeof version !== 'string') return refuse('its first record is no schema of a database');
  const rows = new Map<string, Set<string>>();
  let writtenAt: Date | undefined;
  for (const transaction of transactions) {
    const { _date: date } = transaction;
    if (typeof date === 'number') writtenAt = new Date(date);
    for (const [table, changed] of Object.entries(transaction)) {
      // beside tables there are _date, _comment and the like
      if (table.startsWith('_') || typeof changed !== 'object' || changed === null) continue;
      const kept = rows.get(table) ?? new Set();
      for (const [uuid, row] of Object.entries(changed)) {
        if (row === null) kept.delete(uuid);
        else kept.add(uuid);
      }
      rows.set(table, kept);
    }
  }
  const counts = [...rows].filter(([, kept]) => kept.size > 0).map(([table, kept]): [string, number] => [table, kept.size]);
  return { database, version, checksum: typeof cksum === 'string' ? cksum : '', writtenAt, rows: new Map(counts) };
}

type Json = Readonly<Record<string, unknown>>;

function records(content: Buffer, refuse: (why: string) => never): readonly Json[] {
  const found: Json[] = [];
  let at = 0;
  while (at < content.length) {
    const end = content.indexOf('\n', at);
    const header = HEADER.exec(content.subarray(at, end === -1 ? at : end).toString('latin1'));
    if (header === null)
      return refuse(found.length === 0 ? 'it is no file of a database' : `byte ${at}: it is torn: no record begins there`);
    const [, magic, length, checksum] = header;
    if (magic === 'CLUSTER') {
      return refuse(
        'it is of a member of a cluster: want what "ko nb backup" writes, or what "ovsdb-tool cluster-to-standalone" makes of it',
      );
    }
    if (magic !== 'JSON') return refuse(`it is of the kind ${magic ?? ''}, which is not known`);
    const body = content.subarray(end + 1, end + 1 + Number(length));
    if (body.length < Number(length)) return refuse(`it ends within the record at byte ${at}: it is not whole`);
    if (createHash('sha1').update(body).digest('hex') !== checksum) return refuse(`the record at byte ${at} is not what its checksum says`);
    found.push(JSON.parse(body.toString('utf8')) as Json);
    at = end + 1 + Number(length);
  }
  return found;
}

/** What a database that runs says of its schema. */
export interface SchemaFacts {
  readonly version: string;
  readonly checksum: string;
}

/** @returns why the file can not go into the database; undefined when it can */
export function objection(file: BackupFile, database: string, serving: SchemaFacts): string | undefined {
  if (file.database !== database) return `it is a backup of ${file.database}, and not of ${database}`;
  const isSame = file.version === serving.version && (file.checksum === '' || file.checksum === serving.checksum);
  if (isSame) return undefined;
  return `its schema is ${file.version} (${file.checksum}), and the server's is ${serving.version} (${serving.checksum}): bring it there with "ovsdb-tool convert FILE SCHEMA", or give --force`;
}
