/**
 * Makes and ends holdings: the only code that changes who holds what.
 */
import type { Origin } from './free-list.ts';
import type { LeaseTable, Slot } from './lease-table.ts';

/** A lease and where its addresses came from, so that it can be undone. */
export interface Holding {
  readonly slot: Slot;
  readonly v4: Origin;
  readonly v6: Origin;
}

/**
 * Hold what a row says. Must follow the making of the row at once.
 *
 * @param trail gets what `undo` needs
 */
export function hold(table: LeaseTable, slot: Slot, trail?: Pick<Holding[], 'push'>): void {
  const subnet = table.subnet(slot);
  const v4 = table.has(slot, 4) ? subnet?.v4?.claim(slot) : undefined;
  const v6 = table.has(slot, 6) ? subnet?.v6?.claim(slot) : undefined;
  subnet?.macs.add(slot);
  trail?.push({ slot, v4: v4 ?? 'none', v6: v6 ?? 'none' });
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
