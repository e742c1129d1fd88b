/**
 * Requests to a server that are neither transactions nor monitors.
 *
 * @source RFC 7047 §4.1.1, 4.1.2, 4.1.11; ovsdb-server(7) §4.1.20 (get_server_id), 4.1.21 (convert)
 */
import { OvsdbError } from '../errors.ts';
import { isArray } from '../json/json.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { parseSchema } from '../schema/parse.ts';
import type { DatabaseSchema } from '../schema/types.ts';
import type { RequestOptions } from './pending.ts';

/** Without options, the limit of the client holds. */
type Request = (method: string, params: readonly Json[], options?: RequestOptions) => Promise<Json>;

/** Questions to the server of the present connection. Each rejects with OVSDB_NOT_CONNECTED or OVSDB_DISCONNECTED when there is none. */
export class ServerCalls {
  readonly #request: Request;
  readonly #database: string;

  constructor(request: Request, database: string) {
    this.#request = request;
    this.#database = database;
  }

  /** Names of the databases, `_Server` among them. */
  async listDatabases(): Promise<readonly string[]> {
    const names = await this.#request('list_dbs', []);
    if (!isArray(names) || !names.every((name) => typeof name === 'string')) throw bad('list_dbs', 'no array of strings');
    return names;
  }

  /** @param database default: the database of the client. @throws {OvsdbError} OVSDB_UNKNOWN_DATABASE, OVSDB_BAD_SCHEMA */
  async fetchSchema(database: string = this.#database): Promise<DatabaseSchema> {
    return parseSchema(await this.#request('get_schema', [database]));
  }

  /** Resolves when the server has answered; by then the replica holds all that was committed before the call. */
  async echo(): Promise<void> {
    await this.#request('echo', []);
  }

  /** A UUID that the server keeps as long as its process lives. */
  async fetchServerId(): Promise<string> {
    const id = await this.#request('get_server_id', []);
    if (typeof id !== 'string') throw bad('get_server_id', 'no string');
    return id;
  }

  /**
   * Convert the database to another schema, given as the JSON of RFC 7047 §3.2. Every replica of it is then read anew.
   *
   * @throws {OvsdbError} OVSDB_SYNTAX_ERROR when it is no schema; OVSDB_CONSTRAINT_VIOLATION, OVSDB_REFERENTIAL_INTEGRITY and others
   *   when the content does not fit it
   */
  async convert(schema: JsonObject): Promise<void> {
    // A large database takes its time.
    await this.#request('convert', [this.#database, schema], { answerLimitMs: 0 });
  }
}

function bad(method: string, why: string): OvsdbError {
  return new OvsdbError('OVSDB_BAD_MESSAGE', `the answer to ${method} is ${why}`, { retry: 'later' });
}
