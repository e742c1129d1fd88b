/**
 * Bytes that wait to be taken: chunks of a stream in the order of arrival, the last of which is still being looked at. Positions
 * are those in that last chunk. Bytes are copied only where what is taken spans chunks, and where chunks are so small that keeping each
 * of them would cost more than its bytes.
 */

const SMALL_BYTES = 4096;

/** A queue of bytes. */
export class ByteQueue {
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  #start = 0;

  /** Begin to look at a chunk; bytes before `from` do not belong to the queue. */
  feed(chunk: Uint8Array, from: number): void {
    this.#chunk = chunk;
    this.#start = from;
  }

  /** Keep what is left of the chunk, which ends here. */
  keepFed(): void {
    let rest = this.#chunk.subarray(this.#start);
    this.#keptBytes += rest.length;
    this.#start = this.#chunk.length;
    // As in a binary counter, a piece is copied as often as its size doubles.
    for (
      let last = this.#kept.at(-1);
      last !== undefined && last.length <= rest.length && rest.length < SMALL_BYTES;
      last = this.#kept.at(-1)
    )
      rest = concatenate([this.#kept.pop() ?? last, rest]);
    this.#kept.push(rest);
  }

  /** How many bytes wait before a position. */
  lengthTo(position: number): number {
    return this.#keptBytes + position - this.#start;
  }

  /** All bytes before a position; they stay. */
  peekTo(position: number): Uint8Array {
    const last = this.#chunk.subarray(this.#start, position);
    return this.#kept.length === 0 ? last : concatenate([...this.#kept, last]);
  }

  /** All bytes before a position; they are gone from the queue. */
  takeTo(position: number): Uint8Array {
    const bytes = this.peekTo(position);
    this.#kept = [];
    this.#keptBytes = 0;
    this.#start = position;
    return bytes;
  }
}

/** The pieces in one array. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
