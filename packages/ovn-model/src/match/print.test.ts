import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressSet,
  and,
  eq,
  everything,
  inRange,
  inSet,
  type Match,
  not,
  notEq,
  nothing,
  or,
  port,
  portGroup,
  raw,
  symbol,
} from './ast.ts';
import { printMatch } from './print.ts';
import { evaluate, parseMatch } from '../testing/match-grammar.ts';

describe('printMatch: text', () => {
  it.each<[string, Match, string]>([
    ['a destination prefix', eq('ip4.dst', '10.16.0.0/16'), 'ip4.dst == 10.16.0.0/16'],
    ['an address set', eq('ip4.src', addressSet('shop.ip4')), 'ip4.src == $shop.ip4'],
    ['a port group', and(eq('outport', portGroup('np.shop')), symbol('ip')), 'outport == @np.shop && ip'],
    ['a port by name', eq('inport', port('web-0.shop')), 'inport == "web-0.shop"'],
    ['several constants', inSet('tcp.dst', [80, 443]), 'tcp.dst == {80, 443}'],
    ['one constant of a set', inSet('tcp.dst', [80]), 'tcp.dst == 80'],
    ['an empty set matches nothing', inSet('tcp.dst', []), '0'],
    ['a range', inRange('tcp.dst', 80, 90), '80 <= tcp.dst <= 90'],
    ['a range of one', inRange('tcp.dst', 80, 80), 'tcp.dst == 80'],
    ['or inside and', and(symbol('ip4'), or(symbol('tcp'), symbol('udp'))), 'ip4 && (tcp || udp)'],
    ['and inside or', or(and(symbol('ip4'), symbol('tcp')), symbol('arp')), '(ip4 && tcp) || arp'],
    ['nested and is flat', and(symbol('ip4'), and(symbol('tcp'), eq('tcp.dst', 1))), 'ip4 && tcp && tcp.dst == 1'],
    ['not of a symbol', not(symbol('ip4')), '!ip4'],
    ['not of a comparison', not(notEq('ip4.src', '10.0.0.1')), '!(ip4.src != 10.0.0.1)'],
    ['not not', not(not(symbol('tcp'))), 'tcp'],
    ['no terms of and', and(), '1'],
    ['no terms of or', or(), '0'],
    ['a neutral term vanishes', and(everything, symbol('ip')), 'ip'],
    ['a deciding term wins', and(nothing, symbol('ip')), '0'],
    ['raw text alone', raw('ip4.src == 1.1.1.1 || udp'), 'ip4.src == 1.1.1.1 || udp'],
    ['raw text beside others', and(raw('tcp || udp'), symbol('ip4')), '(tcp || udp) && ip4'],
  ])('%s', (_name, match, text) => {
    expect(printMatch(match)).toBe(text);
  });
});

const leaf = fc.oneof(
  fc.constantFrom<Match>(symbol('ip4'), symbol('tcp'), symbol('udp'), everything, nothing),
  fc.integer({ min: 0, max: 3 }).map((value) => eq('tcp.dst', value)),
  fc.integer({ min: 0, max: 3 }).map((value) => notEq('udp.dst', value)),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }).map((values) => inSet('ip.ttl', values)),
  fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })).map(([low, span]) => inRange('tcp.src', low, low + span)),
);
const { tree } = fc.letrec<{ tree: Match }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }).map((terms) => and(...terms)),
    fc.array(tie('tree'), { maxLength: 3 }).map((terms) => or(...terms)),
    tie('tree').map(not),
  ),
}));
const packet = fc.record({
  ip4: fc.boolean(),
  tcp: fc.boolean(),
  udp: fc.boolean(),
  'tcp.dst': fc.integer({ min: 0, max: 3 }),
  'udp.dst': fc.integer({ min: 0, max: 3 }),
  'ip.ttl': fc.integer({ min: 0, max: 3 }),
  'tcp.src': fc.integer({ min: 0, max: 4 }),
});

describe('printMatch: laws', () => {
  it('what is printed means what was built, by a parser that refuses && and || without parentheses', () => {
    fc.assert(
      fc.property(tree, packet, (match, values) => {
        expect(evaluate(parseMatch(printMatch(match)), values)).toBe(evaluate(match, values));
      }),
      { numRuns: 500 },
    );
  });
});

describe('printMatch: constants', () => {
  it.each<Match>([
    eq('ip6.src', 'fd00:10:16::/64'),
    eq('ip4.dst', addressSet('shop.ip4')),
    eq('outport', portGroup('np.shop')),
    eq('inport', port('web-0.shop "a"')),
    inSet('ip4.src', ['10.0.0.0/8', addressSet('a_b.c')]),
    { kind: 'compare', field: 'tcp.dst', operator: '>=', constants: [{ kind: 'text', text: '1024' }] },
  ])('%j is parsed again from its text', (match) => {
    expect(parseMatch(printMatch(match))).toEqual(match);
  });

  it.each(['ip4.src == ', 'ip4 & tcp', 'ip4 && tcp || udp', 'tcp.dst == {80', 'ip4.src == tcp', '== 80', 'ip4; tcp'])(
    '%s is refused',
    (text) => {
      expect(() => parseMatch(text)).toThrow(text);
    },
  );
});
