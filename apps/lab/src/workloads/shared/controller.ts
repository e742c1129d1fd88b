/** A controller: one plan per object as a formula, and a sink that carries plans out. */
import type { KubeObject } from '@kube-ovn/api';
import { deriveTable, isSamePlainData, sink, type Cell, type Scheduler, type Sink, type Table } from '@kube-ovn/dataflow';
import type { Plan } from './action.ts';
import type { Executor } from './executor.ts';

/** Waits between attempts on one object, in milliseconds. */
export const backoff = { minMs: 50, maxMs: 30_000 } as const;

/** Objects of one controller whose plans are carried out at once. */
const width = 8;

/** What all controllers share. */
export interface ControllerPorts {
  readonly executor: Executor;
  readonly scheduler: Scheduler;
  /** Nothing is written before all collections are known. */
  readonly ready: Cell<boolean>;
  readonly report: (line: string) => void;
}

/**
 * Run a controller. The plan of an object is made again when anything that it read has changed; while its requests are
 * in flight, further plans of the same object wait, and only the last counts.
 */
export function runController<T extends KubeObject>(
  name: string,
  objects: Table<T>,
  plan: (object: T) => Plan,
  ports: ControllerPorts,
): Sink {
  const plans = deriveTable(name, objects, (_key, object) => nonEmpty(plan(object)), { equals: isSamePlainData });
  return sink(plans, {
    scheduler: ports.scheduler,
    backoff,
    ready: ports.ready,
    // each object goes its own way: a slow one holds up no other
    maxKeys: 1,
    maxFlushes: width,
    flush: async (changes) => {
      for (const [key, actions] of changes) {
        const owner = objects.peek(key);
        if (actions === undefined || owner === undefined) continue;
        try {
          await ports.executor.carryOut(actions, owner);
        } catch (error) {
          ports.report(`${name} failed on ${key}: ${error instanceof Error ? error.message : String(error)}`);
          throw error;
        }
      }
    },
  });
}

function nonEmpty(plan: Plan): Plan | undefined {
  return plan.length === 0 ? undefined : plan;
}
