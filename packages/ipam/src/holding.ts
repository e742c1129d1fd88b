/**
 * Makes and ends holdings: the only code that changes who holds what.
 */
import type { Origin } from './free-list.ts';
import type { LeaseTable, Row, Slot } from './lease-table.ts';

/** A lease and where its addresses came from, so that it can be undone. */
export interface Holding {
  readonly slot: Slot;
  readonly v4: Origin;
  readonly v6: Origin;
}

/** Hold what was planned. Must follow its plan at once. */
export function hold(table: LeaseTable, row: Row): Holding {
  const { subnet } = row;
  const slot = table.add(row);
  const v4 = row.v4 === undefined ? 'none' : (subnet.v4?.claim(slot) ?? 'none');
  const v6 = row.v6 === undefined ? 'none' : (subnet.v6?.claim(slot) ?? 'none');
  subnet.macs.add(slot);
  return { slot, v4, v6 };
}

/** Undo `hold`: every address is back in the list that it was in. */
export function undo(table: LeaseTable, { slot, v4, v6 }: Holding): void {
  const subnet = table.subnet(slot);
  if (table.has(slot, 4)) subnet?.v4?.unclaim(slot, v4);
  if (table.has(slot, 6)) subnet?.v6?.unclaim(slot, v6);
  subnet?.macs.delete(slot);
  table.delete(slot);
}

/** End a holding: its addresses are given again, last of all. */
export function end(table: LeaseTable, slot: Slot): void {
  const subnet = table.subnet(slot);
  if (table.has(slot, 4)) subnet?.v4?.release(slot);
  if (table.has(slot, 6)) subnet?.v6?.release(slot);
  subnet?.macs.delete(slot);
  table.delete(slot);
}
