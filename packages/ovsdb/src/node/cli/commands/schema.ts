import { printJson } from '../../../json/json.ts';
import { describeColumn, describeTable } from '../../../schema/describe.ts';
import type { Command } from '../command.ts';
import { checkTables, withLive } from '../live.ts';
import { writeLine, writeLines } from '../streams.ts';
import { alignedLines } from '../text.ts';

/** `schema`: what tables and columns there are. */
export const schema: Command = {
  name: 'schema',
  usage: 'REMOTE DATABASE [TABLE...]',
  summary: 'print the schema, or the columns of tables in words',
  details: ['Without TABLE, or with --json, prints the whole schema as JSON (RFC 7047 section 3.2), as ovsdb-codegen reads it.'],
  examples: [
    'ovsdb schema unix:/run/openvswitch/db.sock Open_vSwitch > vswitch.ovsschema',
    'ovsdb schema unix:/run/ovn/ovnnb_db.sock OVN_Northbound Logical_Switch ACL',
  ],
  options: ['table'],
  run(invocation, streams) {
    const names = [...invocation.tables, ...invocation.positionals.slice(2)];
    return withLive(invocation, {}, async (client) => {
      const { replica } = client;
      checkTables(replica, Object.fromEntries(names.map((name) => [name, true as const])));
      if (names.length === 0 || invocation.isJson)
        await writeLine(streams, [printJson(await client.request('get_schema', [replica.database]))]);
      else {
        for (const table of names.flatMap((name) => replica.schema?.tables.get(name) ?? [])) {
          await writeLine(streams, [`${table.name}: ${describeTable(table)}`]);
          const cells = [...table.columns.values()].map((column) => [column.name, describeColumn(column)]);
          await writeLines(
            streams,
            alignedLines(['column', 'type'], () => cells),
          );
          await writeLine(streams, []);
        }
      }
    });
  },
};
