/** Cutting a stream of text into lines. */
import { KubeError } from '../errors.ts';

/** An object is at most 1.5 MiB in etcd; as JSON, with managed fields, it can be some times that. */
const MAX_LINE_CHARACTERS = 32 * 1024 * 1024;

/**
 * The whole lines of a stream; lines that arrive in one piece come together. Empty lines are left out, and so is an
 * unfinished last one: the peer was cut off in the middle of it.
 *
 * @throws {KubeError} KUBE_BAD_ANSWER when a line is longer than 32 Mi characters
 */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<readonly string[], void> {
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf('\n');
    if (end === -1) {
      parts.push(chunk);
      length += chunk.length;
      if (length > MAX_LINE_CHARACTERS)
        throw new KubeError('KUBE_BAD_ANSWER', `a line of the watch is longer than ${MAX_LINE_CHARACTERS} characters`);
      continue;
    }
    const lines = (parts.join('') + chunk.slice(0, end)).split('\n').filter((line) => line.trim() !== '');
    const rest = chunk.slice(end + 1);
    parts = rest === '' ? [] : [rest];
    length = rest.length;
    if (lines.length > 0) yield lines;
  }
}
