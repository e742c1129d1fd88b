/**
 * Which owners have which problem, told to listeners when an owner's first problem changes.
 */
import type { OvsdbError } from '../errors.ts';
import type { Seed } from './union.ts';

/** `blocked`: something needed is missing or bad; `refused`: by the server; `conflict`: an earlier owner wants otherwise. */
export type ProblemKind = 'blocked' | 'refused' | 'conflict';

/** Called with an owner and its problem, or undefined when it has none any more. */
export type ReportListener = (owner: string, problem: OvsdbError | undefined) => void;

interface Problem {
  readonly owners: readonly string[];
  readonly error: OvsdbError;
}

/** A book of problems. */
export class ProblemBook {
  readonly #bySeed = new Map<Seed, Map<ProblemKind, Problem>>();
  readonly #byOwner = new Map<string, Set<Problem>>();
  readonly #reported = new Map<string, OvsdbError>();
  readonly #stale = new Set<string>();

  has(seed: Seed, kind: ProblemKind): boolean {
    return this.#bySeed.get(seed)?.has(kind) === true;
  }

  /** The problem of an owner. */
  of(owner: string): OvsdbError | undefined {
    const [problem] = this.#byOwner.get(owner) ?? [];
    return problem?.error;
  }

  set(seed: Seed, kind: ProblemKind, problem: Problem): void {
    const old = this.#bySeed.get(seed)?.get(kind);
    if (old !== undefined && old.error.message === problem.error.message && old.owners.join('\n') === problem.owners.join('\n')) return;
    this.clear(seed, kind);
    let kinds = this.#bySeed.get(seed);
    if (kinds === undefined) this.#bySeed.set(seed, (kinds = new Map()));
    kinds.set(kind, problem);
    for (const owner of problem.owners) {
      let problems = this.#byOwner.get(owner);
      if (problems === undefined) this.#byOwner.set(owner, (problems = new Set()));
      problems.add(problem);
      this.#stale.add(owner);
    }
  }

  clear(seed: Seed, kind: ProblemKind): void {
    const kinds = this.#bySeed.get(seed);
    const problem = kinds?.get(kind);
    if (kinds === undefined || problem === undefined) return;
    kinds.delete(kind);
    if (kinds.size === 0) this.#bySeed.delete(seed);
    for (const owner of problem.owners) {
      const problems = this.#byOwner.get(owner);
      problems?.delete(problem);
      if (problems?.size === 0) this.#byOwner.delete(owner);
      this.#stale.add(owner);
    }
  }

  /** Tell what changed since the last call. */
  publish(listeners: Iterable<ReportListener>): void {
    if (this.#stale.size === 0) return;
    const told = [...this.#stale];
    this.#stale.clear();
    const all = [...listeners];
    for (const owner of told) {
      const problem = this.of(owner);
      if (problem === this.#reported.get(owner)) continue;
      if (problem === undefined) this.#reported.delete(owner);
      else this.#reported.set(owner, problem);
      for (const listener of all) listener(owner, problem);
    }
  }
}
