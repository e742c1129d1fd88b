/** Where things are, once they have been there for a while: what moved is nowhere until then, what is new is where it is. */
import { type Cancel, type Scheduler, sourceTable, type Table } from '@kube-ovn/dataflow';

export interface Steady extends Disposable {
  /** By thing: its place, empty while it has none or has come there but now. What was never anywhere is not in it. */
  readonly table: Table<string>;
  /** By thing: for how long it had been away from where it is now, in milliseconds; 0 where it was never before. */
  readonly absences: Table<number>;
  /** @param places of all things there are; empty: nowhere */
  update(places: ReadonlyMap<string, string>): void;
}

export function steady(scheduler: Scheduler, holdMs: number): Steady {
  const table = sourceTable<string>('steady places');
  const absences = sourceTable<number>('absences');
  const seen = new Map<string, string>();
  /** By thing and place. */
  const leftMs = new Map<string, Map<string, number>>();
  const timers = new Map<string, Cancel>();
  const cancel = (thing: string): void => {
    timers.get(thing)?.();
    timers.delete(thing);
  };
  const moved = (thing: string, place: string): void => {
    cancel(thing);
    table.set(thing, '');
    if (place === '') return;
    timers.set(
      thing,
      scheduler.setTimeout(() => {
        timers.delete(thing);
        table.set(thing, place);
      }, holdMs),
    );
  };
  const measure = (thing: string, before: string | undefined, place: string): void => {
    const left = leftMs.get(thing) ?? new Map<string, number>();
    leftMs.set(thing, left);
    const now = scheduler.now();
    if (before !== undefined) left.set(before, now);
    absences.set(thing, now - (left.get(place) ?? now));
  };
  return {
    table,
    absences,
    update: (places) => {
      for (const thing of seen.keys()) {
        if (places.has(thing)) continue;
        cancel(thing);
        seen.delete(thing);
        table.delete(thing);
        absences.delete(thing);
        leftMs.delete(thing);
      }
      for (const [thing, place] of places) {
        const before = seen.get(thing);
        if (before === place || (before === undefined && place === '')) continue;
        seen.set(thing, place);
        measure(thing, before, place);
        if (before === undefined) table.set(thing, place);
        else moved(thing, place);
      }
    },
    [Symbol.dispose]: () => {
      for (const thing of timers.keys()) cancel(thing);
    },
  };
}
