/**
 * The engine: who reads what, in which order changes settle, and when observers hear of it.
 *
 * Only true changes travel. A *unit* (a cell or a table) that has changed tells the formulas that read the changed
 * part; these queue their own unit; units are worked off lowest level first, where a unit's level is above the levels
 * of everything its formulas have read. So each formula runs once per settled change, and none sees half of one.
 * Levels are learnt from the reads, and a formula that meets a unit above itself lets that unit catch up first.
 *
 * The links between readers and what they read are those of alien-signals; the order of work is ours (docs/adr/0002).
 * Reading is tracked through an ambient "who is being evaluated", which is why this module, alone, holds state.
 */
import { createReactiveSystem, type Link, type ReactiveNode } from 'alien-signals/system';
import { DataflowError } from './errors.ts';

/** Something a formula can read. */
export interface Dependency extends ReactiveNode {
  readonly unit: Unit;
  /** The last reader has gone. */
  unwatched(): void;
}

/** Something that reads: a formula or a watcher. */
export interface Reader extends ReactiveNode {
  readonly unit: Unit;
  /** Something this reader has read is different now. */
  changed(): void;
}

/** Someone who is told after everything has settled. */
export interface Observer {
  /** Take what is to be told now. No user code runs here. */
  collect(): void;
  /** Tell it. */
  deliver(): void;
}

/** A cell or a table: what is queued, brought up to date as a whole, and has a place in the order. */
export abstract class Unit {
  level = 0;
  queued = false;
  draining = false;
  raising = false;
  cyclic = false;

  /** Bring this unit up to date and tell the readers of what changed. Never throws. */
  abstract drain(): void;
  /** Visit the units that read this one. */
  abstract eachReader(visit: (unit: Unit) => void): void;
}

/** Observers that answer observers are given this many rounds before they are taken to be a loop. */
const MAX_ROUNDS = 1000;

const state = {
  /** The formula being evaluated with tracking. */
  reader: undefined as Reader | undefined,
  /** Number of the evaluation of `reader`; lets a repeated read reuse its link. */
  version: 0,
  evaluations: 0,
  /** Depth of formulas being evaluated, tracked or not. */
  formulas: 0,
  batches: 0,
  settling: false,
  /** Grows with every true change of a source. */
  epoch: 0,
  buckets: [] as Unit[][],
  lowest: 0,
  queued: 0,
  observers: new Set<Observer>(),
};

const { link, unlink } = createReactiveSystem({
  update: () => false,
  notify: () => {},
  unwatched: (node) => (node as Dependency).unwatched(),
});

/** Number of true source changes so far; equal numbers mean equal inputs. */
export function epoch(): number {
  return state.epoch;
}

/** A source has truly changed. */
export function advanceEpoch(): void {
  state.epoch++;
}

/** Whether reads are being recorded for a formula. */
export function isTracking(): boolean {
  return state.reader !== undefined;
}

/** @throws {DataflowError} DATAFLOW_WRITE_IN_FORMULA when called from within a formula */
export function assertWritable(name: string): void {
  if (state.formulas > 0) {
    throw new DataflowError(
      'DATAFLOW_WRITE_IN_FORMULA',
      `cannot write ${name} inside a formula: formulas only read; write from an observer or a source`,
    );
  }
}

/** Bring `dep` up to date and record that the current formula reads it. */
export function track(dep: Dependency): void {
  const reader = state.reader;
  if (reader === undefined) return flush(dep.unit.level);
  const to = reader.unit;
  if (dep.unit !== to) {
    if (dep.unit.level >= to.level && !(dep.unit.cyclic && to.cyclic)) raise(to, dep.unit.level + 1);
    flush(dep.unit.level);
  }
  link(dep, reader, state.version);
}

/** Record that the current formula asked for `dep` while that is still being evaluated, so that it is told when it is done. */
export function trackUnfinished(dep: Dependency): void {
  const reader = state.reader;
  if (reader === undefined || reader.unit === dep.unit) return;
  if (dep.unit.level >= reader.unit.level) raise(reader.unit, dep.unit.level + 1);
  link(dep, reader, state.version);
}

/** Tell everyone who read `dep`. */
export function announce(dep: ReactiveNode | undefined): void {
  for (let at = dep?.subs; at !== undefined; at = at.nextSub) (at.sub as Reader).changed();
}

/** Run a formula; what it reads replaces what it read before. */
export function evaluate<T>(reader: Reader, compute: () => T): T {
  const { reader: outer, version } = state;
  state.reader = reader;
  state.version = ++state.evaluations;
  state.formulas++;
  (reader as { depsTail?: Link | undefined }).depsTail = undefined;
  try {
    return compute();
  } finally {
    state.formulas--;
    state.reader = outer;
    state.version = version;
    dropReads(reader, reader.depsTail);
  }
}

/** Run a formula without recording what it reads. */
export function evaluateCold<T>(compute: () => T): T {
  state.formulas++;
  try {
    return untracked(compute);
  } finally {
    state.formulas--;
  }
}

/** Forget what `reader` reads, after the link `from` (default: everything). */
export function dropReads(reader: Reader, from?: Link): void {
  let next = from === undefined ? reader.deps : from.nextDep;
  while (next !== undefined) next = unlink(next, reader);
}

/** Read without being recorded as a reader. */
export function untracked<T>(work: () => T): T {
  const outer = state.reader;
  state.reader = undefined;
  try {
    return work();
  } finally {
    state.reader = outer;
  }
}

/** Put a unit in the queue of those to bring up to date. */
export function enqueue(unit: Unit): void {
  if (unit.queued) return;
  unit.queued = true;
  state.queued++;
  bucket(unit.level).push(unit);
  if (unit.level < state.lowest) state.lowest = unit.level;
}

function bucket(level: number): Unit[] {
  while (state.buckets.length <= level) state.buckets.push([]);
  return state.buckets[level] as Unit[];
}

/** Bring every queued unit up to `level` up to date, lowest first. */
export function flush(level: number): void {
  while (state.queued > 0) {
    while (state.lowest < state.buckets.length && state.buckets[state.lowest]?.length === 0) state.lowest++;
    if (state.lowest > level) return;
    const unit = state.buckets[state.lowest]?.pop();
    if (unit === undefined) return;
    if (unit.level > state.lowest) {
      bucket(unit.level).push(unit);
      continue;
    }
    unit.queued = false;
    state.queued--;
    if (!unit.draining) drain(unit);
  }
}

function drain(unit: Unit): void {
  const outer = state.reader;
  state.reader = undefined;
  unit.draining = true;
  try {
    unit.drain();
  } finally {
    unit.draining = false;
    state.reader = outer;
  }
}

/** Lift a unit above what it reads, and its readers above it; units that read each other are marked and left. */
export function raise(unit: Unit, level: number): boolean {
  if (unit.level >= level) return true;
  if (unit.raising) return false;
  unit.raising = true;
  unit.level = level;
  let acyclic = true;
  unit.eachReader((reader) => {
    if (reader !== unit && !raise(reader, level + 1)) acyclic = false;
  });
  unit.raising = false;
  if (!acyclic) unit.cyclic = true;
  return acyclic;
}

/** Queue an observer to be told once everything has settled. */
export function notifyLater(observer: Observer): void {
  state.observers.add(observer);
}

/** Drop an observer that has been disposed. */
export function forgetObserver(observer: Observer): void {
  state.observers.delete(observer);
}

/**
 * Write many sources as one change: formulas and observers see all of it or nothing.
 *
 * Reads inside `work` already see what it has written.
 *
 * @throws whatever `work` throws (what it wrote before stays written), or what observers throw, after all were told
 */
export function batch<T>(work: () => T): T {
  state.batches++;
  let result: T;
  try {
    result = work();
  } finally {
    state.batches--;
    settle();
  }
  return result;
}

/** Settle everything and tell observers, unless a batch, a formula or another settling is under way. */
export function settle(): void {
  if (state.batches > 0 || state.settling || state.formulas > 0) return;
  const errors: unknown[] = [];
  state.settling = true;
  try {
    settleRounds(errors);
  } finally {
    state.settling = false;
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} observers failed`);
}

function settleRounds(errors: unknown[]): void {
  for (let round = 0; ; round++) {
    flush(Infinity);
    if (state.observers.size === 0) return;
    if (round === MAX_ROUNDS) {
      state.observers.clear();
      errors.push(new DataflowError('DATAFLOW_UNSETTLED', `observers still write in answer to each other after ${MAX_ROUNDS} rounds`));
      return;
    }
    const told = [...state.observers];
    state.observers.clear();
    for (const observer of told) observer.collect();
    for (const observer of told) {
      try {
        observer.deliver();
      } catch (error) {
        errors.push(error);
      }
    }
  }
}
