/** What policies compile to, as lines for people. */
import type { CompiledObjects } from '../../compile-objects.ts';
import type { Cost } from '../../engine/cost.ts';

type Row = Parameters<Parameters<CompiledObjects['fragments']['forEach']>[0]>[0]['rows'][number];

/** Owner by owner: its ACLs, and the ports that are in its groups. */
export function compiledLines({ fragments }: CompiledObjects): readonly string[] {
  const members = new Map<string, string[]>();
  for (const { members: own } of fragments.values()) {
    for (const { key, set = [] } of own) members.set(key, [...(members.get(key) ?? []), ...set.map(wordOf)]);
  }
  const lines: string[] = [];
  for (const [owner, { rows }] of [...fragments].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (rows.length > 0) lines.push(owner, ...rows.map((row) => `  ${rowLine(row, members.get(row.key) ?? [])}`));
  }
  return lines;
}

/** How many rows of each table, and what the dearest policies cost. */
export function costLines({ fragments }: CompiledObjects, { policies }: Cost): readonly string[] {
  const counts = new Map<string, number>();
  let memberships = 0;
  for (const { rows, members } of fragments.values()) {
    for (const { table } of rows) counts.set(table, (counts.get(table) ?? 0) + 1);
    memberships += members.length;
  }
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([table, count]) => `${count} ${table}`);
  return [
    `rows: ${rows.join(', ')}, ${memberships} memberships`,
    'policies, by flows on a node that has all of their pods (estimated):',
    ...policies.map(({ policy, acls, flows }) => `  ${policy}: ${acls} ACLs, about ${flows} flows`),
  ];
}

function rowLine({ table, key, columns }: Row, members: readonly string[]): string {
  if (table === 'ACL') {
    const tier = columns['tier'] === undefined ? '' : `tier ${wordOf(columns['tier'])} `;
    return `ACL ${tier}${['priority', 'direction', 'action'].map((name) => wordOf(columns[name])).join(' ')}: ${wordOf(columns['match'])}`;
  }
  if (table === 'Port_Group') {
    const { selects } = (columns['external_ids'] ?? {}) as { readonly selects?: string };
    return `Port_Group ${key}${selects === undefined ? '' : ` (${selects})`}: ${members.toSorted().join(' ') || 'empty'}`;
  }
  return `${table} ${key}: ${wordOf(columns['addresses'] ?? columns['rate'] ?? columns['unit'])}`;
}

function wordOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'ref' in value) return (value as { readonly ref: { readonly key: string } }).ref.key;
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
