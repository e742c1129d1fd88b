/**
 * The one-shot and following commands of `ovsdb`.
 */
import { isArray, isObject, parseJson, printJson } from '../../json/json.ts';
import type { Json } from '../../json/json.ts';
import { replicaToJson, rowToJson } from '../../notation/print.ts';
import type { Row } from '../../notation/value.ts';
import { openDatabase } from '../open.ts';
import type { DatabaseClient } from '../../session/database-client.ts';
import type { Replica } from '../../replica/replica.ts';
import { openOptions, UsageError } from './arguments.ts';
import type { Invocation } from './arguments.ts';
import { printTable } from './table.ts';

/** Where a command writes its lines. */
export type Print = (line: string) => void;

/** A command. */
export type Command = (invocation: Invocation, print: Print) => Promise<void>;

/** Tables to show: `--table`, else what follows REMOTE and DATABASE, else all. */
function chosen(invocation: Invocation): 'all' | Readonly<Record<string, true>> {
  const names = invocation.tables.length > 0 ? invocation.tables : invocation.positionals.slice(2);
  return names.length === 0 ? 'all' : Object.fromEntries(names.map((name) => [name, true as const]));
}

async function withLive<T>(
  invocation: Invocation,
  tables: ReturnType<typeof chosen>,
  work: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  await using client = openDatabase(openOptions(invocation, tables));
  let last: Error | undefined;
  client.onProblem((problem) => {
    last = problem;
  });
  await client.replica
    .waitFor((replica) => replica.state.name === 'live', invocation.timeoutMs)
    .catch((error: unknown) => {
      throw last ?? error;
    });
  for (const name of tables === 'all' ? [] : Object.keys(tables)) {
    if (client.replica.columns(name) === undefined) throw new UsageError(`database ${client.replica.database} has no table "${name}"`);
  }
  return await work(client);
}

/** `dump REMOTE DATABASE [TABLE...]` */
export const dump: Command = (invocation, print) =>
  withLive(invocation, chosen(invocation), ({ replica }) => {
    if (invocation.isJson) print(printJson(replicaToJson(replica)));
    else for (const table of replicatedTables(replica)) for (const line of printTable(replica, table)) print(line);
    return Promise.resolve();
  });

/** `schema REMOTE DATABASE` */
export const schema: Command = (invocation, print) =>
  withLive(invocation, {}, async (client) => {
    print(printJson(await client.request('get_schema', [client.replica.database])));
  });

/** `list-dbs REMOTE`: asked over a connection to _Server, which every server has. */
export const listDbs: Command = (invocation, print) =>
  withLive({ ...invocation, positionals: [...invocation.positionals.slice(0, 1), '_Server'], leaderOnly: false }, {}, async (client) => {
    const names = await client.request('list_dbs', []);
    if (invocation.isJson) print(printJson(names));
    else for (const name of isArray(names) ? names : []) print(typeof name === 'string' ? name : printJson(name));
  });

/** `transact REMOTE DATABASE OPERATION...`, each in RFC 7047 notation */
export const transact: Command = (invocation, print) => {
  const [remote, database, ...texts] = invocation.positionals;
  if (texts.length === 0)
    throw new UsageError('transact takes at least one OPERATION in JSON, for example \'{"op":"select","table":"T","where":[]}\'');
  const operations = texts.map((text): Json => {
    try {
      const operation = parseJson(text, true);
      if (isObject(operation)) return operation;
    } catch {
      // Reported below, with the text.
    }
    throw new UsageError(`not a JSON object: ${text}`);
  });
  return withLive({ ...invocation, positionals: [remote ?? '', database ?? ''] }, {}, async (client) => {
    const results = await client.request('transact', [client.replica.database, ...operations]);
    print(printJson(results));
    const failed = isArray(results) ? results.findIndex((result) => isObject(result) && (result['error'] ?? null) !== null) : -1;
    if (failed !== -1) throw new Error(failed < operations.length ? `operation ${failed} was refused` : 'the commit was refused');
  });
};

/** `wait REMOTE DATABASE`: until the database is served and, in a cluster, has a leader */
export const wait: Command = (invocation) => withLive(invocation, {}, () => Promise.resolve());

/** `monitor REMOTE DATABASE [TABLE...]`: the content, then every change, until interrupted */
export const monitor: Command = async (invocation, print) => {
  const client = openDatabase(openOptions(invocation, chosen(invocation)));
  const { replica } = client;
  replica.onState((state) => print(invocation.isJson ? printJson({ state: state.name }) : `# ${state.name}`));
  replica.onChange((changes) => {
    for (const { table, uuid, before, after } of changes) {
      const what = before === undefined ? 'insert' : after === undefined ? 'delete' : 'modify';
      const columns = changedColumns(replica, { table, before, after });
      print(invocation.isJson ? printJson({ table, uuid, change: what, columns }) : `${what} ${table} ${uuid} ${printJson(columns)}`);
    }
  });
  await new Promise<never>(() => undefined);
};

function changedColumns(
  replica: Replica,
  { table, before, after }: { readonly table: string; readonly before: Row | undefined; readonly after: Row | undefined },
): Readonly<Record<string, Json>> {
  if (after === undefined) return {};
  const columns = rowToJson(replica, table, after);
  return Object.fromEntries(Object.entries(columns).filter(([name]) => before === undefined || before[name] !== after[name]));
}

function replicatedTables(replica: Replica): readonly string[] {
  return [...(replica.schema?.tables.keys() ?? [])].filter((name) => replica.columns(name) !== undefined);
}
