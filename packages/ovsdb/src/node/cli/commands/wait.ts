import { OvsdbError } from '../../../errors.ts';
import { printJson } from '../../../json/json.ts';
import type { Row } from '../../../notation/value.ts';
import type { Replica } from '../../../replica/replica.ts';
import { openDatabase } from '../../open.ts';
import { openOptions, UsageError } from '../arguments.ts';
import type { Invocation } from '../arguments.ts';
import type { Command } from '../command.ts';
import { checkTables } from '../live.ts';
import { compileTest, readTest } from '../row-test.ts';
import type { WrittenTest } from '../row-test.ts';
import { writeLine, writeLines } from '../streams.ts';

/** `wait`: until a database can be used, or until a row is there, or gone. */
export const wait: Command = {
  name: 'wait',
  usage: 'REMOTE DATABASE [TABLE [CONDITION...]]',
  summary: 'wait until the database can be used, or until a row is there',
  details: [
    'Without TABLE, waits until the database is served and, in a cluster, has a leader. With TABLE, waits until it has a row that meets',
    'every CONDITION, and prints the UUIDs of such rows, one a line (--json: an array); with --gone, until it has none.',
    '',
    'A CONDITION is COLUMN=VALUE, with !=, <, <=, > or >= for other comparisons. COLUMN:KEY=VALUE compares an entry of a map;',
    'COLUMN:KEY asks that a map has the key, or a set the element. [] is an empty set or optional value, [a,b] a set of two.',
    'Strings may be in double quotes with the escapes of JSON.',
    '',
    'A server that is away is waited for, too. Exits with 3 when --timeout (default 10 seconds, 0 for none) has passed.',
  ],
  examples: [
    'ovsdb wait --timeout 60 unix:/run/ovn/ovnnb_db.sock OVN_Northbound',
    'ovsdb wait unix:/run/ovn/ovnsb_db.sock OVN_Southbound Port_Binding logical_port=web-0 up=true',
    'ovsdb wait unix:/run/openvswitch/db.sock Open_vSwitch Interface external_ids:iface-id=web-0 ofport>=1',
    'ovsdb wait --gone unix:/run/ovn/ovnnb_db.sock OVN_Northbound Logical_Switch name=blue',
  ],
  options: ['gone'],
  async run(invocation, streams) {
    const [, , table, ...conditions] = invocation.positionals;
    if (table === undefined && invocation.isGone) throw new UsageError('--gone needs a TABLE, and usually a CONDITION');
    const found = await waitForRows(invocation, table, conditions.map(readTest));
    if (table === undefined || invocation.isGone) return;
    await (invocation.isJson ? writeLine(streams, [printJson(found)]) : writeLines(streams, found));
  },
};

/** UUIDs of the rows that meet all conditions; none without a table. */
async function waitForRows(invocation: Invocation, table: string | undefined, tests: readonly WrittenTest[]): Promise<readonly string[]> {
  const columns = [...new Set(tests.map(({ column }) => column))].filter((column) => column !== '_uuid');
  const tables = table === undefined ? {} : { [table]: columns };
  await using client = openDatabase(openOptions(invocation, tables));
  let last: OvsdbError | undefined;
  client.onProblem((problem) => {
    last = problem;
  });
  let found: readonly string[] = [];
  const isReached = (replica: Replica): boolean => {
    if (replica.state.name !== 'live') return false;
    if (table === undefined) return true;
    checkTables(replica, tables);
    found = matching(replica, table, tests).map(({ _uuid }) => _uuid);
    return invocation.isGone ? found.length === 0 : found.length > 0;
  };
  await client.replica.waitFor(isReached, invocation.timeoutMs).catch((error: unknown) => {
    throw error instanceof OvsdbError && error.code === 'OVSDB_TIMEOUT' ? timedOut(invocation, client.replica, last) : error;
  });
  return found;
}

function matching(replica: Replica, table: string, tests: readonly WrittenTest[]): readonly Row[] {
  const schema = replica.schema?.tables.get(table);
  const compiled = schema === undefined ? [] : tests.map((test) => compileTest(test, schema));
  return [...replica.rows(table)].filter((row) => compiled.every((test) => test(row)));
}

function timedOut({ timeoutMs = 0, isGone, positionals }: Invocation, replica: Replica, last: OvsdbError | undefined): OvsdbError {
  const [, database = '', table, ...conditions] = positionals;
  const seconds = `within ${timeoutMs / 1000} s (--timeout)`;
  const isLive = replica.state.name === 'live';
  if (!isLive)
    return new OvsdbError(
      'OVSDB_TIMEOUT',
      `database ${database} cannot be used ${seconds}${last === undefined ? '' : `: ${last.message}`}`,
    );
  const such = conditions.length === 0 ? 'a row' : `a row with ${conditions.join(' ')}`;
  return new OvsdbError('OVSDB_TIMEOUT', `table ${table ?? ''} ${isGone ? `still has ${such}` : `did not have ${such}`} ${seconds}`);
}
