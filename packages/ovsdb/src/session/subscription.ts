/**
 * What is replicated, and what of it outlives the connections that do it: the selection with its filters, the replica, and the
 * point from which a server may resume.
 *
 * @source ovsdb-server(7) §4.1.13, 4.1.15
 */
import { OvsdbError } from '../errors.ts';
import { selectColumns, withFilters } from '../monitor/selection.ts';
import type { RowFilter, TableSelection } from '../monitor/selection.ts';
import type { Clock } from '../ports.ts';
import { DatabaseReplica } from '../replica/replica.ts';

/** The last transaction that the replica shows, and the monitor request under which it does. */
export interface ResumePoint {
  readonly transaction: string;
  /** Its key. Other columns or filters would have other rows: a resume from another request is none. */
  readonly request: string;
}

/** A replica with what it replicates. */
export class Subscription {
  readonly database: string;
  readonly replica: DatabaseReplica;
  resume: ResumePoint | undefined;
  #selection: TableSelection;
  #waiters: ((error?: OvsdbError) => void)[] = [];

  constructor(database: string, selection: TableSelection, clock: Clock) {
    this.database = database;
    this.#selection = selection;
    this.replica = new DatabaseReplica(database, clock);
  }

  get selection(): TableSelection {
    return this.#selection;
  }

  /**
   * Change filters. Resolves once the replica shows exactly what they let through, which without a connection is when it is live again.
   *
   * @throws {OvsdbError} OVSDB_NOT_CONNECTED before the schema is known; OVSDB_UNKNOWN_TABLE, OVSDB_UNKNOWN_COLUMN, OVSDB_BAD_VALUE
   */
  setFilters(changes: Readonly<Record<string, RowFilter>>): Promise<void> {
    const { schema } = this.replica;
    if (schema === undefined)
      throw new OvsdbError('OVSDB_NOT_CONNECTED', `the schema of database ${this.database} is not known yet`, { retry: 'later' });
    const next = withFilters(schema, this.#selection, changes);
    selectColumns(schema, next);
    this.#selection = next;
    return new Promise((resolve, reject) => this.#waiters.push((error) => (error === undefined ? resolve() : reject(error))));
  }

  /** The replica shows what the filters let through; or, with an error, it never will. */
  settle(error?: OvsdbError): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter(error);
  }
}
