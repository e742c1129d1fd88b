/** Rows of a database of OVN, asked by its own tool, so that it is the same here and in a pod. */
import { databaseNames, type DatabaseMember } from '../site/cluster.ts';
import { capture } from '../site/place.ts';
import type { DatabaseKind } from '../site/site.ts';

/** A value as OVSDB writes it. @source RFC 7047 §5.1 <value> */
type Value =
  | string
  | number
  | boolean
  | readonly ['uuid', string]
  | readonly ['set', readonly unknown[]]
  | readonly ['map', readonly unknown[]];

export interface RowQuestion {
  readonly kind: DatabaseKind;
  readonly table: string;
  readonly columns: readonly string[];
}

/** @throws {KoError} KO_PROGRAM_FAILED, KO_UNREACHABLE */
export async function rowsOf(
  member: DatabaseMember,
  { kind, table, columns }: RowQuestion,
): Promise<readonly Readonly<Record<string, Value>>[]> {
  const query = [databaseNames[kind], { op: 'select', table, where: [], columns: [...columns] }];
  const text = await capture(member.place, ['ovsdb-client', '--timeout=15', 'query', member.remote, JSON.stringify(query)]);
  const [{ rows = [] } = {}] = JSON.parse(text) as readonly { readonly rows?: readonly Readonly<Record<string, Value>>[] }[];
  return rows;
}

/** A reference, or the only one of a set; undefined for an empty set. */
export function referenceIn(value: Value | undefined): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kind, content] = value as readonly [string, unknown];
  if (kind === 'uuid' && typeof content === 'string') return content;
  return kind === 'set' && Array.isArray(content) ? referenceIn(content[0] as Value | undefined) : undefined;
}

/** A boolean, or the only one of a set. */
export function truthIn(value: Value | undefined): boolean {
  return value === true || (Array.isArray(value) && Array.isArray(value[1]) && value[1][0] === true);
}

export function textIn(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function numberIn(value: Value | undefined): number {
  return typeof value === 'number' ? value : 0;
}
