/**
 * The standard streams of `ovsdb`.
 */

/** What a command reads and writes. */
export interface Streams {
  readonly input: NodeJS.ReadableStream;
  /** Write text as it is. Resolves when the reader has taken it, so that a slow one costs no memory. */
  readonly write: (text: string) => Promise<void>;
  /** Write a line for people to standard error. */
  readonly complain: (line: string) => void;
}

const PIECE_LENGTH = 1 << 16;

/** Write a line that is made in pieces. */
export async function writeLine(streams: Streams, pieces: Iterable<string>): Promise<void> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE_LENGTH) continue;
    await streams.write(text);
    text = '';
  }
  await streams.write(`${text}\n`);
}

/** Write lines. */
export async function writeLines(streams: Streams, lines: Iterable<string>): Promise<void> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < PIECE_LENGTH) continue;
    await streams.write(text);
    text = '';
  }
  if (text !== '') await streams.write(text);
}

/** Complain of each problem, but not twice in a row of the same one. */
export function complainOnce(streams: Streams): (problem: Error) => void {
  let last = '';
  return ({ message }) => {
    if (message !== last) streams.complain(message);
    last = message;
  };
}
