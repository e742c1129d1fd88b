import { replicaToText } from '../../../notation/print.ts';
import { chosenTables } from '../arguments.ts';
import type { Command } from '../command.ts';
import { withLive } from '../live.ts';
import { writeLine, writeLines } from '../streams.ts';
import { tableLines } from '../text.ts';

/** `dump`: the content of one moment. */
export const dump: Command = {
  name: 'dump',
  usage: 'REMOTE DATABASE [TABLE[:COLUMN,...]...]',
  summary: 'print the content',
  details: [
    'Prints a table of text for each table that has rows; with --json one line, {TABLE: {UUID: {COLUMN: VALUE}}}, where values are',
    'in the notation of RFC 7047 section 5.1.',
  ],
  examples: [
    'ovsdb dump unix:/run/ovn/ovnnb_db.sock OVN_Northbound',
    'ovsdb dump unix:/run/ovn/ovnnb_db.sock OVN_Northbound Logical_Switch:name,ports ACL',
    'ovsdb dump --json tcp:10.0.0.1:6641,tcp:10.0.0.2:6641 OVN_Northbound Logical_Switch',
  ],
  options: ['table'],
  run(invocation, streams) {
    return withLive(invocation, chosenTables(invocation), async ({ replica }) => {
      const view = replica.snapshot();
      if (invocation.isJson) await writeLine(streams, replicaToText(view));
      else
        for (const table of view.schema?.tables.keys() ?? []) if (view.count(table) > 0) await writeLines(streams, tableLines(view, table));
    });
  },
};
