/** Where things are, once they have been there for a while: what moved is nowhere until then. */
import { type Cancel, type Scheduler, sourceTable, type Table } from '@kube-ovn/dataflow';

export interface Steady extends Disposable {
  /** By thing: its place, empty while it has none or has come there but now. What was never anywhere for long is not in it. */
  readonly table: Table<string>;
  /** @param places of all things there are; empty: nowhere */
  update(places: ReadonlyMap<string, string>): void;
}

/** The places at the first update count at once. */
export function steady(scheduler: Scheduler, holdMs: number): Steady {
  const table = sourceTable<string>('steady places');
  const seen = new Map<string, string>();
  let isFirst = true;
  const timers = new Map<string, Cancel>();
  const cancel = (thing: string): void => {
    timers.get(thing)?.();
    timers.delete(thing);
  };
  const moved = (thing: string, place: string): void => {
    cancel(thing);
    if (table.has(thing)) table.set(thing, '');
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
    update: (places) => {
      for (const thing of seen.keys()) {
        if (places.has(thing)) continue;
        cancel(thing);
        seen.delete(thing);
        table.delete(thing);
      }
      for (const [thing, place] of places) {
        const before = seen.get(thing);
        if (before === place || (before === undefined && place === '')) continue;
        seen.set(thing, place);
        if (isFirst) table.set(thing, place);
        else moved(thing, place);
      }
      isFirst = false;
    },
    [Symbol.dispose]: () => {
      for (const thing of timers.keys()) cancel(thing);
    },
  };
}
