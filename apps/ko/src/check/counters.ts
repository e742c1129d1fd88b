/** What a status counts, against what there is. */
import type { Finding } from './finding.ts';

type FamilyName = 'v4' | 'v6';

export interface Counted {
  readonly object: string;
  /** Undefined while nothing is told. */
  readonly fields: Readonly<Record<FamilyName, { readonly name: string; readonly told: bigint | undefined }>>;
  /** IP objects and Vips that should be counted. */
  readonly found: (family: FamilyName) => number;
}

export function counterFindings({ object, fields, found }: Counted): readonly Finding[] {
  return (['v4', 'v6'] as const).flatMap((family): readonly Finding[] => {
    const { name, told } = fields[family];
    const count = found(family);
    if (told === undefined || told === BigInt(count)) return [];
    return [
      {
        code: 'WRONG_COUNTER',
        object,
        message: `status.${name} is ${told}, but ${count} IP objects and Vips hold an address of that family outside of excludeIps`,
        fix: 'the controller counts again at every change; if it stays, the controller is not running or not the leader',
      },
    ];
  });
}
