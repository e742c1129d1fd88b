/**
 * Command line arguments of `ovsdb`, shared by all commands.
 */
import { parseArgs } from 'node:util';
import { OvsdbError } from '../../errors.ts';
import { parseRemote, parseRemotes } from '../../session/remote.ts';
import type { OpenOptions } from '../open.ts';

/** What a command gets. */
export interface Invocation {
  /** Arguments after the name of the command. */
  readonly positionals: readonly string[];
  readonly isJson: boolean;
  /** Bound of a one-shot command, in milliseconds. */
  readonly timeoutMs: number;
  readonly leaderOnly: boolean;
  readonly tables: readonly string[];
  readonly tls: OpenOptions['tls'];
}

/** Thrown on wrong usage; the program then exits with 2. */
export class UsageError extends Error {}

/** @throws {UsageError} naming the argument that is wrong */
export function parseInvocation(args: readonly string[]): Invocation & { readonly command: string | undefined; readonly isHelp: boolean } {
  const { values, positionals } = parse(args);
  const files = [values['private-key'], values.certificate, values['ca-cert']];
  const given = files.filter((file) => file !== undefined);
  if (given.length !== 0 && given.length !== 3) throw new UsageError('--private-key, --certificate and --ca-cert belong together');
  const [privateKey = '', certificate = '', caCertificate = ''] = files;
  const timeoutSeconds = Number(values.timeout ?? '10');
  if (!(timeoutSeconds > 0)) throw new UsageError(`--timeout takes a number of seconds, not "${values.timeout ?? ''}"`);
  const [command, ...rest] = positionals;
  return {
    command,
    isHelp: values.help === true,
    positionals: rest,
    isJson: values.json === true,
    timeoutMs: timeoutSeconds * 1000,
    leaderOnly: values['no-leader-only'] !== true,
    tables: values.table ?? [],
    tls: given.length === 0 ? undefined : { privateKey, certificate, caCertificate },
  };
}

/** The options of a client for REMOTE (several with commas) and DATABASE. @throws {UsageError} */
export function openOptions(invocation: Invocation, tables: OpenOptions['tables']): OpenOptions {
  const [remote, database] = invocation.positionals;
  if (remote === undefined || database === undefined)
    throw new UsageError('REMOTE and DATABASE are needed, for example unix:/run/ovn/ovnnb_db.sock OVN_Northbound');
  const remotes = parseRemotes(remote);
  for (const one of remotes) checkRemote(one);
  return { remotes, database, tables, leaderOnly: invocation.leaderOnly, ...(invocation.tls === undefined ? {} : { tls: invocation.tls }) };
}

function checkRemote(remote: string): void {
  try {
    parseRemote(remote);
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
        'private-key': { type: 'string', short: 'p' },
        certificate: { type: 'string', short: 'c' },
        'ca-cert': { type: 'string', short: 'C' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
