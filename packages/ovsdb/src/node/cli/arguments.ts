/**
 * Command line arguments of `ovsdb` and `ovsdb-codegen`.
 */
import { parseArgs } from 'node:util';
import { OvsdbError } from '../../errors.ts';
import type { TableSelection } from '../../monitor/selection.ts';
import { parseRemote, parseRemotes } from '../../session/remote.ts';
import type { Remote } from '../../session/remote.ts';
import type { OpenOptions } from '../open.ts';
import { readTlsFiles } from '../tls-files.ts';

/** Options that only some commands have. */
export type SpecificOption = 'table' | 'gone' | 'changes-only' | 'from';

/** What a command gets. */
export interface Invocation {
  /** Arguments, without the name of the command. */
  readonly positionals: readonly string[];
  readonly isJson: boolean;
  /** Bound of a command that ends by itself, in milliseconds; undefined for none. */
  readonly timeoutMs: number | undefined;
  readonly leaderOnly: boolean;
  readonly tables: readonly string[];
  readonly isGone: boolean;
  readonly isChangesOnly: boolean;
  /** What generated definitions import. */
  readonly from: string | undefined;
  readonly tls: OpenOptions['tls'];
}

/** Arguments as they were given. */
export interface ParsedArguments extends Invocation {
  readonly isHelp: boolean;
  /** Those of the specific options that were given. */
  readonly given: readonly SpecificOption[];
}

/** Thrown on wrong usage; the program then exits with 2. */
export class UsageError extends Error {}

const SPECIFIC = ['table', 'gone', 'changes-only', 'from'] as const satisfies SpecificOption[];

/** @throws {UsageError} naming the argument that is wrong */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const { values, positionals } = parse(args);
  const files = [values['private-key'], values.certificate, values['ca-cert']];
  const given = files.filter((file) => file !== undefined);
  if (given.length !== 0 && given.length !== 3) throw new UsageError('--private-key, --certificate and --ca-cert belong together');
  const [privateKey = '', certificate = '', caCertificate = ''] = files;
  const timeoutSeconds = Number(values.timeout ?? '10');
  if (!(timeoutSeconds >= 0) || values.timeout === '')
    throw new UsageError(`--timeout takes a number of seconds, 0 for no limit, not "${values.timeout ?? ''}"`);
  return {
    isHelp: values.help === true,
    given: SPECIFIC.filter((option) => values[option] !== undefined),
    positionals,
    isJson: values.json === true,
    timeoutMs: timeoutSeconds === 0 ? undefined : timeoutSeconds * 1000,
    leaderOnly: values['no-leader-only'] !== true,
    tables: values.table ?? [],
    isGone: values.gone === true,
    isChangesOnly: values['changes-only'] === true,
    from: values.from,
    tls: given.length === 0 ? undefined : { privateKey, certificate, caCertificate },
  };
}

/**
 * The options of a client for REMOTE (several with commas) and DATABASE.
 *
 * @throws {UsageError} when they are not given, or no remotes
 * @throws {OvsdbError} OVSDB_BAD_REMOTE naming the file of an ssl remote that cannot be used
 */
export function openOptions(invocation: Invocation, tables: TableSelection): OpenOptions {
  const [remote, database] = invocation.positionals;
  if (remote === undefined || database === undefined)
    throw new UsageError('REMOTE and DATABASE are needed, for example unix:/run/ovn/ovnnb_db.sock OVN_Northbound');
  const remotes = parseRemotes(remote);
  if (remotes.length === 0) throw new UsageError(`"${remote}" names no remote`);
  for (const one of remotes) checkRemote(one, invocation.tls);
  return { remotes, database, tables, leaderOnly: invocation.leaderOnly, ...(invocation.tls === undefined ? {} : { tls: invocation.tls }) };
}

/**
 * The tables to show: `--table` and what follows REMOTE and DATABASE, each `TABLE` or `TABLE:COLUMN,COLUMN`; all when none is named.
 *
 * @throws {UsageError} when a table is named without columns after its colon
 */
export function chosenTables({ tables, positionals }: Invocation): TableSelection {
  const chosen: Record<string, true | readonly string[]> = {};
  for (const text of [...tables, ...positionals.slice(2)]) {
    const [name = '', columns] = text.split(/:(?<columns>.*)/s);
    const named = columns?.split(',').map((column) => column.trim());
    if (name === '' || named?.includes('') === true)
      throw new UsageError(`"${text}" names no table: TABLE or TABLE:COLUMN,COLUMN is wanted`);
    chosen[name] = named ?? true;
  }
  return Object.keys(chosen).length === 0 ? 'all' : chosen;
}

/** What a client would try again for ever is told at once. */
function checkRemote(remote: string, tls: OpenOptions['tls']): void {
  if (kindOf(remote) !== 'ssl') return;
  if (tls === undefined) throw new UsageError(`${remote}: an ssl remote needs --private-key, --certificate and --ca-cert`);
  readTlsFiles(remote, tls);
}

function kindOf(remote: string): Remote['kind'] {
  try {
    return parseRemote(remote).kind;
  } catch (error) {
    throw error instanceof OvsdbError ? new UsageError(error.message) : error;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        timeout: { type: 'string', short: 't' },
        'no-leader-only': { type: 'boolean' },
        table: { type: 'string', multiple: true },
        gone: { type: 'boolean' },
        'changes-only': { type: 'boolean' },
        from: { type: 'string' },
        'private-key': { type: 'string', short: 'p' },
        certificate: { type: 'string', short: 'c' },
        'ca-cert': { type: 'string', short: 'C' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
