import { readFileSync } from 'node:fs';
import { definitionProblems, parseSchema, type TableDefinition } from '@kube-ovn/ovsdb';
import { describe, expect, it } from 'vitest';
import { nbIdentities, ovsIdentities } from '../identities.ts';
import { tables } from './northbound.ts';
import { southboundTables } from './southbound.ts';
import { vswitchTables } from './vswitch.ts';

/** Columns that we neither read nor write. A column of the schema is defined or in this list, so that a new one is noticed. */
const leftOut: Readonly<Record<string, readonly string[]>> = {
  Chassis: ['encaps', 'vtep_logical_switches', 'nb_cfg', 'external_ids', 'other_config', 'transport_zones'],
  Port_Binding: [
    'gateway_chassis',
    'ha_chassis_group',
    'options',
    'datapath',
    'tunnel_key',
    'parent_port',
    'tag',
    'virtual_parent',
    'additional_chassis',
    'encap',
    'additional_encap',
    'mirror_rules',
    'mac',
    'port_security',
    'nat_addresses',
    'up',
    'external_ids',
    'requested_chassis',
    'requested_additional_chassis',
  ],
  NB_Global: ['connections', 'ssl'],
  Open_vSwitch: ['ssl', 'manager_options'],
  Datapath: ['ct_zones'],
  Bridge: ['netflow', 'sflow', 'ipfix', 'flow_tables', 'auto_attach'],
};

const databases: [string, string, Readonly<Record<string, TableDefinition>>][] = [
  ['OVN_Northbound', '/usr/share/ovn/ovn-nb.ovsschema', tables],
  ['OVN_Southbound', '/usr/share/ovn/ovn-sb.ovsschema', southboundTables],
  ['Open_vSwitch', '/usr/share/openvswitch/vswitch.ovsschema', vswitchTables],
];

describe.each(databases)('definitions of %s', (_database, path, definitions) => {
  const schema = parseSchema(JSON.parse(readFileSync(path, 'utf8')));

  it.each(Object.values(definitions).map((definition) => [definition.name, definition] as const))(
    '%s is what the installed schema says',
    (name, definition) => {
      const found = schema.tables.get(name);
      expect(found).toBeDefined();
      expect(found === undefined ? [] : definitionProblems(definition, found)).toEqual([]);
      const known = [...Object.keys(definition.columns), ...(leftOut[name] ?? [])];
      expect([...(found?.columns.keys() ?? [])].filter((column) => !known.includes(column))).toEqual([]);
    },
  );

  it('is known by its name in camelCase', () => {
    const names = Object.entries(definitions).map(([key, { name }]) => [key.toLowerCase(), name.replaceAll('_', '').toLowerCase()]);
    expect(names.filter(([key, name]) => key !== name)).toEqual(name(definitions));
  });
});

/** `interface` is a reserved word. */
function name(definitions: Readonly<Record<string, TableDefinition>>): string[][] {
  return definitions['networkInterface'] === undefined ? [] : [['networkinterface', 'interface']];
}

describe('identities', () => {
  it('are of tables that are defined, and mark rows by columns that these have', () => {
    for (const [identities, definitions] of [
      [nbIdentities, Object.values(tables)],
      [ovsIdentities, Object.values(vswitchTables)],
    ] as const) {
      for (const [table, identity] of Object.entries(identities)) {
        const columns = Object.keys(definitions.find((candidate) => candidate.name === table)?.columns ?? {});
        const missing = Object.keys(identity.mark('key')).filter((column) => !columns.includes(column));
        expect({ table, missing }).toEqual({ table, missing: [] });
      }
    }
  });
});
