/** Patterns are RE2 in the API and ECMAScript here; what both share is nearly all that CRDs use. */

/**
 * Compile a pattern of a schema, or undefined when ECMAScript cannot express it (then nothing is checked).
 *
 * @source RE2 syntax: leading inline flags `(?i)`, `\A` and `\z` anchors, POSIX classes
 */
export function compilePattern(pattern: string): RegExp | undefined {
  const inline = /^\(\?([ims]+)\)/.exec(pattern);
  const body = pattern
    .slice(inline?.[0].length ?? 0)
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replaceAll('[:alpha:]', 'a-zA-Z')
    .replaceAll('[:digit:]', '0-9')
    .replaceAll('[:alnum:]', 'a-zA-Z0-9');
  try {
    return new RegExp(body, inline?.[1] ?? '');
  } catch {
    return undefined;
  }
}
