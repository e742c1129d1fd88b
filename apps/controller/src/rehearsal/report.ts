/** A rehearsal as text: operations by table, with names; what stays; what would be written to Kubernetes. Pure. */
import type { Operation, Row } from '@kube-ovn/ovsdb';
import type { LeftRow, Rehearsal } from './rehearse.ts';

type NameOf = Rehearsal['nameOf'];

/** The report of `--dry-run`. */
export function rehearsalText(rehearsal: Rehearsal): string {
  const parts = [
    ['Dry run: nothing was written, neither to OVN nor to Kubernetes.'],
    northbound(rehearsal),
    problems(rehearsal),
    leftAlone(rehearsal),
    kubernetes(rehearsal),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function northbound({ operations, nameOf: known, isBrakeEngaged }: Rehearsal): readonly string[] {
  const made = new Map(operations.flatMap((operation) => (operation.op === 'insert' ? [[operation.uuidName, keyOf(operation.row)]] : [])));
  const nameOf = (id: string): string => made.get(id) ?? known(id);
  const shown = operations.flatMap((operation) => lineOf(operation, nameOf));
  const guards = operations.filter(({ op }) => op === 'wait').length;
  const brake = isBrakeEngaged
    ? ['Safety brake: so many rows would go that none is deleted; with --safety-brake-share=1 they would be.']
    : [];
  if (operations.length === 0) return ['OVN Northbound: no operation, it is as the objects want it.', ...brake];
  const byTable = [...Map.groupBy(shown, ({ table }) => table)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `OVN Northbound: ${operations.length} operations on ${byTable.length} tables${guards === 0 ? '' : `, ${guards} of them guards against a second writer`}.`,
    ...brake,
    ...byTable.flatMap(([table, lines]) => [
      `${table} (${lines.length})`,
      ...lines.map(({ verb, text }) => `  ${verb.padEnd(6)} ${text}`).toSorted((a, b) => (a < b ? -1 : 1)),
    ]),
  ];
}

interface Line {
  readonly table: string;
  readonly verb: 'insert' | 'change' | 'delete';
  readonly text: string;
}

function lineOf(operation: Operation, nameOf: NameOf): readonly Line[] {
  if (operation.op === 'insert') return [{ table: operation.table, verb: 'insert', text: insertedName(operation.row) }];
  if (operation.op === 'update')
    return [{ table: operation.table, verb: 'change', text: `${target(operation, nameOf)}: ${updated(operation.row, nameOf)}` }];
  if (operation.op === 'mutate') {
    const changes = operation.mutations.map(
      ([column, mutator, value]) => `${column} ${mutator === 'delete' ? '-' : '+'} ${valueText(value, nameOf)}`,
    );
    return [{ table: operation.table, verb: 'change', text: `${target(operation, nameOf)}: ${changes.join('; ')}` }];
  }
  return operation.op === 'delete' ? [{ table: operation.table, verb: 'delete', text: target(operation, nameOf) }] : [];
}

function updated(row: Readonly<Record<string, unknown>>, nameOf: NameOf): string {
  return Object.entries(row)
    .map(([column, value]) => `${column} = ${valueText(value, nameOf)}`)
    .join('; ');
}

function target({ where }: { readonly where: readonly (readonly unknown[])[] }, nameOf: NameOf): string {
  return where.map(([, , value]) => nameOf(String(value))).join(', ');
}

function insertedName(row: Readonly<Record<string, unknown>>): string {
  const says = ['priority', 'match', 'ip_prefix', 'nexthop', 'action', 'addresses', 'networks', 'cidr', 'type', 'logical_ip', 'external_ip']
    .filter((column) => Object.hasOwn(row, column))
    .map((column) => `${column}=${valueText(row[column], String)}`);
  return [keyOf(row), ...says].join(' ');
}

function keyOf(row: Readonly<Record<string, unknown>>): string {
  const [, key] = entriesOf(row['external_ids']).find(([name]) => name === 'ko-id') ?? [];
  const name = key ?? row['name'];
  return typeof name === 'string' ? name : '(without a name)';
}

function valueText(value: unknown, nameOf: NameOf): string {
  if (value === undefined) return '(nothing)';
  if (isNamed(value)) return nameOf(value.named);
  if (Array.isArray(value)) return value.length === 0 ? '(nothing)' : value.map((item) => valueText(item, nameOf)).join(', ');
  if (typeof value === 'object' && value !== null) {
    const pairs = entriesOf(value).map(([key, item]) => `${key}:${valueText(item, nameOf)}`);
    return pairs.length === 0 ? '(nothing)' : pairs.join(', ');
  }
  return typeof value === 'string' ? nameOf(value) : String(value as number | bigint | boolean);
}

function isNamed(value: unknown): value is { readonly named: string } {
  return typeof value === 'object' && value !== null && 'named' in value && typeof value.named === 'string';
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (value instanceof Map) return [...(value as ReadonlyMap<unknown, unknown>)].map(([key, item]) => [String(key), item]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function problems({ problems: found }: Rehearsal): readonly string[] {
  if (found.size === 0) return [];
  return ['What OVN can not be made to hold:', ...[...found].map(([owner, { message }]) => `  ${owner}: ${message}`)];
}

function leftAlone({ leftAlone: found }: Rehearsal): readonly string[] {
  if (found.length === 0) return [];
  return [
    `Left alone: ${found.length} rows of Kube-OVN's controller. Each line removes one, once this controller leads (see docs/migration.md):`,
    ...found.map((left) => `  ${removal(left)}  # ${describe(left.row)}`),
  ];
}

function removal({ table, row, holder }: LeftRow): string {
  return holder === undefined
    ? `ovn-nbctl destroy ${table} ${row._uuid}`
    : `ovn-nbctl remove ${holder.table} ${holder.name} ${holder.column} ${row._uuid}`;
}

function describe(row: Row): string {
  return ['name', 'priority', 'match', 'action', 'ip_prefix', 'cidr', 'nexthop', 'nexthops', 'logical_ip', 'external_ip']
    .filter((column) => row[column] !== undefined && row[column] !== '' && !isEmpty(row[column]))
    .map((column) => `${column}=${valueText(row[column], String)}`)
    .join(' ');
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function kubernetes({ writes }: Rehearsal): readonly string[] {
  const events = writes.filter(({ kind }) => kind === 'Event');
  const others = writes.filter(({ kind }) => kind !== 'Event');
  if (writes.length === 0) return ['Kubernetes: no write.'];
  const byKind = [...Map.groupBy(others, ({ kind }) => kind)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `Kubernetes: ${others.length} writes, ${events.length} events.`,
    ...byKind.flatMap(([kind, all]) => [
      `${kind} (${all.length})`,
      ...all.map(({ verb, key, body }) => `  ${verb.padEnd(6)} ${key}${verb === 'patch' ? `: ${fieldsOf(body).join(', ')}` : ''}`),
    ]),
    ...events.map(({ body }) => `  event  ${eventText(body)}`),
  ];
}

/** Which fields a patch states: annotations and labels by name, the others by their path. */
function fieldsOf(body: unknown): readonly string[] {
  return entriesOf(body).flatMap(([part, fields]) =>
    entriesOf(fields).flatMap(([field, value]) => {
      if (part !== 'metadata') return [`${part}.${field}`];
      if (field === 'annotations' || field === 'labels') return entriesOf(value).map(([key]) => key);
      return field === 'finalizers' ? [field] : [];
    }),
  );
}

function eventText(body: unknown): string {
  const { involvedObject, type, reason, message } = body as {
    readonly involvedObject?: { readonly kind?: string; readonly name?: string };
    readonly type?: string;
    readonly reason?: string;
    readonly message?: string;
  };
  return `${type ?? ''} ${involvedObject?.kind ?? ''} ${involvedObject?.name ?? ''} ${reason ?? ''}: ${message ?? ''}`;
}
