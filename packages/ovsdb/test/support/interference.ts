/** What other people may do to a database, at random. */
import fc from 'fast-check';
import type { Operation, Row } from '../../src/index.ts';

/** Chooses among the rows that exist. */
export interface Meddling {
  readonly kind: string;
  readonly pick: number;
  /** True for an edit after which only the running process knows that the row was ours. */
  readonly losesIdentity: boolean;
  readonly operations: (rows: (table: string) => readonly Row[]) => readonly Operation[];
}

type Rows = (table: string) => readonly Row[];

const OURS = { vendor: 'test' };

function one(rows: readonly Row[], pick: number): Row | undefined {
  return rows[pick % Math.max(1, rows.length)];
}

function edit(
  table: string,
  row: Record<string, never> | Operation extends never ? never : Readonly<Record<string, unknown>>,
): (rows: Rows, pick: number) => readonly Operation[] {
  return (rows, pick) => {
    const target = one(rows(table), pick);
    return target === undefined ? [] : [{ op: 'update', table, where: [['_uuid', '==', target._uuid]], row: row as never }];
  };
}

function remove(table: string): (rows: Rows, pick: number) => readonly Operation[] {
  return (rows, pick) => {
    const target = one(rows(table), pick);
    return target === undefined ? [] : [{ op: 'delete', table, where: [['_uuid', '==', target._uuid]] }];
  };
}

/** Put a new row under a random parent. */
function under(
  parent: string,
  column: string,
  child: { readonly table: string; readonly row: (pick: number) => Readonly<Record<string, unknown>> },
): (rows: Rows, pick: number) => readonly Operation[] {
  return (rows, pick) => {
    const target = one(rows(parent), pick);
    if (target === undefined) return [];
    return [
      { op: 'insert', table: child.table, row: child.row(pick) as never, uuidName: 'child' },
      { op: 'mutate', table: parent, where: [['_uuid', '==', target._uuid]], mutations: [[column, 'insert', [{ named: 'child' }]]] },
    ];
  };
}

const acl = { priority: 9, direction: 'to-lport', match: 'ip6', action: 'allow' };

const KINDS: Readonly<
  Record<string, { readonly losesIdentity?: boolean; readonly make: (rows: Rows, pick: number) => readonly Operation[] }>
> = {
  'delete a switch': { make: remove('Logical_Switch') },
  'delete a group': { make: remove('Port_Group') },
  'delete an address set': { make: remove('Address_Set') },
  'delete a balancer': { make: remove('Load_Balancer') },
  'delete a router': { make: remove('Logical_Router') },
  'empty a switch': { make: edit('Logical_Switch', { ports: [], acls: [], load_balancer: [], other_config: {} }) },
  'empty a group': { make: edit('Port_Group', { ports: [], acls: [] }) },
  'rewrite addresses': { make: edit('Address_Set', { addresses: ['9.9.9.9', '10.0.0.1'] }) },
  'rewrite a port': { make: edit('Logical_Switch_Port', { addresses: ['unknown', 'router'] }) },
  'rewrite vips': { make: edit('Load_Balancer', { vips: { '9.9.9.9:9': '8.8.8.8:8' } }) },
  'rewrite an ACL': { make: edit('ACL', { match: 'tcp', label: 7 }) },
  'rewrite routes': { make: edit('Logical_Router', { static_routes: [] }) },
  'take a port': { losesIdentity: true, make: edit('Logical_Switch_Port', { external_ids: { mine: 'now' } }) },
  'take a switch': { losesIdentity: true, make: edit('Logical_Switch', { external_ids: {} }) },
  'take an ACL': { losesIdentity: true, make: edit('ACL', { external_ids: {} }) },
  'rename a port': { make: (rows, pick) => edit('Logical_Switch_Port', { name: `renamed${pick}` })(rows, pick) },
  'duplicate a switch': {
    make: (rows, pick) => {
      const target = one(rows('Logical_Switch'), pick);
      return target === undefined
        ? []
        : [{ op: 'insert', table: 'Logical_Switch', row: { name: String(target['name'] as string), external_ids: OURS } }];
    },
  },
  'duplicate a rule': {
    make: (rows, pick) => {
      const target = one(rows('ACL'), pick);
      const key = (target?.['external_ids'] as ReadonlyMap<string, string> | undefined)?.get('ko-id');
      if (key === undefined) return [];
      return under('Logical_Switch', 'acls', { table: 'ACL', row: () => ({ ...acl, external_ids: { ...OURS, 'ko-id': key } }) })(
        rows,
        pick,
      );
    },
  },
  'move a port': {
    make: (rows, pick) => {
      const port = one(rows('Logical_Switch_Port'), pick);
      const target = one(rows('Logical_Switch'), pick >> 3);
      if (port === undefined || target === undefined) return [];
      return [
        { op: 'mutate', table: 'Logical_Switch', where: [['_uuid', '!=', target._uuid]], mutations: [['ports', 'delete', [port._uuid]]] },
        { op: 'mutate', table: 'Logical_Switch', where: [['_uuid', '==', target._uuid]], mutations: [['ports', 'insert', [port._uuid]]] },
      ];
    },
  },
  'put a port in a group': {
    make: (rows, pick) => {
      const port = one(rows('Logical_Switch_Port'), pick);
      return port === undefined ? [] : [{ op: 'mutate', table: 'Port_Group', where: [], mutations: [['ports', 'insert', [port._uuid]]] }];
    },
  },
  'leave an orphan': {
    make: (_rows, pick) => [{ op: 'insert', table: 'Logical_Switch', row: { name: `orphan${pick % 5}`, external_ids: OURS } }],
  },
  'leave an orphan port': {
    make: under('Logical_Switch', 'ports', {
      table: 'Logical_Switch_Port',
      row: (pick) => ({ name: `orphan${pick}`, external_ids: OURS }),
    }),
  },
  'make a foreign switch': {
    make: (_rows, pick) => [
      { op: 'insert', table: 'Logical_Switch_Port', row: { name: `foreign${pick}` }, uuidName: 'child' },
      { op: 'insert', table: 'Logical_Switch', row: { name: 'net0', external_ids: { mine: 'x' }, ports: [{ named: 'child' }] } },
    ],
  },
  'make a foreign balancer': { make: () => [{ op: 'insert', table: 'Load_Balancer', row: { name: 'lb0', vips: { a: 'b' } } }] },
};

/** Any kind, any row. */
export const meddlings: fc.Arbitrary<Meddling> = fc
  .tuple(fc.constantFrom(...Object.keys(KINDS)), fc.nat({ max: 999 }))
  .map(([kind, pick]) => ({
    kind,
    pick,
    losesIdentity: KINDS[kind]?.losesIdentity === true,
    operations: (rows) => KINDS[kind]?.make(rows, pick) ?? [],
    toString: () => `${kind} (${pick})`,
  }));
