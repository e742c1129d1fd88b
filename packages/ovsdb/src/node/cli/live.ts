/**
 * A live database for a command that ends by itself, or a clear word why there is none.
 */
import { OvsdbError } from '../../errors.ts';
import type { TableSelection } from '../../monitor/selection.ts';
import type { ReplicaView } from '../../replica/view.ts';
import type { DatabaseClient } from '../../session/database-client.ts';
import { openDatabase } from '../open.ts';
import { openOptions, UsageError } from './arguments.ts';
import type { Invocation } from './arguments.ts';

/**
 * Run `work` on a database that is live and has the tables and columns that are named.
 *
 * @throws {UsageError} when a table or column is not there
 * @throws {OvsdbError} why the database cannot be used; OVSDB_TIMEOUT when there was not even a reason
 */
export async function withLive<T>(
  invocation: Invocation,
  tables: TableSelection,
  work: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  await using client = openDatabase(openOptions(invocation, tables));
  await becomeLive(client, invocation);
  checkTables(client.replica, tables);
  return await work(client);
}

/** The databases that a server serves. */
export function fetchDatabases(invocation: Invocation): Promise<readonly string[]> {
  const [remote] = invocation.positionals;
  if (remote === undefined) throw new UsageError('REMOTE is needed, for example unix:/run/ovn/ovnnb_db.sock');
  // Every server serves the database _Server, and no member leads it.
  const asked = { ...invocation, positionals: [remote, '_Server'], leaderOnly: false };
  return withLive(asked, {}, (client) => client.server.listDatabases());
}

/** @throws {UsageError} naming what is not there, and what is */
export function checkTables(view: ReplicaView, tables: TableSelection): void {
  if (tables === 'all') return;
  for (const [name, wanted] of Object.entries(tables)) {
    const schema = view.schema?.tables.get(name);
    if (schema === undefined)
      throw new UsageError(`database ${view.database} has no table "${name}"; it has ${listed(view.schema?.tables.keys())}`);
    for (const column of Array.isArray(wanted) ? (wanted as readonly string[]) : []) {
      if (!schema.columns.has(column))
        throw new UsageError(`table ${name} has no column "${column}"; it has ${listed(schema.columns.keys())}`);
    }
  }
}

async function becomeLive(client: DatabaseClient, invocation: Invocation): Promise<void> {
  let last: OvsdbError | undefined;
  const hopeless = new Promise<never>((_resolve, reject) => {
    client.onProblem((problem) => {
      if (problem.code === 'OVSDB_NOT_LEADER' && last?.message !== problem.message) rejectUnserved(invocation, reject);
      last = problem;
    });
  });
  const live = client.replica
    .waitFor(({ state }) => state.name === 'live', invocation.timeoutMs)
    .catch((error: unknown) => {
      throw last === undefined ? error : gaveUp(last, invocation);
    });
  await Promise.race([live, hopeless]);
}

/** A server without the database will not have it soon, unlike a member of a cluster without its leader. */
function rejectUnserved(invocation: Invocation, reject: (error: OvsdbError) => void): void {
  const [remote = '', database = ''] = invocation.positionals;
  fetchDatabases(invocation).then(
    (names) => {
      if (names.includes(database)) return;
      const others = names.filter((name) => name !== '_Server');
      const words = `${remote} does not serve database "${database}"; it serves ${others.length === 0 ? 'none' : others.join(', ')}`;
      reject(new OvsdbError('OVSDB_UNKNOWN_DATABASE', words));
    },
    // Whatever ails this connection, the other one tells.
    () => undefined,
  );
}

function gaveUp(last: OvsdbError, { timeoutMs = 0 }: Invocation): OvsdbError {
  return new OvsdbError(last.code, `gave up after ${timeoutMs / 1000} s (--timeout): ${last.message}`, { retry: 'later', cause: last });
}

function listed(names: Iterable<string> | undefined): string {
  return [...(names ?? [])].toSorted().join(', ');
}
