/** Writes of a journal: many at the same time (bounded), each on its own. */
import { KubeError } from '@kube-ovn/kube';
import pLimit, { type LimitFunction } from 'p-limit';

/** How often a write that found another version of its object is tried again at once. */
const maxConflicts = 3;

export class Writes {
  readonly #limit: LimitFunction;
  readonly #underway = new Set<Promise<unknown>>();

  /** @param max upper bound of requests in flight */
  constructor(max: number) {
    this.#limit = pLimit(max);
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#limit(work);
    const entry = running.catch(() => undefined).finally(() => this.#underway.delete(entry));
    this.#underway.add(entry);
    return running;
  }

  /** Nothing is on its way any more. */
  async settled(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled(this.#underway);
  }
}

/** @param work told how many attempts there were before; after the first it reads again before it writes */
export async function onConflictAgain<T>(work: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt === maxConflicts || !(error instanceof KubeError) || error.code !== 'KUBE_CONFLICT') throw error;
    }
  }
}

/** The answer, or what stands for an object that is not there. */
export async function absentAs<T, U>(absent: U, request: Promise<T>): Promise<T | U> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return absent;
    throw error;
  }
}
