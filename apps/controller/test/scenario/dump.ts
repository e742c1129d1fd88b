/** What OVN Northbound holds of ours, as text for people: one line per row, references by name, in order. */
import type { Replica, Row, TableDefinition, Value } from '@kube-ovn/ovsdb';

import { nbIdentities, tables } from '@kube-ovn/ovn-model';

const shown: readonly TableDefinition[] = [
  tables.logicalRouter,
  tables.logicalRouterPort,
  tables.logicalRouterPolicy,
  tables.logicalRouterStaticRoute,
  tables.logicalSwitch,
  tables.logicalSwitchPort,
  tables.portGroup,
  tables.addressSet,
  tables.acl,
  tables.meter,
  tables.loadBalancer,
  tables.loadBalancerGroup,
  tables.chassisTemplateVar,
  tables.haChassisGroup,
  tables.haChassis,
];

/** Rows that bear our mark, and nothing that differs between two databases with the same content. */
export function dumpNorthbound(replica: Replica): string {
  const nameOf = new Map<string, string>();
  for (const table of shown) for (const row of replica.rows(table.name)) nameOf.set(row._uuid, rowName(row));
  const lines = shown.flatMap((table) =>
    [...replica.rows(table.name)]
      .filter((row) => nbIdentities[table.name]?.keyOf(row) !== undefined)
      .map((row) => `${table.name} ${rowName(row)}: ${columns(table, row, nameOf)}`)
      .toSorted(),
  );
  return `${lines.join('\n')}\n`;
}

function rowName(row: Row): string {
  const ids = row['external_ids'];
  const name = row['name'] ?? row['chassis'];
  return typeof name === 'string' ? name : String(ids instanceof Map ? ids.get('ko-id') : '');
}

function columns(table: TableDefinition, row: Row, nameOf: ReadonlyMap<string, string>): string {
  return Object.keys(table.columns)
    .filter((column) => column !== 'name' && column !== 'chassis')
    .flatMap((column) => {
      const text = valueText(row[column], nameOf);
      return text === '' || text === 'false' ? [] : [`${column}=${text}`];
    })
    .join(' ');
}

function valueText(value: Value, nameOf: ReadonlyMap<string, string>): string {
  if (value === undefined) return '';
  if (Array.isArray(value))
    return value
      .map((item) => valueText(item, nameOf))
      .toSorted()
      .join(',');
  if (value instanceof Map)
    return [...value]
      .filter(([key]) => key !== 'vendor' && key !== 'ko-id')
      .map(([key, item]) => `${String(key)}:${String(item)}`)
      .toSorted()
      .join(',');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return nameOf.get(text) ?? text;
}
