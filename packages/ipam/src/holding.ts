/**
 * Makes and ends holdings: the only code that changes who holds what.
 */
import type { Entry } from './entry.ts';
import type { Origin } from './free-list.ts';
import type { Plan } from './plan.ts';
import type { Subnet } from './subnet.ts';

/** How an entry is to be kept. */
export interface Terms {
  readonly owner: string;
  readonly shared: boolean;
  readonly sticky: Entry['sticky'];
}

/** An entry and where its addresses came from, so that it can be undone. */
export interface Holding {
  readonly entry: Entry;
  readonly v4: Origin;
  readonly v6: Origin;
}

/** Hold what was planned. Must follow its plan at once. */
export function hold(subnet: Subnet, plan: Plan, terms: Terms): Holding {
  const entry: Entry = {
    owner: terms.owner,
    subnet,
    v4: plan.v4 === undefined ? undefined : subnet.v4?.line.pack(plan.v4),
    v6: plan.v6 === undefined ? undefined : subnet.v6?.line.pack(plan.v6),
    mac: plan.mac,
    shared: terms.shared,
    sticky: terms.sticky,
  };
  const v4 = plan.v4 === undefined ? 'none' : (subnet.v4?.claim(plan.v4, entry) ?? 'none');
  const v6 = plan.v6 === undefined ? 'none' : (subnet.v6?.claim(plan.v6, entry) ?? 'none');
  subnet.macs.add(plan.mac, entry);
  return { entry, v4, v6 };
}

/** Undo `hold`: every address is back in the list that it was in. */
export function undo({ entry, v4, v6 }: Holding): void {
  const { subnet } = entry;
  if (entry.v4 !== undefined) subnet.v4?.unclaim(subnet.v4.line.unpack(entry.v4), entry, v4);
  if (entry.v6 !== undefined) subnet.v6?.unclaim(subnet.v6.line.unpack(entry.v6), entry, v6);
  subnet.macs.delete(entry.mac, entry);
}

/** End a holding: its addresses are given again, last of all. */
export function end(entry: Entry): void {
  const { subnet } = entry;
  if (entry.v4 !== undefined) subnet.v4?.release(subnet.v4.line.unpack(entry.v4), entry);
  if (entry.v6 !== undefined) subnet.v6?.release(subnet.v6.line.unpack(entry.v6), entry);
  subnet.macs.delete(entry.mac, entry);
}
