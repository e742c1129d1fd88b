/**
 * The reply to a monitor request, read while it arrives: rows are decoded part by part and put aside, so that neither its text nor
 * its JSON is ever held whole. The replica changes only at the end, when the whole reply was found good.
 *
 * @source RFC 7047 §4.1.5; ovsdb-server(7) §4.1.12, 4.1.15
 */
import { OvsdbError } from '../errors.ts';
import { isArray } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import type { CutRule } from '../json/splitter.ts';
import type { StringPool } from '../notation/string-pool.ts';
import { isUuid } from '../notation/uuid.ts';
import type { Row, Uuid } from '../notation/value.ts';
import { rowsEqual } from '../notation/value.ts';
import type { DatabaseReplica } from '../replica/replica.ts';
import { PlainRows } from './plain-rows.ts';
import type { RowPlace } from './plain-rows.ts';
import { readUpdates } from './updates.ts';
import type { RowChange } from './updates.ts';

/** The requests that start a monitor. */
export type MonitorMethod = 'monitor_cond_since' | 'monitor_cond' | 'monitor';

/** The last transaction that a server without history names. */
export const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000';

const TABLES = String.raw`\{(?:\s*"\w+"\s*:\s*\{\s*\}\s*,)*\s*"(?<table>\w+)"\s*:\s*\{$`;
const RESULT = String.raw`^\s*\{(?:[^{}[\]]*,)?\s*"result"\s*:\s*`;
const PLAIN_LEAD = new RegExp(RESULT + TABLES);
const SINCE_LEAD = new RegExp(String.raw`${RESULT}\[\s*(?<found>true|false)\s*,\s*"[^"\\]*"\s*,\s*${TABLES}`);

/** One reply. */
export class MonitorReply {
  readonly rule: CutRule;
  readonly #method: MonitorMethod;
  readonly #replica: DatabaseReplica;
  readonly #pool: StringPool;
  readonly #lead: RegExp;
  /** The content from nothing. */
  readonly #content = new Map<string, Map<Uuid, Row>>();
  /** The changes since a transaction that the server remembers. */
  readonly #changes = new Map<string, Map<Uuid, RowChange>>();
  #place: RowPlace | undefined;
  /** What `#place` was made for. */
  #placeLead = '';

  constructor(method: MonitorMethod, replica: DatabaseReplica, pool: StringPool) {
    this.#method = method;
    this.#replica = replica;
    this.#pool = pool;
    this.#lead = method === 'monitor_cond_since' ? SINCE_LEAD : PLAIN_LEAD;
    const plain = new PlainRows(method === 'monitor' ? 'new' : 'initial', pool);
    this.rule = {
      depth: method === 'monitor_cond_since' ? 4 : 3,
      matches: (lead) => this.#lead.test(lead),
      skim: (lead, chunk, from) => {
        const place = this.#placeOf(lead);
        return place === undefined ? from : plain.read(chunk, from, place);
      },
    };
  }

  /**
   * Read rows of one table. Nothing is applied yet.
   *
   * @throws {OvsdbError} OVSDB_BAD_MESSAGE on anything that does not fit the schema
   */
  take(lead: string, members: Json): void {
    const { table = '', found } = this.#lead.exec(lead)?.groups ?? {};
    this.#read({ [table]: members }, found === 'true');
  }

  /**
   * Apply all that was taken and what is left in the reply's result.
   *
   * @returns the transaction up to which the replica now is; undefined when the server keeps no history
   * @throws {OvsdbError} OVSDB_BAD_MESSAGE; nothing is applied then
   */
  finish(result: Json): string | undefined {
    if (this.#method !== 'monitor_cond_since') {
      this.#read(result, false);
      this.#replica.replace(this.#content);
      return undefined;
    }
    if (!isArray(result) || result.length !== 3 || typeof result[1] !== 'string' || !isUuid(result[1]))
      throw new OvsdbError('OVSDB_BAD_MESSAGE', 'the reply to monitor_cond_since is not [found, id, updates]', { retry: 'later' });
    const found = result[0] === true;
    this.#read(result[2] ?? null, found);
    if (found) this.#replica.apply([...this.#changes.values()].flatMap((rows) => [...rows.values()]));
    else this.#replica.replace(this.#content);
    return result[1] === NO_TRANSACTION ? undefined : result[1];
  }

  /** Where the rows of a table go that are read straight from the bytes; undefined where there is more to them than new rows. */
  #placeOf(lead: string): RowPlace | undefined {
    if (lead !== this.#placeLead) {
      const { table: name = '', found } = this.#lead.exec(lead)?.groups ?? {};
      const table = found === 'true' ? undefined : this.#replica.monitored.get(name);
      this.#placeLead = lead;
      this.#place = table && { table, put: (uuid, row) => this.#put(name, uuid, row) };
    }
    return this.#place;
  }

  #read(updates: Json, found: boolean): void {
    const replica = this.#replica;
    const changes = readUpdates(updates, {
      tables: replica.monitored,
      row: (table, uuid) => (found ? replica.row(table, uuid) : this.#content.get(table)?.get(uuid)),
      version: this.#method === 'monitor' ? 1 : 2,
      pool: this.#pool,
    });
    for (const change of changes) {
      if (found) this.#putChange(change);
      else this.#putRow(change);
    }
  }

  #putChange(change: RowChange): void {
    const rows = inner(this.#changes, change.table);
    if (rows.has(change.uuid))
      throw new OvsdbError('OVSDB_BAD_MESSAGE', `a row of "${change.table}" is stated twice in one reply`, { retry: 'later' });
    rows.set(change.uuid, change);
  }

  #putRow({ table, uuid, after }: RowChange): void {
    if (after === undefined) throw new OvsdbError('OVSDB_BAD_MESSAGE', `initial content deletes a row of "${table}"`, { retry: 'later' });
    this.#put(table, uuid, after);
  }

  /** False when the row was stated before. */
  #put(table: string, uuid: Uuid, row: Row): boolean {
    const rows = inner(this.#content, table);
    if (rows.has(uuid)) return false;
    // After a reconnect most rows are what they were: the old object stays, and the new one is forgotten at once.
    const old = this.#replica.row(table, uuid);
    rows.set(uuid, old !== undefined && rowsEqual(old, row) ? old : row);
    return true;
  }
}

function inner<V>(tables: Map<string, Map<Uuid, V>>, table: string): Map<Uuid, V> {
  let rows = tables.get(table);
  if (rows === undefined) tables.set(table, (rows = new Map()));
  return rows;
}
