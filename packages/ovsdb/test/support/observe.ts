/** Reads a whole database with selects of its own and prints our rows by natural key, references by name. */
import type { DatabaseClient, OperationResult, Row } from '../../src/index.ts';
import { identities } from './northbound.ts';

type Printed = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Observation {
  /** Ours, with the columns that `columns` names. */
  readonly ours: Printed;
  /** Foreign rows whole, by UUID. */
  readonly foreign: ReadonlyMap<string, unknown>;
}

const REFERENCES: readonly string[] = ['ports', 'acls', 'load_balancer', 'static_routes'];

/** @param like the tables and columns to print, taken from an expectation */
export async function observe(client: DatabaseClient, columns: Readonly<Record<string, readonly string[]>>): Promise<Observation> {
  const tables = Object.keys(identities);
  const results: readonly OperationResult[] = await client.transact(tables.map((table) => ({ op: 'select', table, where: [] })));
  const rows = new Map(tables.map((table, at) => [table, results[at]?.rows as readonly Row[]]));
  const names = new Map<unknown, string>();
  const foreignUuids = new Set<unknown>();
  for (const [table, all] of rows) {
    for (const row of all) {
      const key = identities[table]?.keyOf(row);
      if (key === undefined || table === 'NB_Global') foreignUuids.add(row._uuid);
      else names.set(row._uuid, key);
    }
  }
  const print = (column: string, value: unknown): unknown => {
    if (value instanceof Map) return Object.fromEntries(value);
    if (!Array.isArray(value)) return value;
    const atoms = REFERENCES.includes(column)
      ? value.filter((uuid) => !foreignUuids.has(uuid)).map((uuid) => names.get(uuid) ?? `unknown ${uuid}`)
      : value;
    return (atoms as string[]).toSorted();
  };
  const ours: Record<string, Record<string, unknown>> = {};
  const foreign = new Map<string, unknown>();
  for (const [table, all] of rows) {
    if (columns[table] !== undefined) ours[table] = {};
    for (const row of all) {
      const key = names.get(row._uuid);
      const { _version, ...rest } = row as Row & { readonly _version: unknown };
      if (key === undefined) foreign.set(row._uuid, rest);
      else {
        const printed = Object.fromEntries((columns[table] ?? []).map((column) => [column, print(column, row[column])]));
        const at = ours[table]?.[key] === undefined ? key : `${key} again`;
        (ours[table] ??= {})[at] = printed;
      }
    }
  }
  return { ours, foreign };
}

export const PRINTED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  Logical_Switch: ['other_config', 'ports', 'acls', 'load_balancer'],
  Logical_Switch_Port: ['addresses', 'external_ids'],
  Port_Group: ['ports', 'acls', 'external_ids'],
  Address_Set: ['addresses'],
  Load_Balancer: ['vips'],
  ACL: ['priority', 'label', 'match', 'action'],
  Logical_Router: ['static_routes'],
  Logical_Router_Static_Route: ['ip_prefix', 'nexthop'],
};
