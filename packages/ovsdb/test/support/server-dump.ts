/** What a server holds, read by ovsdb-client, in the form of `replicaToJson`. */
import { isDeepStrictEqual } from 'node:util';
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

/** Tables and UUIDs of the rows that are not the same in both: quicker on large databases than a matcher of everything at once. */
export function differingRows(one: { readonly [table: string]: Json }, other: { readonly [table: string]: Json }): readonly string[] {
  const differing: string[] = [];
  for (const table of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const [a, b] = [one, other].map((tables) => (tables[table] ?? {}) as { readonly [uuid: string]: Json });
    for (const uuid of new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})]))
      if (!isDeepStrictEqual(a?.[uuid], b?.[uuid])) differing.push(`${table} ${uuid}`);
  }
  return differing;
}
