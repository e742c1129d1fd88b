/** Where things are, once they have been there for a while: what moved is nowhere until then, what is new is where it is. */
import { type Cancel, type Scheduler, sourceTable, type Table } from '@kube-ovn/dataflow';

export interface Steady extends Disposable {
  /** By thing: its place, empty while it has none or has come there but now. What was never anywhere is not in it. */
  readonly table: Table<string>;
  /** By thing: the number of its last move, counted over all things. The lower, the longer it has been where it is. */
  readonly moves: Table<number>;
  /** @param places of all things there are; empty: nowhere */
  update(places: ReadonlyMap<string, string>): void;
}

export function steady(scheduler: Scheduler, holdMs: number): Steady {
  const table = sourceTable<string>('steady places');
  const moves = sourceTable<number>('moves');
  const seen = new Map<string, string>();
  let count = 0;
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
  return {
    table,
    moves,
    update: (places) => {
      for (const thing of seen.keys()) {
        if (places.has(thing)) continue;
        cancel(thing);
        seen.delete(thing);
        table.delete(thing);
        moves.delete(thing);
      }
      for (const [thing, place] of places) {
        const before = seen.get(thing);
        if (before === place || (before === undefined && place === '')) continue;
        seen.set(thing, place);
        moves.set(thing, (count += 1));
        if (before === undefined) table.set(thing, place);
        else moved(thing, place);
      }
    },
    [Symbol.dispose]: () => {
      for (const thing of timers.keys()) cancel(thing);
    },
  };
}
