import { printJson } from '../../../json/json.ts';
import type { Json } from '../../../json/json.ts';
import type { RowChange } from '../../../monitor/updates.ts';
import { valueToJson } from '../../../notation/print.ts';
import { defaultValue } from '../../../notation/decode.ts';
import { valuesEqual } from '../../../notation/value.ts';
import type { Row } from '../../../notation/value.ts';
import type { ReplicaView } from '../../../replica/view.ts';
import type { ColumnSchema } from '../../../schema/types.ts';
import { openDatabase } from '../../open.ts';
import { chosenTables, openOptions, UsageError } from '../arguments.ts';
import type { Invocation } from '../arguments.ts';
import { feedOf } from '../change-feed.ts';
import type { Command } from '../command.ts';
import { checkTables } from '../live.ts';
import { complainOnce } from '../streams.ts';
import type { Streams } from '../streams.ts';
import { rowLabel, valueToText } from '../text.ts';

const STATES = [
  'Lines "# live" and "# stale" (--json: {"state": ...}) tell whether what is printed is current: after a restart of the server only what',
  'has changed meanwhile is printed, and then "# live". Ends when it is interrupted.',
];
const JSON_FORM =
  'With --json, a line is {"table", "uuid", "change": insert, modify or delete, "columns": new values, "before": old values}.';

/** `monitor`: the content and every change, for programs. */
export const monitor: Command = {
  name: 'monitor',
  usage: 'REMOTE DATABASE [TABLE[:COLUMN,...]...]',
  summary: 'print the content and then every change, of all tables or some',
  details: ['One line for each row that changes, with the new values of the columns that changed.', JSON_FORM, ...STATES],
  examples: [
    'ovsdb monitor unix:/run/openvswitch/db.sock Open_vSwitch',
    'ovsdb monitor --json --changes-only tcp:10.0.0.1:6641,tcp:10.0.0.2:6641 OVN_Northbound Logical_Switch ACL:match,action',
  ],
  options: ['table', 'changes-only'],
  run: (invocation, streams) => follow(invocation, streams, programLine),
};

/** `watch`: the changes of some tables, for people. */
export const watch: Command = {
  name: 'watch',
  usage: 'REMOTE DATABASE --table TABLE[:COLUMN,...]...',
  summary: 'print the rows of these tables and then every change, old value and new',
  details: [
    'One line for each row that changes: what of it, its table and name, and each column that changed as OLD -> NEW.',
    JSON_FORM,
    ...STATES,
  ],
  examples: [
    'ovsdb watch unix:/run/ovn/ovnnb_db.sock OVN_Northbound --table Logical_Switch',
    'ovsdb watch unix:/run/ovn/ovnsb_db.sock OVN_Southbound --table Port_Binding:logical_port,chassis,up --changes-only',
  ],
  options: ['table', 'changes-only'],
  run(invocation, streams) {
    if (chosenTables(invocation) === 'all') throw new UsageError('watch needs a table: --table NAME; monitor follows all');
    return follow(invocation, streams, personLine);
  },
};

interface Line {
  readonly view: ReplicaView;
  readonly change: RowChange;
  /** Those whose values differ; of a new row those that are not empty. */
  readonly columns: readonly ColumnSchema[];
}

async function follow(invocation: Invocation, streams: Streams, print: (line: Line) => string): Promise<void> {
  const tables = chosenTables(invocation);
  await using client = openDatabase(openOptions(invocation, tables));
  const { replica } = client;
  client.onProblem(complainOnce(streams));
  let wasLive = false;
  for await (const event of feedOf(replica)) {
    if ('state' in event) {
      if (event.state === 'live') {
        checkTables(replica, tables);
        wasLive = true;
      }
      await streams.write(invocation.isJson ? `${printJson({ state: event.state })}\n` : `# ${event.state}\n`);
    } else if (wasLive || !invocation.isChangesOnly) {
      const line = { view: replica, change: event.change, columns: changedColumns(replica, event.change) };
      await streams.write(`${invocation.isJson ? jsonLine(line) : print(line)}\n`);
    }
  }
}

function changedColumns(view: ReplicaView, { table, before, after }: RowChange): readonly ColumnSchema[] {
  if (after === undefined) return [];
  const columns = [...(view.schema?.tables.get(table)?.columns.values() ?? [])].filter(({ name }) => name in after);
  return before === undefined ? columns : columns.filter(({ name }) => !valuesEqual(before[name], after[name]));
}

function kindOf({ before, after }: RowChange): 'insert' | 'modify' | 'delete' {
  return before === undefined ? 'insert' : after === undefined ? 'delete' : 'modify';
}

function jsonOf(columns: readonly ColumnSchema[], row: Row | undefined): Readonly<Record<string, Json>> {
  return row === undefined ? {} : Object.fromEntries(columns.map(({ name, type }) => [name, valueToJson(row[name], type)]));
}

function jsonLine({ change, columns }: Line): string {
  const { table, uuid, before, after } = change;
  const old = before === undefined || after === undefined ? {} : { before: jsonOf(columns, before) };
  return printJson({ table, uuid, change: kindOf(change), columns: jsonOf(columns, after), ...old });
}

function programLine({ change, columns }: Line): string {
  return `${kindOf(change)} ${change.table} ${change.uuid} ${printJson(jsonOf(columns, change.after))}`;
}

function personLine({ change, columns }: Line): string {
  const { table, before, after } = change;
  const row = after ?? before;
  const parts = columns.flatMap(({ name, type }) => {
    const text = valueToText(after?.[name]);
    if (before !== undefined) return [`${name}: ${valueToText(before[name])} -> ${text}`];
    return valuesEqual(after?.[name], defaultValue(type)) ? [] : [`${name}: ${text}`];
  });
  return [`${kindOf(change)} ${table} ${row === undefined ? '' : rowLabel(row)}`, ...parts].join('  ');
}
