/**
 * How the planner tells our rows from foreign ones, and finds a row by its natural key.
 */
import { isMapValue } from '../notation/value.ts';
import type { Row, Uuid } from '../notation/value.ts';
import type { WantedValue } from './fragment.ts';

/** Identity of the rows of one table. */
export interface TableIdentity {
  /** The natural key of a row that is ours; undefined = a foreign row, which is never touched. */
  keyOf(row: Row): string | undefined;
  /** Columns that make a new row bear its identity; they are repaired when someone edits them. */
  mark(key: string): Readonly<Record<string, WantedValue>>;
  /** Rows of this table belong to others too: they may be referenced and changed element by element, but are never deleted. */
  readonly shared?: boolean;
  /**
   * Rows of ours by their mark that are not deleted although nobody wants them, by what holds them: somebody else has marked or moved them.
   * @param holders rows with a strong reference to a row of a table
   */
  spares?(row: Row, holders: (table: string, uuid: Uuid) => readonly Row[]): boolean;
  /** Map keys by column that are ours on rows into which others write too: unwanted ones are removed. */
  readonly declaredKeys?: Readonly<Record<string, readonly string[]>>;
  /** Map and set columns of our own rows into which others write too: only stated elements and `declaredKeys` are touched. */
  readonly openColumns?: readonly string[];
}

const OWNER_KEY = 'vendor';

/** Rows with a name of their own, ours by `external_ids:vendor`. */
export function namedIdentity(options: {
  readonly name?: string;
  readonly owner: string;
  readonly openColumns?: readonly string[];
  readonly declaredKeys?: Readonly<Record<string, readonly string[]>>;
}): TableIdentity {
  const { name = 'name', owner, ...rest } = options;
  return {
    keyOf: (row) => {
      const key = row[name];
      return typeof key === 'string' && externalId(row, OWNER_KEY) === owner ? key : undefined;
    },
    mark: (key) => ({ [name]: key, external_ids: { [OWNER_KEY]: owner } }),
    ...rest,
  };
}

/** Rows without a name; the natural key is kept in `external_ids`. */
export function keyedIdentity(options: {
  readonly owner: string;
  readonly idKey?: string;
  readonly openColumns?: readonly string[];
  readonly declaredKeys?: Readonly<Record<string, readonly string[]>>;
}): TableIdentity {
  const { owner, idKey = 'ko-id', ...rest } = options;
  return {
    keyOf: (row) => (externalId(row, OWNER_KEY) === owner ? externalId(row, idKey) : undefined),
    mark: (key) => ({ external_ids: { [OWNER_KEY]: owner, [idKey]: key } }),
    ...rest,
  };
}

/** Key of the one row of a singleton table, as the OVN and OVS tools write it. */
export const SINGLETON_KEY = '.';

/** The one row of a table such as NB_Global or Open_vSwitch. */
export function singletonIdentity(options: { readonly declaredKeys?: Readonly<Record<string, readonly string[]>> } = {}): TableIdentity {
  return { keyOf: () => SINGLETON_KEY, mark: () => ({}), shared: true, ...options };
}

function externalId(row: Row, key: string): string | undefined {
  const ids = row['external_ids'];
  const value = isMapValue(ids) ? ids.get(key) : undefined;
  return typeof value === 'string' ? value : undefined;
}
