/** A match tree as the text that OVN parses, with as few parentheses as its grammar allows. */
import type { Match, MatchConstant } from './ast.ts';

/**
 * Print a match tree.
 *
 * `&&` and `||` have no precedence over each other in OVN and must not be mixed without parentheses, so a conjunction inside a
 * disjunction (or the reverse) is always in parentheses, and so is whatever `!` applies to.
 *
 * @source ovn-sb(5) Logical_Flow match: "`&&` and `||` ... parentheses are required when they are mixed"
 */
export function printMatch(match: Match): string {
  switch (match.kind) {
    case 'constant':
      return match.value ? '1' : '0';
    case 'symbol':
      return match.name;
    case 'compare':
      return `${match.field} ${match.operator} ${printConstants(match.constants)}`;
    case 'range':
      return `${match.low} <= ${match.field} <= ${match.high}`;
    case 'and':
      return match.terms.map(printTerm).join(' && ');
    case 'or':
      return match.terms.map(printTerm).join(' || ');
    case 'not':
      return match.term.kind === 'symbol' ? `!${match.term.name}` : `!(${printMatch(match.term)})`;
    case 'raw':
      return match.text;
  }
}

function printTerm(term: Match): string {
  const isCompound = term.kind === 'and' || term.kind === 'or' || term.kind === 'raw';
  return isCompound ? `(${printMatch(term)})` : printMatch(term);
}

function printConstants(constants: readonly MatchConstant[]): string {
  const [only] = constants;
  if (constants.length === 1 && only !== undefined) return printConstant(only);
  return `{${constants.map(printConstant).join(', ')}}`;
}

function printConstant(constant: MatchConstant): string {
  switch (constant.kind) {
    case 'text':
      return constant.text;
    case 'string':
      return JSON.stringify(constant.value);
    case 'addressSet':
      return `$${constant.name}`;
    case 'portGroup':
      return `@${constant.name}`;
  }
}
