import { printJson } from '../../../json/json.ts';
import type { Command } from '../command.ts';
import { fetchDatabases } from '../live.ts';
import { writeLine, writeLines } from '../streams.ts';

/** `list-dbs`: what a server serves. */
export const listDbs: Command = {
  name: 'list-dbs',
  usage: 'REMOTE',
  summary: 'print the names of the databases that are served',
  details: ['One a line; with --json an array. _Server is the database in which a server tells about itself.'],
  examples: ['ovsdb list-dbs unix:/run/ovn/ovnnb_db.sock'],
  options: [],
  async run(invocation, streams) {
    const names = await fetchDatabases(invocation);
    await (invocation.isJson ? writeLine(streams, [printJson(names)]) : writeLines(streams, names));
  },
};
