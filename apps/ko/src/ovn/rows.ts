/** Rows of a database, asked by OVSDB's own tool, so that it is the same here and in a pod. */
import { databaseNames, type DatabaseMember, type NodePlaces } from '../site/cluster.ts';
import { attempt, capture, type Place } from '../site/place.ts';
import type { DatabaseKind } from '../site/site.ts';

/** A value as OVSDB writes it. @source RFC 7047 §5.1 <value> */
export type Value =
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

/** Its columns that were asked for. */
export type Row = Readonly<Record<string, Value>>;

/** @throws {KoError} KO_PROGRAM_FAILED, KO_UNREACHABLE */
export function rowsOf({ place, remote }: DatabaseMember, { kind, table, columns }: RowQuestion): Promise<readonly Row[]> {
  return select(place, [remote], [databaseNames[kind], { op: 'select', table, where: [], columns: [...columns] }]);
}

/** Rows by the first digits of their UUID, which only the tools can look for. @source ovn-nbctl(8) list, --format=json */
export async function rowsById(
  { place, remote }: DatabaseMember,
  { kind, table, columns, id }: RowQuestion & { readonly id: string },
): Promise<readonly Row[]> {
  const argv = [
    `ovn-${kind}ctl`,
    `--db=${remote}`,
    '--no-leader-only',
    '--format=json',
    `--columns=${columns.join(',')}`,
    'list',
    table,
    id,
  ] as const;
  const { code, stdout } = await attempt(place, argv);
  if (code !== 0) return [];
  const { headings = [], data = [] } = JSON.parse(stdout) as {
    readonly headings?: readonly string[];
    readonly data?: readonly (readonly Value[])[];
  };
  return data.map((values) => Object.fromEntries(headings.map((heading, at) => [heading, values[at] ?? ''])));
}

/**
 * Rows of a node's conf.db.
 *
 * @throws {KoError} KO_PROGRAM_FAILED, KO_UNREACHABLE
 */
export function nodeRows(
  { place, openvswitch }: Pick<NodePlaces, 'place' | 'openvswitch'>,
  { table, columns }: Omit<RowQuestion, 'kind'>,
): Promise<readonly Row[]> {
  const query = ['Open_vSwitch', { op: 'select', table, where: [], columns: [...columns] }];
  return select(place, openvswitch === undefined ? [] : [openvswitch], query);
}

async function select(place: Place, remote: readonly string[], query: readonly unknown[]): Promise<readonly Row[]> {
  const text = await capture(place, ['ovsdb-client', '--timeout=15', 'query', ...remote, JSON.stringify(query)]);
  const [{ rows = [] } = {}] = JSON.parse(text) as readonly { readonly rows?: readonly Row[] }[];
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

/** A map of texts; empty for anything else. @source RFC 7047 §5.1 <map> */
export function mapIn(value: Value | undefined): ReadonlyMap<string, string> {
  if (!Array.isArray(value) || value[0] !== 'map') return new Map();
  return new Map(value[1] as readonly (readonly [string, string])[]);
}

/** Undefined for an empty set, which is how a column that may be left out says so. */
export function optionalIn(value: Value | undefined): string | number | boolean | undefined {
  return Array.isArray(value) || value === undefined ? undefined : (value as string | number | boolean);
}
