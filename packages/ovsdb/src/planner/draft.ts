/**
 * One transaction in the making: actions on rows, grouped by the unit that asked for them. A unit that turns out to be
 * impossible is taken back; what remains becomes the least operations.
 */
import type { NamedUuid, WritableAtom, WritableValue } from '../notation/encode.ts';
import type { Atom, Row, Uuid } from '../notation/value.ts';
import type { ColumnType } from '../schema/types.ts';
import type { Entry, Seed } from './union.ts';

/** A row that exists, or one that this transaction inserts. */
export type Target = { readonly table: string; readonly row: Row } | { readonly table: string; readonly entry: Entry };

/** One element: an atom of a set, or a key and value of a map. */
export type Part = { readonly atom: WritableAtom } | { readonly mapKey: Atom; readonly value: WritableAtom };

/** One action, and the seed that needs it. */
export type Action = { readonly seed: Seed } & (
  | {
      readonly kind: 'insert';
      readonly entry: Entry;
      readonly name: string;
      readonly columns: Record<string, WritableValue>;
      readonly guard: Readonly<Record<string, WritableValue>>;
    }
  | { readonly kind: 'update'; readonly table: string; readonly row: Row; readonly column: string; readonly value: WritableValue }
  | { readonly kind: 'add' | 'remove'; readonly target: Target; readonly column: string; readonly type: ColumnType; readonly part: Part }
  /** `isExplicit` is false for a row that the server deletes by itself with the last reference to it. */
  | { readonly kind: 'delete'; readonly table: string; readonly uuid: Uuid; readonly isExplicit: boolean }
);

type NewAction = Action extends infer A ? (A extends Action ? Omit<A, 'seed'> : never) : never;

/** A point to which a draft can be taken back. */
export interface Savepoint {
  readonly actions: number;
  readonly included: number;
  readonly depth: number;
}

/** A transaction in the making. */
export class Draft {
  readonly actions: Action[] = [];
  /** The seeds at which the units began. */
  readonly units: Seed[] = [];
  readonly #included: Seed[] = [];
  readonly #isIncluded = new Set<Seed>();
  readonly #names = new Map<Entry, string>();
  readonly #stack: Seed[] = [];
  #unitStart = 0;
  #nextName = 0;

  /** Begin a unit. */
  begin(seed: Seed): void {
    this.#unitStart = this.actions.length;
    this.units.push(seed);
  }

  /** Where the draft is now, to come back to. */
  savepoint(): Savepoint {
    return { actions: this.actions.length, included: this.#included.length, depth: this.#stack.length };
  }

  /** Take back all that was done since. */
  rollback(to: Savepoint): void {
    for (const seed of this.#included.splice(to.included)) this.#isIncluded.delete(seed);
    for (const action of this.actions.splice(to.actions)) if (action.kind === 'insert') this.#names.delete(action.entry);
    this.#stack.length = to.depth;
  }

  /** True when the current unit has done nothing yet. */
  get isUnitEmpty(): boolean {
    return this.actions.length === this.#unitStart;
  }

  /** Seeds that were dealt with, as a unit or on behalf of one. */
  get included(): readonly Seed[] {
    return this.#included;
  }

  /** Deal with a seed from now until the returned function is called; actions in between are put down to it. */
  enter(seed: Seed): () => void {
    this.#isIncluded.add(seed);
    this.#included.push(seed);
    this.#stack.push(seed);
    return () => {
      this.#stack.pop();
    };
  }

  has(seed: Seed): boolean {
    return this.#isIncluded.has(seed);
  }

  /** How a row inserted by this transaction is referred to. */
  insertedName(entry: Entry): NamedUuid | undefined {
    const name = this.#names.get(entry);
    return name === undefined ? undefined : { named: name };
  }

  /** Columns may be filled in after the call, which lets rows refer to each other in a circle. */
  insert(entry: Entry, columns: Record<string, WritableValue>, guard: Readonly<Record<string, WritableValue>>): void {
    const name = `row${this.#nextName++}`;
    this.#names.set(entry, name);
    this.push({ kind: 'insert', entry, name, columns, guard });
  }

  push(action: NewAction): void {
    const seed = this.#stack.at(-1);
    if (seed === undefined) throw new Error('bug: an action outside a seed');
    this.actions.push({ ...action, seed } as Action);
  }
}
