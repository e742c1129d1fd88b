/** What a server holds, read by ovsdb-client, in the form of `replicaToJson`. */
import type { Json } from '../../src/index.ts';
import { parseJson } from '../../src/json/json.ts';
import type { TestServer } from '../../src/testing/index.ts';

export type Dump = Record<string, Record<string, Record<string, Json>>>;

export async function serverDump(server: TestServer, database: string): Promise<Dump> {
  const text = await server.client('--format=json', 'dump', server.remote, database);
  const tables: Dump = {};
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const { caption, headings, data } = parseJson(line, true) as { caption: string; headings: string[]; data: Json[][] };
    const rows: Record<string, Record<string, Json>> = {};
    for (const values of data) {
      const row = Object.fromEntries(headings.map((heading, at) => [heading, values[at] ?? null]));
      const { _uuid, ...columns } = row;
      rows[(_uuid as string[])[1] ?? ''] = columns;
    }
    tables[caption.replace(/ table$/, '')] = rows;
  }
  return tables;
}
