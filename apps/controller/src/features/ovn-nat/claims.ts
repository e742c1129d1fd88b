/** Who may use an external address: one OvnFip alone, or any number of sources and of ports, each port once. */
import type { NatInput } from '../../inputs/ovn-nat.ts';
import { byRank } from '../rank.ts';

/** Keys of those that may not, with the key of who has the address, or the port, before them. Those with problems of their own are in nobody's way. */
export function refusedClaims(nats: readonly NatInput[]): Readonly<Record<string, string>> {
  const accepted: NatInput[] = [];
  const refused: Record<string, string> = {};
  for (const nat of nats
    .filter(({ problems }) => problems.length === 0)
    .toSorted((a, b) => byRank({ ...a, name: a.key }, { ...b, name: b.key }))) {
    const other = accepted.find((each) => isInTheWay(each, nat));
    if (other === undefined) accepted.push(nat);
    else refused[nat.key] = other.key;
  }
  return refused;
}

function isInTheWay(a: NatInput, b: NatInput): boolean {
  if (a.kind === 'OvnFip' || b.kind === 'OvnFip') return true;
  if (a.ports === undefined || b.ports === undefined) return false;
  return a.ports.protocol === b.ports.protocol && a.ports.external === b.ports.external;
}
