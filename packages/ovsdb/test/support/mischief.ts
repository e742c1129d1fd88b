/** What may happen to the messages of a server on their way, by chance that a seed repeats. */

/** Kinds of mischief. `truncated` and `spoiled` leave nothing that could pass for a message; after the others a wrong one may be valid. */
export const MISCHIEFS = ['truncated', 'spoiled', 'duplicated', 'reordered', 'spliced', 'flipped'] as const;

export type MischiefKind = (typeof MISCHIEFS)[number];

/** Does mischief to messages, one after the other. */
export class Mischief {
  readonly #random: () => number;
  #previous: Uint8Array = new Uint8Array(0);
  #held: Uint8Array | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** What the client gets instead of this message. */
  applyTo(text: string, kind: MischiefKind): Uint8Array {
    const message = Buffer.from(text);
    const held = this.#held ?? new Uint8Array(0);
    this.#held = undefined;
    const out = Buffer.concat([this.#damage(message, kind), held]);
    this.#previous = message;
    return out;
  }

  #damage(message: Buffer, kind: MischiefKind): Uint8Array {
    // Never the whole message, nor nothing of it.
    const at = 1 + this.#below(message.length - 1);
    switch (kind) {
      case 'truncated':
        return message.subarray(0, at);
      case 'spoiled':
        return Buffer.concat([message, Buffer.from(['}', ']', 'x', '\0', '"'][this.#below(5)] ?? '')]);
      case 'duplicated':
        return Buffer.concat([message, message]);
      case 'reordered':
        this.#held = message;
        return Buffer.alloc(0);
      case 'spliced':
        return Buffer.concat([message.subarray(0, at), this.#previous.subarray(this.#below(this.#previous.length))]);
      case 'flipped': {
        const copy = Buffer.from(message);
        copy.writeUInt8(copy.readUInt8(at) ^ (1 << this.#below(8)), at);
        return copy;
      }
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
