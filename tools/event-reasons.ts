/** Reads which reasons of events and conditions a program can give, from its sources. */

/** What stands in a template in `${}`, by the template as it is written, each with the kinds that it may become. */
type Kinds = ReadonlyMap<string, readonly string[]>;

/** Where an expression begins that is a reason: a member, a variable, the third argument of an event and of a Subnet's `condition`. */
const BEGINNING = /\breason\??\s*(?::|=(?!=))|\bcondition\('\w+',\s*'\w+',|\.(?:event|state)\([^;]*?'(?:Normal|Warning)',/g;

const LITERAL = /'(?<reason>[A-Z][A-Za-z]*)'/g;
const TEMPLATE = /`[^`]*`/g;
/** A reason is one word; sentences are told as `reason` too, to the log. */
const TEMPLATE_OF_ONE_WORD = /^`(?:[A-Za-z]|\$\{[^}]*\})+`$/;

/**
 * Every reason that is written in the sources, however: as text, chosen by a condition, by the name of a constant, or made of a kind.
 * @throws {Error} for a template that `kinds` does not have
 */
export function reasonsIn(source: string, kinds: Kinds = new Map()): ReadonlySet<string> {
  const text = source.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
  const found = new Set<string>();
  for (const match of text.matchAll(BEGINNING)) {
    const expression = expressionAt(text, match.index + match[0].length).replaceAll(/[!=]== '\w+'/g, '');
    for (const reason of literals(expression)) found.add(reason);
    for (const [template] of expression.matchAll(TEMPLATE))
      if (TEMPLATE_OF_ONE_WORD.test(template)) for (const reason of expanded(template, kinds)) found.add(reason);
    const words = expression.replaceAll(TEMPLATE, '').replaceAll(/'[^']*'/g, '');
    for (const [name] of words.matchAll(/(?<!\.)\b[A-Za-z]\w*\b\[?/g))
      for (const reason of literals(constant(text, name))) found.add(reason);
  }
  return found;
}

/** Templates of one word that are a reason. */
export function templatesIn(source: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const match of source.matchAll(BEGINNING))
    for (const [template] of expressionAt(source, match.index + match[0].length).matchAll(TEMPLATE))
      if (TEMPLATE_OF_ONE_WORD.test(template) && template.includes('${')) found.add(template);
  return found;
}

function literals(expression: string): readonly string[] {
  return [...expression.matchAll(LITERAL)].map(({ groups }) => groups?.['reason'] ?? '');
}

function expanded(template: string, kinds: Kinds): readonly string[] {
  const word = template.slice(1, -1);
  if (!word.includes('${')) return [word];
  const of = kinds.get(template);
  if (of === undefined) throw new Error(`${template}: name the kinds that it is made of`);
  return of.map((kind) => word.replaceAll(/\$\{[^}]*\}/g, kind));
}

/** The value of a constant that is a text (`name`) or a record of texts (`name[`). */
function constant(text: string, name: string): string {
  const value = name.endsWith('[') ? String.raw`= (?=\{)` : "= (?=')";
  const at = new RegExp(String.raw`\bconst ${name.replace('[', '')}(?:: [^=;]+)? ${value}`).exec(text);
  return at === null ? '' : expressionAt(text, at.index + at[0].length);
}

/** From `start` to the comma, semicolon or bracket that ends it. */
function expressionAt(text: string, start: number): string {
  let depth = 0;
  let quote = '';
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (`'"\``.includes(char)) quote = char;
    else if ('([{'.includes(char)) depth += 1;
    else if (depth === 0 && ',;)]}'.includes(char)) return text.slice(start, at);
    else if (')]}'.includes(char)) depth -= 1;
  }
  return text.slice(start);
}
