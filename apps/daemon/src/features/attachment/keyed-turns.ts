/** Work under the same key one after the other, under different keys side by side. */
export class KeyedTurns {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Run `work` once everything that was asked for earlier under `key` has ended, however it ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#tails.set(key, turn);
    try {
      return await turn;
    } finally {
      // the last one of a key leaves nothing behind
      if (this.#tails.get(key) === turn) this.#tails.delete(key);
    }
  }
}
