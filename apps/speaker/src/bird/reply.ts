/**
 * Replies of BIRD's control socket: bytes → replies. Pure.
 *
 * A line begins with four digits and a `-` when more of the reply follows, or a space when it is the last one; a line that begins with a
 * space goes on with the code before it. Lines with `+` come at any time and belong to no reply.
 * @source BIRD 2 Programmer's Documentation, "Command line interface"
 */

/** What BIRD answers to a command. */
export interface Reply {
  /** Of the last line: below 8000 it is done. */
  readonly code: number;
  /** Text of all lines, each with its code. */
  readonly lines: readonly ReplyLine[];
}

export interface ReplyLine {
  readonly code: number;
  readonly text: string;
}

/** Codes from here on are errors. */
const FIRST_ERROR = 8000;

export function isRefusal({ code }: Reply): boolean {
  return code >= FIRST_ERROR;
}

/** What it says, as one text. */
export function replyText({ lines }: Reply): string {
  return lines
    .map(({ text }) => text)
    .join('\n')
    .trim();
}

/** Reads a stream, however it is cut. */
export class ReplyReader {
  #rest = '';
  #lines: ReplyLine[] = [];

  /** @returns the replies that are complete now */
  push(chunk: string): readonly Reply[] {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): readonly Reply[] {
    if (line.startsWith('+')) return [];
    const [, digits, mark, text = ''] = /^(\d{4})([ -])(.*)$/.exec(line) ?? [];
    if (digits === undefined) {
      this.#lines.push({ code: this.#lines.at(-1)?.code ?? 0, text: line.slice(1) });
      return [];
    }
    const code = Number(digits);
    this.#lines.push({ code, text });
    if (mark === '-') return [];
    const reply = { code, lines: this.#lines };
    this.#lines = [];
    return [reply];
  }
}
