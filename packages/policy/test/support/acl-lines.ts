/** ACLs as lines for people: groups are written as what they hold. */
import type { Fragment, WantedRow } from '@kube-ovn/ovsdb';

/** `direction priority action: match`, sorted, of the policies alone: what all policies share is left out. */
export function policyLines(fragments: ReadonlyMap<string, Fragment>): string[] {
  const words = new Map<string, string>();
  for (const { rows } of fragments.values()) {
    for (const { table, key, columns } of rows) {
      const notes = columns['external_ids'] as { readonly selects?: string } | undefined;
      if (table === 'Port_Group' && notes?.selects !== undefined) words.set(key, notes.selects);
    }
  }
  const rows = [...fragments].filter(([owner]) => owner.startsWith('policy/')).flatMap(([, fragment]) => fragment.rows);
  const lines = rows
    .filter(({ table }) => table === 'ACL')
    .map(({ columns }) => {
      const [direction, priority, action, match] = ['direction', 'priority', 'action', 'match'].map((column) => textOf(columns[column]));
      return `${direction} ${priority} ${action}: ${inWords(match ?? '', words)}`;
    });
  return lines.sort();
}

function textOf(value: WantedRow['columns'][string]): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function inWords(match: string, words: ReadonlyMap<string, string>): string {
  return match.replace(/([@$])(pods\.[0-9a-f]{32})(_ip[46])?/g, (_all, sign: string, name: string, family = '') => {
    return `${sign}[${words.get(name) ?? name}]${family}`;
  });
}
