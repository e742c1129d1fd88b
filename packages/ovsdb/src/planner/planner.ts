/**
 * Holds what is wanted, compares it with the replica, and plans one transaction at a time. Pure: it sends nothing.
 * Only what changed since it was last found right is looked at.
 */
import { OvsdbError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import type { Replica } from '../replica/replica.ts';
import { Brake } from './brake.ts';
import type { BrakeLimits, Census } from './brake.ts';
import { Composer } from './composer.ts';
import type { SchemaView } from './schema-view.ts';
import { Draft } from './draft.ts';
import { emitOperations } from './emit.ts';
import type { Fragment } from './fragment.ts';
import type { TableIdentity } from './identity.ts';
import { Observer } from './observer.ts';
import { ProblemBook } from './problem-book.ts';
import { ownersOf, seedName, Union } from './union.ts';
import type { Seed } from './union.ts';

/** What a planner works on. */
export interface PlannerOptions {
  readonly replica: Replica;
  /** By table. Tables without an identity are never written. */
  readonly identities: Readonly<Record<string, TableIdentity>>;
  /** Without limits there is no brake. */
  readonly brake?: BrakeLimits;
}

/** Bounds of one plan. */
export interface PlanLimits {
  /** About how many actions (rows, columns, elements) go into one transaction; one unit is never cut. Default 2000. */
  readonly maxActions?: number;
  /** Plan these seeds alone, with what they need. */
  readonly only?: readonly Seed[];
}

/** One transaction. */
export interface Plan {
  readonly operations: readonly Operation[];
  /** Owners of what is planned. */
  readonly owners: ReadonlySet<string>;
  /** The seeds at which the units began; a plan of several can be split. */
  readonly units: readonly Seed[];
  /** The seed behind an operation, where it is one alone. */
  readonly seedOf: readonly (Seed | undefined)[];
  /** Seeds with an action in this plan. */
  readonly acting: ReadonlySet<Seed>;
}

const DEFAULT_MAX_ACTIONS = 2000;

/** The planner. */
export class Planner {
  readonly problems: ProblemBook = new ProblemBook();
  readonly #options: PlannerOptions;
  readonly #union: Union;
  readonly #observer: Observer;
  readonly #brake: Brake;
  readonly #dirty = new Set<Seed>();
  /** Seeds of committed plans whose effect the replica has not shown. */
  readonly #awaiting = new Set<Seed>();
  /** Seeds that were refused and are not to be planned for a while. */
  readonly #held = new Set<Seed>();
  /** What an owner no longer claims and what may still be in the database. */
  readonly #leaving = new Map<string, readonly Seed[]>();
  readonly #unsubscribe: () => void;

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#brake = new Brake(options.brake);
    this.#union = new Union((seed) => this.#wantChanged(seed));
    this.#observer = new Observer({ ...options, union: this.#union, seen: (seed) => this.#seen(seed) });
    this.#unsubscribe = options.replica.onChange((changes) => this.#observer.observe(changes));
  }

  /** Replace what an owner wants; undefined = nothing. */
  want(owner: string, fragment: Fragment | undefined): void {
    const left = this.#union.want(owner, fragment);
    if (left.length > 0) this.#leaving.set(owner, left);
    else this.#leaving.delete(owner);
  }

  /** Plan the next transaction; it has no operations when there is nothing to do, or the replica is not live. */
  plan(limits: PlanLimits = {}): Plan {
    const view = this.#options.replica.state.name === 'live' ? this.#observer.view : undefined;
    if (view === undefined) return { operations: [], owners: new Set(), units: [], seedOf: [], acting: new Set() };
    for (const seed of this.#brake.look(() => this.#census())) this.#renew(seed);
    const draft = new Draft();
    const composer = this.#composer(draft, view);
    const { maxActions = DEFAULT_MAX_ACTIONS, only } = limits;
    for (const seed of only ?? this.#dirty) {
      if (!this.#dirty.has(seed) || draft.has(seed)) continue;
      if (this.#held.has(seed)) this.#dirty.delete(seed);
      else this.#compose(composer, draft, seed);
      if (draft.actions.length >= maxActions) break;
    }
    const acting = new Set(draft.actions.map((action) => action.seed));
    for (const seed of draft.included) this.#clean(seed, acting.has(seed));
    for (const [seed, error] of composer.homeless) if (draft.has(seed)) this.#block(seed, error);
    const emitted = emitOperations(draft.actions, (table) => view.weakColumns(table));
    if (emitted.operations.length === 0) for (const seed of acting) this.#awaiting.delete(seed);
    return {
      ...emitted,
      owners: new Set([...acting].flatMap(ownersOf)),
      units: draft.units,
      acting,
    };
  }

  /** A plan was not carried out, or it is not known whether it was: plan it again against what the replica will show. */
  undo(plan: Plan): void {
    for (const seed of plan.acting) this.#renew(seed);
  }

  /** How many seeds of carried-out plans the replica has not shown yet. */
  get awaitingCount(): number {
    return this.#awaiting.size;
  }

  /** Wait no longer for the replica to show carried-out plans. */
  giveUpAwaiting(): void {
    for (const seed of this.#awaiting) this.#renew(seed);
  }

  /** Do not plan a seed until it is let go, or its owners want something else. */
  hold(seed: Seed): void {
    this.#held.add(seed);
    this.#dirty.delete(seed);
  }

  /** Plan a held seed again. */
  letGo(seed: Seed): void {
    if (this.#held.delete(seed)) this.#renew(seed);
  }

  isHeld(seed: Seed): boolean {
    return this.#held.has(seed);
  }

  /** True when everything the owner wants, and nothing it wanted before, is in the database as the replica shows it. */
  realised(owner: string): boolean {
    const isDone = (seed: Seed): boolean =>
      !this.#dirty.has(seed) && !this.#awaiting.has(seed) && !this.#held.has(seed) && !this.problems.has(seed, 'blocked');
    const left = this.#leaving.get(owner)?.filter((seed) => !isDone(seed)) ?? [];
    if (left.length === 0) this.#leaving.delete(owner);
    return left.length === 0 && [...this.#union.seedsOf(owner)].every(isDone);
  }

  /** True when nothing is left to plan but what is held or blocked. */
  get isIdle(): boolean {
    return this.#dirty.size === 0 && this.#awaiting.size === 0;
  }

  get isBrakeEngaged(): boolean {
    return this.#brake.isEngaged;
  }

  /** Let the brake go: a human has looked. */
  releaseBrake(): void {
    for (const seed of this.#brake.release()) this.#renew(seed);
  }

  /** Owners with something to plan or to await. */
  pendingOwners(): ReadonlySet<string> {
    const owners = new Set<string>();
    for (const seeds of [this.#dirty, this.#awaiting, this.#held])
      for (const seed of seeds) for (const owner of ownersOf(seed)) owners.add(owner);
    return owners;
  }

  /** Stop following the replica. */
  dispose(): void {
    this.#unsubscribe();
  }

  #composer(draft: Draft, view: SchemaView): Composer {
    const { replica, identities } = this.#options;
    return new Composer({
      replica,
      identities,
      union: this.#union,
      observer: this.#observer,
      view,
      draft,
      obstacle: (seed) => (this.#held.has(seed) ? 'it was refused and waits for its next attempt' : undefined),
      touch: (seed) => this.#dirty.add(seed),
      conflict: (seed, losers) => this.#conflict(seed, losers),
      braked: (seed) => this.#brake.holds(seed),
    });
  }

  #compose(composer: Composer, draft: Draft, seed: Seed): void {
    draft.begin(seed);
    const error = composer.tryInclude(seed);
    if (draft.isUnitEmpty) draft.units.pop();
    if (error === undefined) return;
    this.#dirty.delete(seed);
    this.#block(seed, error);
  }

  #clean(seed: Seed, isActing: boolean): void {
    this.#dirty.delete(seed);
    this.problems.clear(seed, 'blocked');
    if (seed.kind === 'row') {
      seed.sweep = undefined;
      seed.suspects = undefined;
    }
    if (isActing) this.#awaiting.add(seed);
    else if (seed.kind === 'row') this.#union.dropEntry(seed);
    else this.#union.dropElement(seed);
  }

  #block(seed: Seed, error: OvsdbError): void {
    this.problems.set(seed, 'blocked', { owners: ownersOf(seed), error });
  }

  #conflict(seed: Seed, losers: readonly string[]): void {
    if (losers.length === 0) {
      this.problems.clear(seed, 'conflict');
      return;
    }
    const owners = [...new Set(losers)];
    const error = new OvsdbError(
      'OVSDB_CONFLICTING_OWNERS',
      `${seedName(seed)}: "${ownersOf(seed)[0] ?? ''}" wants another value and was first`,
      { value: owners },
    );
    this.problems.set(seed, 'conflict', { owners, error });
  }

  #wantChanged(seed: Seed): void {
    this.#held.delete(seed);
    this.problems.clear(seed, 'refused');
    this.problems.clear(seed, 'blocked');
    this.problems.clear(seed, 'conflict');
    this.#dirty.add(seed);
  }

  #seen(seed: Seed): void {
    this.#awaiting.delete(seed);
    this.#dirty.add(seed);
  }

  #renew(seed: Seed): void {
    this.#awaiting.delete(seed);
    this.#dirty.add(seed);
    if (seed.kind === 'row') (seed.sweep ??= new Set()).add('*');
  }

  #census(): Census {
    let ours = 0;
    let unwanted = 0;
    for (const entry of this.#union.entries()) {
      if (entry.uuid === undefined || this.#options.identities[entry.table]?.shared === true) continue;
      ours++;
      if (entry.claims.length === 0) unwanted++;
    }
    return { ours, unwanted };
  }
}
