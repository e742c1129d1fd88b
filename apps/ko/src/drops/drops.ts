/** What rules with a log have decided, by policy and pods. Pure. */
import type { AclRecord } from './acl-log.ts';

/** The same decision on packets between the same two. */
export interface Decision {
  /** `NetworkPolicy shop/web`. */
  readonly policy: string;
  /** `ingress`: what no rule allows; `ingress rule 0`. */
  readonly rule: string;
  readonly verdict: string;
  /** `pod shop/web-0`, or an address that nobody has. */
  readonly from: string;
  readonly to: string;
  /** `tcp 80`. */
  readonly what: string;
  readonly count: number;
  readonly last: string;
}

/** @source packages/policy, ruleName */
const KINDS: Readonly<Record<string, { readonly kind: string; readonly isNamespaced?: true }>> = {
  np: { kind: 'NetworkPolicy', isNamespaced: true },
  anp: { kind: 'AdminNetworkPolicy' },
  banp: { kind: 'BaselineAdminNetworkPolicy' },
  cnp: { kind: 'ClusterNetworkPolicy' },
  sg: { kind: 'SecurityGroup' },
  subnet: { kind: 'Subnet' },
};

/** Whose rule it is, of its name in the log; names of others stay as they are. */
export function ruleOwner(name: string): { readonly policy: string; readonly rule: string } {
  const [word = '', ...rest] = name.split('/');
  const known = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  if (known === undefined) return { policy: name, rule: '' };
  const length = known.isNamespaced === true ? 2 : 1;
  const [direction = '', index] = rest.slice(length);
  return {
    policy: `${known.kind} ${rest.slice(0, length).join('/')}`,
    rule: index === undefined ? direction : `${direction} rule ${index}`,
  };
}

/** The most frequent first. @param nameOf whose an address is */
export function decisions(records: readonly AclRecord[], nameOf: (address: string) => string): readonly Decision[] {
  const groups = Map.groupBy(records, ({ rule, verdict, from, to, protocol, port }) =>
    JSON.stringify([rule, verdict, from, to, protocol, port]),
  );
  return [...groups.values()]
    .flatMap((same): readonly Decision[] => {
      const [first] = same;
      if (first === undefined) return [];
      const { rule, verdict, from, to, protocol, port } = first;
      return [
        {
          ...ruleOwner(rule),
          verdict,
          from: nameOf(from),
          to: nameOf(to),
          what: port === undefined ? protocol : `${protocol} ${port}`,
          count: same.length,
          last: same.reduce((latest, { time }) => (time > latest ? time : latest), ''),
        },
      ];
    })
    .toSorted((a, b) => b.count - a.count || compare(JSON.stringify(a), JSON.stringify(b)));
}

export function printDecisions(found: readonly Decision[]): string {
  if (found.length === 0) return 'no rule with a log has told anything';
  return inColumns([
    ['RECORDS', 'VERDICT', 'POLICY', 'RULE', 'FROM', 'TO', 'WHAT', 'LAST'],
    ...found.map((each) => [String(each.count), each.verdict, each.policy, each.rule, each.from, each.to, each.what, each.last]),
  ]);
}

/** Rows of cells, each column as wide as its widest cell. */
export function inColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
