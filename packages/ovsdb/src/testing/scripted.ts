/**
 * Answers of a peer that pretends to serve a database, as a member of a cluster if it is told so.
 *
 * @source RFC 7047 §4.1; ovsdb-server(5) (database _Server)
 */
import type { Json, JsonObject } from '../json/json.ts';
import type { PeerAnswer } from './peer.ts';

/** A database as JSON of the protocol. */
export interface ScriptedDatabase {
  readonly schema: JsonObject & { readonly name: string };
  /** `{table: {uuid: row}}` in the notation of RFC 7047 §5.1. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  /** What `_Server` says of it; without it there is no `_Server`, as on old servers. */
  readonly member?: { readonly leader: boolean; readonly connected: boolean; readonly index: number | bigint; readonly clusterId: string };
}

/** The row of the database in `_Server`, for notifications that change it. */
export const SCRIPTED_MEMBER = '11111111-0000-4000-8000-000000000001';

const SERVER_SCHEMA: JsonObject = {
  name: '_Server',
  version: '1.2.0',
  tables: {
    Database: {
      columns: {
        name: { type: 'string' },
        model: { type: 'string' },
        connected: { type: 'boolean' },
        leader: { type: 'boolean' },
        schema: { type: { key: 'string', min: 0, max: 1 } },
        cid: { type: { key: 'uuid', min: 0, max: 1 } },
        index: { type: { key: 'integer', min: 0, max: 1 } },
      },
    },
  },
};

/** Answers by `database()`, which is asked anew for each request. Methods that are not known throw. */
export function scriptedAnswers(database: () => ScriptedDatabase): PeerAnswer {
  return ({ method, params }) => {
    const { schema, rows, member } = database();
    const isServer = params[0] === '_Server';
    if (isServer && member === undefined) throw new Error('no database _Server');
    switch (method) {
      case 'echo':
        return params;
      case 'set_db_change_aware':
      case 'monitor_cancel':
        return {};
      case 'list_dbs':
        return [schema.name, ...(member === undefined ? [] : ['_Server'])];
      case 'get_schema':
        return isServer ? SERVER_SCHEMA : schema;
      case 'monitor_cond':
        return isServer ? { Database: { [SCRIPTED_MEMBER]: { initial: memberRow(schema.name, member) } } } : initial(rows);
      case 'monitor_cond_since':
        return [false, '00000000-0000-0000-0000-000000000000', initial(rows)];
      default:
        throw new Error(method);
    }
  };
}

function initial(rows: ScriptedDatabase['rows']): Json {
  return Object.fromEntries(
    Object.entries(rows).map(([table, content]) => [
      table,
      Object.fromEntries(Object.entries(content).map(([uuid, row]) => [uuid, { initial: row }])),
    ]),
  );
}

function memberRow(name: string, member: ScriptedDatabase['member']): JsonObject {
  return {
    name,
    model: 'clustered',
    connected: member?.connected === true,
    leader: member?.leader === true,
    schema: '{}',
    cid: ['uuid', member?.clusterId ?? ''],
    index: member?.index ?? 0,
  };
}
