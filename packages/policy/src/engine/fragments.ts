/** What the engine has worked out, as rows and memberships. */
import { type Fragment, portGroupAddressSet, rowRef, type WantedRow } from '@kube-ovn/ovn-model';
import { families, prefixesOf, rangesOf, withoutAddresses } from '../acl/addresses.ts';
import type { DefaultAcl } from '../acl/defaults.ts';
import type { Direction } from '../model.ts';
import type { Remainder } from '../acl/match.ts';
import { aclRow } from '../acl/rows.ts';
import type { Membership } from './membership.ts';

/** What is written about a group for people, at most. */
const maxText = 512;

/** The memberships of a pod's ports; undefined when there are none. */
export function podFragment(memberships: readonly Membership[]): Fragment | undefined {
  const [first, ...others] = memberships.map(({ interface: { port }, groups }) => {
    const set = [rowRef('Logical_Switch_Port', port)];
    return groups.map((key) => ({ table: 'Port_Group', key, column: 'ports', set }));
  });
  const members = first?.concat(...others) ?? [];
  return members.length === 0 ? undefined : { rows: [], members };
}

/** A port group, with what holds for all that is in it. @param text what it holds, in words */
export function groupFragment(
  { name, text }: { readonly name: string; readonly text: string | undefined },
  acls: readonly DefaultAcl[] = [],
): Fragment {
  return { rows: [groupRow(name, text), ...acls.map(({ acl, because }) => aclRow(acl, because))], members: [] };
}

/** The port groups of a node, and what passes between it and its pods. */
export function nodeFragment(
  { name, groups }: { readonly name: string; readonly groups: Readonly<Record<Direction, string>> },
  acls: readonly DefaultAcl[],
): Fragment {
  const rows = Object.values(groups).map((group) => groupRow(group, `pods on ${name}`));
  return { rows: [...rows, ...acls.map(({ acl, because }) => aclRow(acl, because))], members: [] };
}

/** Address sets of what is left when some addresses are taken away. */
export function remainderFragment({ name, within }: Remainder, taken: readonly string[]): Fragment {
  const left = withoutAddresses(within, rangesOf(taken));
  const rows = families.map((family): WantedRow => {
    return { table: 'Address_Set', key: portGroupAddressSet(name, family), columns: { addresses: prefixesOf(left, family) } };
  });
  return { rows, members: [] };
}

function groupRow(key: string, text: string | undefined): WantedRow {
  // No ports of its own: whatever is in the group and is no pod's membership goes, also what is left from before a restart.
  return {
    table: 'Port_Group',
    key,
    columns: text === undefined ? { ports: [] } : { ports: [], external_ids: { selects: text.slice(0, maxText) } },
  };
}
