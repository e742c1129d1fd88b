/**
 * Messages on their way to a transport. What is added in one turn leaves in one write: a write costs a call of the kernel and wakes
 * the server, which for small transactions is more than all the rest.
 */

/** So many characters leave at once, so that a turn with large transactions never holds them all as one string. */
const ENOUGH_CHARACTERS = 65_536;

/** Gathers text and gives it out, in the order of the calls, no later than when the running turn has come to its end. */
export class Outbox {
  readonly #write: (text: string) => void;
  #text = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  add(text: string): void {
    // The callbacks of answers that came together are all queued by now, so what they send is there before this runs.
    if (this.#text === '') void Promise.resolve().then(() => this.flush());
    this.#text += text;
    if (this.#text.length >= ENOUGH_CHARACTERS) this.flush();
  }

  flush(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    this.#write(text);
  }
}
