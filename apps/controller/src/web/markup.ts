/**
 * HTML as values. Text that goes into a template is escaped, whatever it is; what is markup already stays as it is, and only templates
 * make markup. Pure.
 */

const secret = Symbol('markup');

/** Text that means what it says to a browser. */
export interface Markup {
  readonly [secret]: string;
}

/** What may stand in a template; `undefined` and `false` stand for nothing. */
export type Content = string | number | bigint | Markup | undefined | false | readonly Content[];

/**
 * ```
 * html`<a href="${link('/subnets', { q: name })}">${name}</a>`
 * ```
 *
 * Content is good between tags and inside of quoted attributes. It is not good as the name of a tag or of an attribute, in an attribute
 * without quotes, or where a browser takes text for a script or a style: none of the pages has these.
 */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { [secret]: parts.map((part, at) => part + (at < contents.length ? text(contents[at]) : '')).join('') };
}

/** As it goes to the browser. */
export function printMarkup(markup: Markup): string {
  return markup[secret];
}

/** A path of ours with a query. */
export function link(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

function text(content: Content): string {
  if (content === undefined || content === false) return '';
  if (typeof content === 'object') return secret in content ? content[secret] : content.map(text).join('');
  return String(content).replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
