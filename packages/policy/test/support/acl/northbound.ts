/** The rows that fragments want, as OVN would read them from the Northbound database. */
import type { Fragment, WantedAtom, WantedValue } from '@kube-ovn/ovsdb';

/** A row of ACL, with the switch or port group that holds it. */
export interface AclRow {
  readonly key: string;
  readonly holder: { readonly table: string; readonly key: string };
  readonly direction: 'from-lport' | 'to-lport';
  readonly priority: number;
  /** 0 where the server has no tiers. */
  readonly tier: number;
  readonly action: string;
  readonly match: string;
  /** Judged after load balancing, in a stage of its own. */
  readonly isAfterLb: boolean;
}

/** What is in the database. */
export interface Northbound {
  readonly acls: readonly AclRow[];
  /** Names of ports by name of group. */
  readonly portGroups: ReadonlyMap<string, ReadonlySet<string>>;
  readonly addressSets: ReadonlyMap<string, readonly string[]>;
}

/**
 * The union of what fragments want.
 *
 * @param addressesOf the addresses of a port, of which OVN makes two address sets for each port group
 * @source ovn-nb(5) Port_Group: "For each port group, there are two address sets generated to the Address_Set table in Southbound"
 * @throws {Error} when a row refers to a group, or is held by one, that no fragment wants: the planner would wait for it
 */
export function northboundOf(fragments: Iterable<Fragment>, addressesOf: (port: string) => readonly string[] = () => []): Northbound {
  const all = [...fragments];
  const rows = all.flatMap((fragment) => fragment.rows);
  const members = all.flatMap((fragment) => fragment.members);
  const elements = (table: string, key: string, column: string): string[] => [
    ...new Set([
      ...rows.filter((row) => row.table === table && row.key === key).flatMap((row) => textsOf(row.columns[column])),
      ...members
        .filter((member) => member.table === table && member.key === key && member.column === column)
        .flatMap(({ set = [] }) => set.map(textOf)),
    ]),
  ];
  const keysOf = (table: string): string[] => [...new Set(rows.filter((row) => row.table === table).map(({ key }) => key))];
  const portGroups = new Map(keysOf('Port_Group').map((key) => [key, new Set(elements('Port_Group', key, 'ports'))]));
  const addressSets = new Map(keysOf('Address_Set').map((key) => [key, elements('Address_Set', key, 'addresses')]));
  for (const [name, ports] of portGroups) {
    const own = [...ports].flatMap(addressesOf);
    addressSets.set(
      `${name}_ip4`,
      own.filter((address) => !address.includes(':')),
    );
    addressSets.set(
      `${name}_ip6`,
      own.filter((address) => address.includes(':')),
    );
  }
  for (const { table, key } of members) {
    const isWanted = table === 'Port_Group' ? portGroups.has(key) : table !== 'Address_Set' || addressSets.has(key);
    if (!isWanted) throw new Error(`a member for ${table} ${key}, which nothing wants`);
  }
  const acls = new Map<string, AclRow>();
  for (const { table, key, columns, parent } of rows) {
    if (table !== 'ACL') continue;
    if (parent === undefined) throw new Error(`ACL ${key} is held by nothing`);
    if (parent.table === 'Port_Group' && !portGroups.has(parent.key))
      throw new Error(`ACL ${key} is held by ${parent.key}, which nothing wants`);
    const row: AclRow = {
      key,
      holder: parent,
      direction: columns['direction'] === 'to-lport' ? 'to-lport' : 'from-lport',
      priority: Number(columns['priority']),
      tier: Number(columns['tier'] ?? 0),
      action: textsOf(columns['action']).join(),
      match: textsOf(columns['match']).join(),
      isAfterLb: JSON.stringify(columns['options'] ?? {}).includes('"apply-after-lb":"true"'),
    };
    const known = acls.get(key);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(row)) throw new Error(`ACL ${key} is wanted in two forms`);
    acls.set(key, row);
  }
  return { acls: [...acls.values()], portGroups, addressSets };
}

function textsOf(value: WantedValue): readonly string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly WantedAtom[]).map(textOf) : [textOf(value as WantedAtom)];
}

function textOf(atom: WantedAtom): string {
  return typeof atom === 'object' && 'ref' in atom ? atom.ref.key : String(atom);
}
