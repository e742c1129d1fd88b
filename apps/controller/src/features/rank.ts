/** Who goes first of two objects that want the same thing. */

export interface Ranked {
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  /** The spec as it stands has been accepted before. */
  readonly isAccepted: boolean;
}

/** Accepted ones first, then the older one, then by name: it follows from what the API shows, not from what was seen first. */
export function byRank(a: Ranked, b: Ranked): number {
  if (a.isAccepted !== b.isAccepted) return a.isAccepted ? -1 : 1;
  return compare(a.created, b.created) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** As one that goes after all that are there: whoever comes last gives way. */
export function asNewcomer<T extends Ranked>(input: T): T {
  return { ...input, isAccepted: false, created: '9999-12-31T23:59:59Z' };
}
