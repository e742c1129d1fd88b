/** For tests: a parser of OVN's match grammar as the manual states it, and an evaluator of trees. @source ovn-sb(5) Logical_Flow match */
import type { Match, MatchField, MatchOperator, MatchSymbol } from '../match/ast.ts';

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

/** Parse an expression of numbers and symbols; throws where OVN would refuse it. */
export function parseMatch(text: string): Match {
  const tokens = text.match(/&&|\|\||<=|==|!=|[!(){},]|[\w.]+/g) ?? [];
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
    if (tokens[at] === '<=') return range(Number(token));
    if (tokens[at] === '==' || tokens[at] === '!=') return comparison(token as MatchField, next() as MatchOperator);
    return token === '0' || token === '1' ? { kind: 'constant', value: token === '1' } : { kind: 'symbol', name: token as MatchSymbol };
  };
  const range = (low: number): Match => {
    expect('<=');
    const field = next() as MatchField;
    expect('<=');
    return { kind: 'range', field, low, high: Number(next()) };
  };
  const comparison = (field: MatchField, operator: MatchOperator): Match => {
    const constants: string[] = [];
    if (tokens[at] !== '{') constants.push(next());
    else {
      do {
        next();
        constants.push(next());
      } while (tokens[at] === ',');
      expect('}');
    }
    return { kind: 'compare', field, operator, constants: constants.map((value) => ({ kind: 'text', text: value })) };
  };

  const result = expression();
  if (at !== tokens.length) throw new Error(`unexpected ${tokens[at] ?? ''} in ${text}`);
  return result;
}
