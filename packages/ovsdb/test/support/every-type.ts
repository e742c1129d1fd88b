/**
 * A schema in which every atomic type occurs in every shape, with every kind of limit and of reference, since those of OVN and
 * Open vSwitch leave some of them out.
 */
import type { Json } from '../../src/json/json.ts';

const ATOMS = ['integer', 'real', 'boolean', 'string', 'uuid'] as const;

function typesOf(): Record<string, Json> {
  const columns: Record<string, Json> = {};
  for (const key of ATOMS) {
    columns[`${key}_one`] = { type: key };
    columns[`${key}_optional`] = { type: { key, min: 0, max: 1 } };
    columns[`${key}_set`] = { type: { key, min: 0, max: 'unlimited' } };
    columns[`${key}_some`] = { type: { key, min: 1, max: 3 } };
    for (const value of ATOMS) columns[`${key}_${value}_map`] = { type: { key, value, min: 0, max: 'unlimited' } };
  }
  return columns;
}

const child = (refType: 'strong' | 'weak'): Json => ({ type: 'uuid', refTable: 'Child', refType });

/** `Everything` and `Twin` are roots; `Child` and `Grandchild` live as long as they are referred to. */
export const everyTypeSchema: { readonly [member: string]: Json } = {
  name: 'Every_Type',
  version: '1.0.0',
  tables: {
    Everything: {
      isRoot: true,
      columns: {
        ...typesOf(),
        limited_integer: { type: { key: { type: 'integer', minInteger: -5, maxInteger: 1000 } } },
        limited_real: { type: { key: { type: 'real', minReal: -1.5, maxReal: 1e6 } } },
        limited_string: { type: { key: { type: 'string', minLength: 0, maxLength: 4 } } },
        enum_string: { type: { key: { type: 'string', enum: ['set', ['', 'a', 'b']] } } },
        enum_integer: { type: { key: { type: 'integer', enum: ['set', [0, 7, 9_000_000_000]] } } },
        enum_real: { type: { key: { type: 'real', enum: ['set', [0, 0.5]] } } },
        single_enum: { type: { key: { type: 'string', enum: 'only' }, min: 0, max: 1 } },
        limited_map: { type: { key: { type: 'string', maxLength: 3 }, value: { type: 'integer', minInteger: 0 }, min: 0, max: 2 } },
        fixed: { type: 'string', mutable: false },
        volatile: { type: 'string', ephemeral: true },
        child: { type: { key: child('strong'), min: 0, max: 1 } },
        children: { type: { key: child('strong'), min: 0, max: 'unlimited' } },
        children_by_name: { type: { key: 'string', value: child('strong'), min: 0, max: 'unlimited' } },
        names_by_child: { type: { key: child('strong'), value: 'string', min: 0, max: 'unlimited' } },
        weak_child: { type: { key: child('weak'), min: 0, max: 1 } },
        weak_children: { type: { key: child('weak'), min: 0, max: 'unlimited' } },
        weak_by_name: { type: { key: 'string', value: child('weak'), min: 0, max: 'unlimited' } },
        twins: { type: { key: { type: 'uuid', refTable: 'Twin' }, min: 0, max: 'unlimited' } },
      },
    },
    Twin: {
      isRoot: true,
      columns: {
        name: { type: 'string' },
        everything: { type: { key: { type: 'uuid', refTable: 'Everything', refType: 'weak' }, min: 0, max: 'unlimited' } },
      },
      indexes: [['name']],
    },
    Child: {
      columns: {
        name: { type: 'string' },
        grandchildren: { type: { key: { type: 'uuid', refTable: 'Grandchild' }, min: 0, max: 'unlimited' } },
        needed: { type: { key: { type: 'uuid', refTable: 'Grandchild' } } },
      },
    },
    Grandchild: {
      columns: { name: { type: 'string' }, next: { type: { key: { type: 'uuid', refTable: 'Grandchild' }, min: 0, max: 1 } } },
    },
  },
};
