/** For tests: a parser of OVN's match grammar as the manual states it, and an evaluator of trees. @source ovn-sb(5) Logical_Flow match */
import type { Match, MatchConstant, MatchField, MatchOperator, MatchSymbol } from '../match/ast.ts';

export type PacketValues = Readonly<Record<string, number | boolean>>;

/** Whether a packet with these field values matches. */
export function evaluate(match: Match, values: PacketValues): boolean {
  switch (match.kind) {
    case 'constant':
      return match.value;
    case 'symbol':
      return values[match.name] === true;
    case 'compare': {
      const hit = match.constants.some((constant) => constant.kind === 'text' && Number(constant.text) === values[match.field]);
      return match.operator === '==' ? hit : !hit;
    }
    case 'range':
      return match.low <= Number(values[match.field]) && Number(values[match.field]) <= match.high;
    case 'and':
      return match.terms.every((term) => evaluate(term, values));
    case 'or':
      return match.terms.some((term) => evaluate(term, values));
    case 'not':
      return !evaluate(match.term, values);
    case 'raw':
      throw new Error('raw text has no meaning here');
  }
}

const operators: readonly string[] = ['==', '!=', '<', '<=', '>', '>='] satisfies MatchOperator[];

/** Parse an expression; throws where OVN would refuse it. */
export function parseMatch(text: string): Match {
  const tokens = tokensOf(text);
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const expect = (token: string): void => {
    const found = next();
    if (found !== token) throw new Error(`expected ${token}, found ${found} in ${text}`);
  };

  const expression = (): Match => {
    const terms = [primary()];
    const operator = tokens[at];
    if (operator !== '&&' && operator !== '||') return terms[0]!;
    while (tokens[at] === '&&' || tokens[at] === '||') {
      expect(operator); // && and || must not be mixed without parentheses
      terms.push(primary());
    }
    return { kind: operator === '&&' ? 'and' : 'or', terms };
  };
  const primary = (): Match => {
    const token = next();
    if (token === '!') return { kind: 'not', term: primary() };
    if (token === '(') {
      const inner = expression();
      expect(')');
      return inner;
    }
    if (/^\d+$/.test(token) && tokens[at] === '<=') return range(Number(token));
    if (!/^[a-z_01][\w.]*$/i.test(token)) throw new Error(`expected a field, found ${token} in ${text}`);
    if (operators.includes(tokens[at] ?? '')) return comparison(token as MatchField, next() as MatchOperator);
    return token === '0' || token === '1' ? { kind: 'constant', value: token === '1' } : { kind: 'symbol', name: token as MatchSymbol };
  };
  const range = (low: number): Match => {
    expect('<=');
    const field = next() as MatchField;
    expect('<=');
    return { kind: 'range', field, low, high: Number(next()) };
  };
  const comparison = (field: MatchField, operator: MatchOperator): Match => {
    const constants: MatchConstant[] = [];
    if (tokens[at] !== '{') constants.push(constantOf(next(), text));
    else {
      do {
        next();
        constants.push(constantOf(next(), text));
      } while (tokens[at] === ',');
      expect('}');
    }
    return { kind: 'compare', field, operator, constants };
  };

  const result = expression();
  if (at !== tokens.length) throw new Error(`unexpected ${tokens[at] ?? ''} in ${text}`);
  return result;
}

/** Every character belongs to a token or is white space between two. */
function tokensOf(text: string): readonly string[] {
  const pattern = /\s*("(?:[^"\\]|\\.)*"|&&|\|\||[<>=!]=|[<>!(){},]|[@$]?[\w.:/-]+)\s*/y;
  const tokens: string[] = [];
  while (pattern.lastIndex < text.length) {
    const from = pattern.lastIndex;
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`no token at ${text.slice(from, from + 20)} in ${text}`);
    tokens.push(found);
  }
  return tokens;
}

function constantOf(token: string, text: string): MatchConstant {
  if (token.startsWith('"')) return { kind: 'string', value: JSON.parse(token) as string };
  if (token.startsWith('$')) return { kind: 'addressSet', name: token.slice(1) };
  if (token.startsWith('@')) return { kind: 'portGroup', name: token.slice(1) };
  if (!/^[\da-f]/i.test(token) && !token.startsWith(':')) throw new Error(`expected a constant, found ${token} in ${text}`);
  return { kind: 'text', text: token };
}
