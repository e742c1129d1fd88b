import { describe, expect, it } from 'vitest';
import { inUse, linkAddress, ordersOf, slotsOf } from './orders.formula.ts';

const node = (name: string, chassis: string | undefined = `id-${name}`, labels = {}) => ({ name, labels, chassis });
const nodes = [node('a'), node('b', undefined, { egress: 'true' }), { ...node('c'), labels: { egress: 'true' } }];
const named = (...names: readonly string[]) => ({
  gatewayNodes: names.map((name) => ({ node: name })),
  gatewayNodeSelectors: [{ matchLabels: { egress: 'true' } }],
});

describe('ordersOf', () => {
  it.each([
    ['as they are named, and each first once', named('c', 'a'), ['c,a', 'a,c']],
    ['without nodes that are not there, or have no chassis', named('z', 'b', 'a'), ['a']],
    ['none at all', named('z'), []],
    ['those that are selected, where none is named', named(), ['c']],
  ])('%s', (_name, subnet, expected) => {
    expect(
      ordersOf(
        subnet,
        [...nodes].map((each) => (each.name === 'b' ? { ...each, chassis: undefined } : each)),
      ),
    ).toEqual(expected);
  });
});

it.each([
  [false, '', '', ['a,b,c']],
  [false, 'a', '', ['b,c,a']],
  [true, '', '', ['a,b,c', 'b,c,a', 'c,a,b']],
  [true, 'b', '', ['a,b,c', 'c,a,b']],
  [true, 'b', 'a', ['c,a,b']],
  [false, 'abc', '', ['a,b,c']],
  [false, 'bc', 'a', ['b,c,a']],
  [false, '', 'abc', ['a,b,c']],
])('in use, all of them %j, while %j are cordoned and %j away: %j', (isEcmp, cordoned, away, expected) => {
  const is = {
    cordoned: (node: string) => cordoned.includes(node),
    away: (order: string) => away.includes(order[0] ?? '-'),
    absence: () => undefined,
  };
  expect(inUse(['a,b,c', 'b,c,a', 'c,a,b'], isEcmp, is)).toEqual(expected);
});

it.each([
  [false, { a: 7, b: 3 }, ['b,a,c']],
  [false, { a: 7, c: 9 }, ['a,b,c']],
  [true, { a: 7, b: 3 }, ['b,a,c', 'a,b,c']],
  [false, {}, ['a,b,c']],
])('in use, all of them %j, when all have been away, and came back after %j ms: %j', (isEcmp, absences, expected) => {
  const back = new Map(Object.entries(absences));
  const is = { cordoned: () => false, away: () => true, absence: (order: string) => back.get(order[0] ?? '-') };
  expect(inUse(['a,b,c', 'b,a,c', 'c,a,b'], isEcmp, is)).toEqual(expected);
});

describe('slotsOf', () => {
  it('every order has its own number, and keeps it while others come and go', () => {
    const orders = Array.from({ length: 2_000 }, (_, index) => `node${index},node${index + 1}`);
    const slots = slotsOf(orders);
    expect(new Set(Object.values(slots)).size).toBe(2_000);
    const half = slotsOf(orders.slice(0, 1_000));
    const moved = Object.entries(half).filter(([order, slot]) => slots[order] !== slot);
    expect(moved.length).toBeLessThan(100);
    expect(slotsOf(orders.toReversed())).toEqual(slots);
  });
});

it.each([
  [0, 'router', 4, '198.18.0.1'],
  [0, 'node', 4, '198.18.0.2'],
  [64, 'node', 4, '198.18.1.2'],
  [32_767, 'node', 4, '198.19.255.254'],
  [32_767, 'router', 6, 'fd6b:6f67:7700:7fff::1'],
] as const)('link %i, side of the %s, IPv%i: %s', (slot, side, family, address) => {
  expect(linkAddress(slot, side, family)).toBe(address);
});
