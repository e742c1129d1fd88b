/** Which of two formats a request prefers. @source RFC 9110 §12.5.1 */

interface Range {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/** Whether OpenMetrics is asked for, and not less than plain text. Who says nothing of it gets plain text. */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  const ranges = (accept ?? '').split(',').map(readRange);
  const best = (isIt: (range: Range) => boolean): number => Math.max(0, ...ranges.filter(isIt).map(({ quality }) => quality));
  const open = best(({ type, version = '1.0.0' }) => type === 'application/openmetrics-text' && /^(?:0\.0\.1|1\.0\.0)$/.test(version));
  return open > 0 && open >= best(({ type }) => type === 'text/plain' || type === 'text/*');
}

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const value = (name: string): string | undefined =>
    parameters
      .find((parameter) => parameter.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', '');
  const quality = Number(value('q') ?? 1);
  return { type, version: value('version'), quality: quality >= 0 && quality <= 1 ? quality : 0 };
}
