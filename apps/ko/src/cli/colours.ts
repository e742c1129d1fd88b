/** Colours for people at a terminal: what is right, wrong or doubtful stands out. Pure. Words say the same without them. */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

type Colour = 'bold' | 'red' | 'yellow' | 'green' | 'cyan';

/** The first that a line has; all are anchored, so that documents in JSON and YAML have none. */
const MARKS: readonly (readonly [RegExp, Colour])[] = [
  // heads of tables
  [/^[A-Z][A-Z ]*?(?: {2,}[A-Z]+)+$/, 'bold'],
  // answers of "why"
  [/^(?!\w+: )[^{"-].* does not reach .*\.$/, 'red'],
  [/^(?!\w+: )[^{"-].* (?:should reach, but may not,|reaches, but not by every endpoint,) .*\.$/, 'yellow'],
  [/^(?!\w+: )[^{"-].* reaches .*\.$/, 'green'],
  // steps, findings, checks
  [/^ *✗(?= )|^error(?= {2})|^FAILED(?= )|^[A-Z]+(?:_[A-Z]+)+(?= {2})/, 'red'],
  [/^ *\?(?= )|^warning(?= {2})|^\S+Z {2}Warning(?= )/, 'yellow'],
  [/^ *✓(?= )|^ok(?= )/, 'green'],
  [/^ +fix:/, 'cyan'],
];

export function coloured(text: string): string {
  return text.split('\n').map(colouredLine).join('\n');
}

function colouredLine(line: string): string {
  const mark = MARKS.find(([pattern]) => pattern.test(line));
  if (mark === undefined) return line;
  const [pattern, colour] = mark;
  return line.replace(pattern, (found) => styleText(colour, found, { validateStream: false }));
}

/** A terminal that shows colours, and nobody who wants none. @source Node tty: hasColors() heeds NO_COLOR and TERM */
export function takesColours(stream: object): boolean {
  const terminal: Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>> = stream;
  return terminal.isTTY === true && terminal.hasColors?.() === true;
}
