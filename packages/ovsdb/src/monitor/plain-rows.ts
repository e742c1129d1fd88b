/**
 * The rows of an initial content, read straight from the bytes as long as they look as ovsdb-server writes them: reading them by way of
 * JSON values costs about twice as much.
 *
 * @source RFC 7047 §4.1.6 (<row-update>, "new"); ovsdb-server(7) §4.1.14 (<row-update2>, "initial")
 */
import { toBytes } from '../json/ascii.ts';
import type { StringPool } from '../notation/string-pool.ts';
import type { Row, Uuid, Value } from '../notation/value.ts';
import { WireReader } from '../notation/wire-reader.ts';
import type { MonitoredTable } from './selection.ts';

const COMMA = toBytes(',');
const COLON = toBytes(':');
const QUOTE = toBytes('"');
const CLOSE = toBytes('}');

/** Where rows are to be put. */
export interface RowPlace {
  readonly table: MonitoredTable;
  /** False when the row may not be put there; it is left alone then. */
  readonly put: (uuid: Uuid, row: Row) => boolean;
}

/** A reader of rows. */
export class PlainRows {
  readonly #reader: WireReader;
  /** From the end of a row's UUID to its first column. */
  readonly #head: Uint8Array;

  /** @param kind what the updates of rows are called */
  constructor(kind: 'initial' | 'new', pool: StringPool) {
    this.#reader = new WireReader(pool);
    this.#head = toBytes(`":{"${kind}":{`);
  }

  /** Read whole members of a table's object, up to one that is not plain. Returns the position after the last one read. */
  read(bytes: Uint8Array, from: number, { table, put }: RowPlace): number {
    const reader = this.#reader;
    reader.begin(bytes, from);
    let end = from;
    do {
      reader.need(QUOTE);
      const uuid = reader.uuid();
      reader.need(this.#head);
      const row = this.#row(table, uuid);
      if (reader.isStuck || !put(uuid, row)) return end;
      end = reader.position;
    } while (reader.skip(COMMA));
    return end;
  }

  /** A row from its first column to the end of its update. */
  #row(table: MonitoredTable, uuid: Uuid): Row {
    const reader = this.#reader;
    const row: Record<string, Value> & { _uuid: Uuid } = { ...table.blank };
    row._uuid = uuid;
    if (!reader.skip(CLOSE)) {
      do {
        const name = reader.string();
        const column = table.byName.get(name);
        reader.need(COLON);
        if (column === undefined) reader.giveUp();
        else row[name] = reader.value(column.type);
      } while (!reader.isStuck && reader.skip(COMMA));
      reader.need(CLOSE);
    }
    reader.need(CLOSE);
    return row;
  }
}
